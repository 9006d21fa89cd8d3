"""Install a bundle's packages for a platform, from wheels alone.

An image's stage runs this as `python -m model.function.packages REQUIREMENTS DIRECTORY`, for its own platform.
"""

import shutil
import sys
from pathlib import Path

from model.environment.uv import run_uv
from model.errors import ModelError
from model.function.files import make_readable, write_bytecode
from model.function.target import GLIBC, Target, here
from model.image import libgomp
from model.process import ROOT
from model.work_folder import work_folder

_IMPORT_TESTS = {"numpy"}  # numpy.testing imports numpy._core.tests
_LEFTOVERS = (".lock", "bin")  # of uv, and scripts that nothing runs


def main(requirements: str, folder: str) -> str | None:
    """Install packages with their bytecode; return an error message, or None."""
    try:
        install(Path(requirements), Path(folder), here())
    except ModelError as error:
        return f"error: {error}"
    write_bytecode(Path(folder), Path(sys.executable))
    make_readable(Path(folder))
    return None


def install(requirements: Path, folder: Path, target: Target) -> None:
    """Install what a requirements file names, and `lib/libgomp.so.1` if a package needs it.

    Raises:
        ModelError: a package has no wheel for the platform, or cannot be downloaded.
    """
    _install(requirements.resolve(), folder, target)
    if libgomp.is_needed(folder):
        _add_libgomp(folder, target)


def _install(requirements: Path, folder: Path, target: Target) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    platform = f"{target.machine}-manylinux_{GLIBC}"
    options = ["--python-platform", platform, "--python-version", target.python, "--only-binary", ":all:", "--no-deps"]
    place = ["--target", str(folder.resolve()), f"--requirements={requirements}"]
    done = run_uv(["pip", "install", *options, *place], requirements.parent)
    if done.returncode:
        raise ModelError(
            f"the packages in {requirements} do not install for Python {target.python} on {target.architecture}, "
            f"of which Lambda needs wheels: {' '.join(done.stderr.split())[:500]}"
        )
    for path in (folder / name for name in _LEFTOVERS):
        shutil.rmtree(path, ignore_errors=True)
        path.unlink(missing_ok=True)


def leave_out_tests(folder: Path) -> None:
    """Remove the packages' own tests, but for those that they import."""
    for path in [path for path in folder.rglob("tests") if path.is_dir()]:
        if path.relative_to(folder).parts[0] not in _IMPORT_TESTS:
            shutil.rmtree(path, ignore_errors=True)


def _add_libgomp(folder: Path, target: Target) -> None:
    """Copy the library from the packages, else from the wheel that is pinned for it: Lambda's runtimes lack it."""
    with work_folder("thaw-") as work:
        if not (copy := next(libgomp.copies(folder), None)):
            _install(ROOT / "requirements" / "libgomp.txt", work, target)
            copy = next(libgomp.copies(work))
        (folder / "lib").mkdir(exist_ok=True)
        shutil.copyfile(copy, folder / "lib" / libgomp.NAME)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
