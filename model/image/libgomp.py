"""Provide `libgomp.so.1` (OpenMP) for packages that need it, such as LightGBM, if the system lacks it.

AWS's base images lack it. Wheels of scikit-learn and XGBoost contain a copy under another name, which also works under
the plain name. The image's stages run this as `python -m model.image.libgomp` or as a script.
"""

import ctypes
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

NAME = "libgomp.so.1"


def main(to: str, *packages: str) -> None:
    """Copy the library into place if it is needed and missing.

    Args:
        to: the directory for the copy, which must be on the loader's path.
        packages: first the directory whose shared libraries may need the library, without which it is needed in any
            case; then more that may contain a copy. The fallback is the wheel pinned in requirements/libgomp.txt.
    """
    if _is_installed() or (packages and not is_needed(Path(packages[0]))):
        return
    copy = next(copies(*packages), None) or next(copies(_install_wheel()))
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
