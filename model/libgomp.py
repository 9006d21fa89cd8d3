"""Gives packages the `libgomp.so.1` that they want and the system lacks: OpenMP, as LightGBM needs it.

AWS's base images have none. Wheels of scikit-learn and XGBoost bring a copy under a name of their own, which works
under the plain name as well. An image's stages run this as `python -m model.libgomp` or as a script.
"""

import ctypes
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

NAME = "libgomp.so.1"


def main(to: str, packages: str, *more: str) -> None:
    """Put a copy into place if one is wanted and missing.

    Args:
        to: the folder for it, which has to be on the loader's path.
        packages: the folder whose shared libraries may want it, and may bring a copy.
        more: folders that may have a copy; if none has, requirements-libgomp.txt pins a wheel that does.
    """
    if _found() or not _wanted(Path(packages)):
        return
    copy = next(_copies(packages, *more), None) or next(_copies(_fetched()))
    Path(to).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(copy, Path(to) / NAME)
    print(f"{NAME} for {packages} comes from {copy}")


def _found() -> bool:
    try:
        ctypes.CDLL(NAME)
    except OSError:
        return False
    return True


def _wanted(packages: Path) -> bool:
    return any(f"\0{NAME}\0".encode() in path.read_bytes() for path in packages.rglob("*.so*") if path.is_file())


def _copies(*folders: str | Path) -> Iterator[Path]:
    return (path for folder in folders for path in sorted(Path(folder).rglob("libgomp*.so*")))


def _fetched() -> Path:
    from model import child, environment

    pinned = child.ROOT / "requirements-libgomp.txt"
    return environment.environment([pinned], python=Path(sys.executable), dependencies=False).parents[1]


if __name__ == "__main__":
    main(*sys.argv[1:])
