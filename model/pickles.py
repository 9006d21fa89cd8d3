"""Look into pickles without running them."""

import mmap
from pathlib import Path

_SUFFIXES = {".pkl", ".pickle", ".cloudpickle", ".joblib"}
_CODE = b"CodeType"
"""The name by which cloudpickle makes code objects again, of classes and functions that it pickles by value."""


def pickles_with_code(folder: Path) -> list[Path]:
    """Return the pickles below a folder that hold code objects, which run under one minor version of Python alone.

    A pickle of another version can make the interpreter spin or crash: code objects have another layout in each.
    """
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix in _SUFFIXES and path.is_file() and _holds(path, _CODE)
    ]


def _holds(path: Path, name: bytes) -> bool:
    if not path.stat().st_size:
        return False
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(name) >= 0
