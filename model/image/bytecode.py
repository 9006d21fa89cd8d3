"""Gather bytecode in one file: `python -m model.image.bytecode TASK_ROOT`, or as a script.

Lambda fetches an image's blocks as they are read, and opening a file takes a start a tenth of a millisecond. So the
modules of the handler and of msgspec, which every start imports, share one file; `handler/bytecode.py` reads it. It
holds a marshalled dict from each module's path to `(start, size)`, the place of its code in the marshalled codes that
follow.
"""

import marshal
import sys
from pathlib import Path

PACKAGES = ("handler", "msgspec")
"""The packages whose modules are gathered."""

ARCHIVE = "handler/__pycache__/{}.archive"
_FIRST = {"handler/__init__.py", "handler/bytecode.py", "msgspec/__init__.py"}  # imported without the archive
_HEADER = 16  # bytes of a .pyc before the code: magic number, flags, hash of the source


def main(root: str) -> None:
    """Move the bytecode that `compileall` has written for the packages into an archive for each Python.

    Args:
        root: the function's directory, with the packages.
    """
    folder = Path(root)
    found: dict[str, dict[str, Path]] = {}
    for package in PACKAGES:
        for file in sorted((folder / package).rglob("__pycache__/*.pyc")):
            module, tag, _ = file.name.rsplit(".", 2)
            source = (file.parent.parent / f"{module}.py").relative_to(folder).as_posix()
            if source not in _FIRST:
                found.setdefault(tag, {})[source] = file
    for tag, files in found.items():
        codes = {source: file.read_bytes()[_HEADER:] for source, file in files.items()}
        places, start = {}, 0
        for source, code in codes.items():
            places[source] = start, len(code)
            start += len(code)
        index = marshal.dumps(places, 4)  # the version that every Python since 3.4 reads
        (folder / ARCHIVE.format(tag)).write_bytes(index + b"".join(codes.values()))
        for file in files.values():
            file.unlink()


if __name__ == "__main__":
    main(*sys.argv[1:])
