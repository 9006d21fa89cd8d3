"""Environments of a model's own, made by uv from requirements: the project's own never decides a model's versions."""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from model.child import ROOT
from model.errors import ModelError

ENVIRONMENTS = ROOT / "build" / "env"
"""Where environments are kept, each named by the hash of what it was made from."""

OLDEST = (3, 11)
"""The oldest Python that the handler runs on."""

_MINOR = re.compile(r"(\d+)\.(\d+)")


def choose_python(wanted: str | None, saved: str) -> tuple[Path, str | None]:
    """The interpreter to build a model under, and what to tell about it.

    Args:
        wanted: what the caller asked for: a version or a path; None to choose the version the model was saved on
            where it is at hand, else this interpreter.
        saved: the version the model was saved on.

    Returns:
        The interpreter, and a sentence where its version is not the one the model was saved on.

    Raises:
        ModelError: the one asked for is not at hand, or is too old.
    """
    python = _find(wanted or ".".join(map(str, minor(saved))))
    if python is None and wanted:
        raise ModelError(f"there is no Python {wanted} here; name another with --python")
    python = python or Path(sys.executable)
    found = version(python)
    if minor(found) < OLDEST:
        if wanted:
            raise ModelError(f"{python} is Python {found}, and the handler needs 3.11 or newer")
        python = Path(sys.executable)
        found = version(python)
    note = None
    if saved and minor(found) != minor(saved):
        note = f"the model was saved on Python {saved} and is built under {found}"
    return python, note


def remedy(saved: str) -> str:
    """What to do with a model that does not work on another Python than the one it was saved on."""
    if minor(saved) >= OLDEST:
        return f"build it with --python {'.'.join(map(str, minor(saved)))}, or log it again on this one"
    return "log it again on Python 3.11 or newer, which the handler needs"


def minor(version: str) -> tuple[int, ...]:
    """(3, 13) of "3.13.5"; () of what is no version."""
    match = _MINOR.match(version)
    return tuple(map(int, match.groups())) if match else ()


def model_environment(model: Path, python: Path | None = None, *, extra: Sequence[Path] = ()) -> Path:
    """The interpreter of an environment with the model's own requirements, msgspec, and what files in `extra` name.

    Raises:
        ModelError: the requirements do not install under this Python; says how uv puts it.
    """
    requirements = model / "requirements.txt"
    own = [] if "msgspec" in _names(requirements) else [ROOT / "requirements-run.txt"]
    python = python or Path(sys.executable)
    return environment([requirements, *own, *extra], python=python, left_out=excluded(requirements))


def excluded(requirements: Path) -> list[str]:
    """What is not installed though it is named: xgboost beside xgboost-cpu, the same files for graphics cards."""
    return ["xgboost"] if {"xgboost", "xgboost-cpu"} <= _names(requirements) else []


def runtime_environment(bundle: Path, python: Path | None = None, *, extra: Path | None = None) -> Path:
    """The interpreter of an environment with a bundle's requirements and nothing else but `extra`'s.

    Args:
        bundle: the folder with `requirements.txt`.
        python: by default the version that the bundle was built with, which must be at hand.
        extra: one more file of requirements, such as requirements-serve.txt.

    Raises:
        ModelError: there is no such Python, or they do not install.
    """
    from handler.bundle import read

    if python is None:
        built = ".".join(map(str, minor(read(bundle).built_with["python"])))
        python, _ = choose_python(built, "")
    # In this order: where both pin a distribution, the bundle's version is the one that was proved.
    files = [*([extra] if extra else []), bundle / "requirements.txt"]
    return environment(files, python=python, dependencies=False)


def environment(
    requirements: list[Path], *, python: Path, dependencies: bool = True, left_out: list[str] | None = None
) -> Path:
    """Make an environment, or find the one made before, and return its interpreter.

    Raises:
        ModelError: a requirement does not install.
    """
    folder = ENVIRONMENTS / _key(requirements, python, [str(dependencies), *(left_out or [])])
    interpreter = folder / "bin" / "python"
    complete = folder / "complete"
    if complete.exists():
        return interpreter
    with _locked(folder):
        if complete.exists():
            return interpreter
        shutil.rmtree(folder, ignore_errors=True)
        _uv(["venv", "--quiet", "--python", str(python), str(folder)], folder)
        install = ["pip", "install", "--python", str(interpreter)]
        if left_out:
            exclusions = folder / "excluded.txt"
            exclusions.write_text("".join(f"{name}\n" for name in left_out))
            install += ["--excludes", str(exclusions)]
        files = [f"--requirements={path.resolve()}" for path in requirements]
        if dependencies:
            _uv([*install, *files], requirements[0].parent)
        else:
            for file in files:
                _uv([*install, "--no-deps", file], requirements[0].parent)
        complete.touch()
    return interpreter


def _key(requirements: list[Path], python: Path, options: list[str]) -> str:
    digest = hashlib.sha256()
    for part in [version(python), os.path.realpath(python), *options]:
        digest.update(f"{part}\n".encode())
    for path in requirements:
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _find(version: str) -> Path | None:
    if not version:
        return None
    done = _run_uv(["python", "find", "--no-python-downloads", "--no-project", "--system", version])
    return Path(done.stdout.strip()) if done.returncode == 0 else None


def version(python: Path) -> str:
    """The version of an interpreter, such as 3.13.5."""
    code = "import platform; print(platform.python_version())"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def _names(requirements: Path) -> set[str]:
    return {_name(line) for line in requirements.read_text(encoding="utf-8").splitlines()}


def _name(line: str) -> str:
    return re.split(r"[^\w.-]", line.strip().lower(), maxsplit=1)[0].replace("_", "-")


def _uv(arguments: list[str], where: Path) -> None:
    done = _run_uv(arguments)
    if done.returncode:
        said = " ".join(done.stderr.split())
        raise ModelError(f"the requirements in {where} do not install: {said[-1500:]}")


def _run_uv(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    from uv import find_uv_bin

    kept = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    return subprocess.run([find_uv_bin(), *arguments], env=kept, capture_output=True, text=True, check=False)
