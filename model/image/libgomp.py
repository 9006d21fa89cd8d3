"""Provide `libgomp.so.1` (OpenMP) for packages that need it, such as LightGBM, if the system lacks it.

AWS's base images lack it. Wheels of scikit-learn and XGBoost contain a copy under another name, which also works under
the plain name. The image's builder stage runs this as `python -m model.image.libgomp`.
"""

import ctypes
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

NAME = "libgomp.so.1"


def main(to: str) -> None:
    """Copy the library of the wheel that requirements/libgomp.txt pins to a directory, if the system lacks it.

    Args:
        to: the directory, which must be on the loader's path.
    """
    if _is_installed():
        return
    copy = next(copies(_install_wheel()))
    Path(to).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(copy, Path(to) / NAME)
    print(f"copied {copy} to {Path(to) / NAME}")


def _is_installed() -> bool:
    try:
        ctypes.CDLL(NAME)
    except OSError:
        return False
    return True


def is_needed(packages: Path) -> bool:
    """Return whether a shared library in a directory needs the library by its plain name."""
    return any(f"\0{NAME}\0".encode() in path.read_bytes() for path in packages.rglob("*.so*") if path.is_file())


def copies(*folders: str | Path) -> Iterator[Path]:
    """Return the copies of the library in directories."""
    return (path for folder in folders for path in sorted(Path(folder).rglob("libgomp*.so*")))


def _install_wheel() -> Path:
    from model import environment, process

    pinned = process.ROOT / "requirements" / "libgomp.txt"
    return environment.installed_environment([pinned], python=Path(sys.executable), dependencies=False).parents[1]


if __name__ == "__main__":
    main(*sys.argv[1:])
