"""Lay out a function's directory, the same for a zip and for the base image of an own Dockerfile."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from handler.bundle import Manifest, read_manifest
from model import environment
from model.environment.pythons import minor
from model.errors import ModelError
from model.folder_size import folder_size
from model.function.files import make_readable, remove_bytecode, write_bytecode
from model.function.packages import install, leave_out_tests
from model.function.target import Target
from model.image import bytecode, kernel, viewer
from model.pickles import pickles_with_code
from model.process import HANDLER, ROOT, child_environment

Tell = Callable[[str], None]

_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.c", "*.h", "*.so")
_WITHOUT_BYTECODE = 0.7  # of a directory's bytes
_PROVE = (
    "import sys; sys.path[:0] = [sys.argv[1]]; sys.path.append(sys.argv[2]); "
    "from model.image.prove import main; sys.exit(main(sys.argv[3]))"
)


class Assembled(NamedTuple):
    """A function's directory.

    Attributes:
        folder: the directory.
        manifest: the bundle's.
        proved: what the proof under the target's Python said; None where it could not run on this machine.
    """

    folder: Path
    manifest: Manifest
    proved: str | None


def assemble(bundle: Path, folder: Path, target: Target, *, limit: int | None = None, tell: Tell = print) -> Assembled:
    """Write the handler, the bundle, its packages and the API viewer to a new directory, and prove the bundle there.

    Args:
        bundle: the bundle's directory.
        folder: the directory to write, which must not exist or be empty.
        target: the platform that the function runs on.
        limit: bytes in all, for which the packages' tests and then their bytecode are left out; None for no limit.
        tell: called with a sentence at each step.

    Raises:
        BundleError: there is no bundle.
        ModelError: the directory holds something, a package has no wheel for the platform, or the predictions differ.
    """
    manifest = read_manifest(bundle)
    if folder.is_dir() and any(folder.iterdir()):
        raise ModelError(f"{folder} is not empty: name a new directory")
    own = default_python(bundle)
    if target.python != own and (code := pickles_with_code(bundle)):
        raise ModelError(f"{code[0]} holds code of Python {own}, which no other runs: use --runtime-python {own}")
    tell(f"installing packages for Python {target.python} on {target.architecture}")
    install(bundle / "requirements.txt", folder, target)
    if limit and folder_size(folder) > limit * _WITHOUT_BYTECODE:
        tell("note: the packages' own tests are left out, so that the function fits a zip")
        leave_out_tests(folder)
    shutil.copytree(HANDLER, folder / "handler", ignore=_LEFT_OUT)
    shutil.copytree(bundle, folder / "bundle", ignore=shutil.ignore_patterns("wheels"))
    _add_kernel(folder / "handler" / "backends" / "compiled" / kernel.TARGET.name, target, tell)
    viewer.main(str(folder / "viewer"))
    python = _interpreter(target)
    if python is None:
        tell(f"note: not proved for {target.architecture} and Python {target.python}, which do not run here")
        make_readable(folder)
        return Assembled(folder, manifest, None)
    tell(f"proving it under Python {target.python}")
    proved = _prove(folder, python)
    add_bytecode(folder, python)
    if limit and folder_size(folder) > limit:
        tell("note: bytecode is left out, so that the function fits a zip: it starts faster as a container image")
        remove_bytecode(folder)
    make_readable(folder)
    return Assembled(folder, manifest, proved)


def default_python(bundle: Path) -> str:
    """Return the Python that a bundle was built for, such as `3.13`."""
    return ".".join(map(str, minor(read_manifest(bundle).built_with["python"])))


def add_bytecode(folder: Path, python: Path) -> None:
    """Write bytecode, and gather that of the handler and of msgspec in one file.

    Args:
        folder: the function's directory.
        python: the interpreter that will run it.
    """
    write_bytecode(folder, python)
    bytecode.main(str(folder))


def _add_kernel(file: Path, target: Target, tell: Tell) -> None:
    """Copy the evaluator of trees for the target, or compile it."""
    tag = f"cpython-{target.python.replace('.', '')}-{target.machine}-linux-gnu"
    made = kernel.TARGET.with_name(f"_trees.{tag}.so")
    if not made.exists() and target.is_here:
        made = kernel.TARGET
    if made.exists():
        shutil.copyfile(made, file)
        return
    try:
        kernel.build(file, kernel.compiler("linux", target.machine), system="linux")
    except ModelError as error:
        tell(f"note: trees are evaluated in Python, slower and with the same results: {error}")


def _interpreter(target: Target) -> Path | None:
    """Return this machine's interpreter for the target, None where its programs do not run here."""
    if not target.is_here:
        return None
    try:
        return environment.model_interpreter(target.python, "").path
    except ModelError:
        return None


def _prove(folder: Path, python: Path) -> str:
    """Compare the predictions of the directory's bundle with MLflow's; return a line about it.

    Raises:
        ModelError: they differ, or the bundle does not load.
    """
    command = [str(python), "-I", "-S", "-B", "-c", _PROVE, str(folder), str(ROOT), str(folder / "bundle")]
    variables = child_environment(LD_LIBRARY_PATH=str(folder / "lib"))
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ModelError((done.stderr.strip().splitlines() or ["the bundle does not load"])[-1].removeprefix("error: "))
    return done.stdout.strip()
