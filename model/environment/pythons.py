"""Find the Python interpreters that a model and the handler run under."""

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from model.environment.uv import run_uv
from model.errors import ModelError

OLDEST_HANDLER = (3, 11)
"""The oldest Python that the handler runs on."""

OLDEST_MODEL = (3, 7)
"""The oldest Python that a model can be asked under."""

_MINOR = re.compile(r"(\d+)\.(\d+)")


class Interpreter(NamedTuple):
    """An interpreter and its version, such as 3.13.5; `note` says where it is not the model's own."""

    path: Path
    version: str
    note: str | None = None

    @property
    def minor(self) -> tuple[int, ...]:
        """The version's first two numbers."""
        return minor(self.version)

    def differs_from(self, saved: str) -> bool:
        """Return whether a model was saved on another minor version than this."""
        return _differs(saved, self.version)


def model_interpreter(wanted: str | None, saved: str) -> Interpreter:
    """Return the interpreter to ask a model under: the Python it was saved on, found here or brought by uv.

    Args:
        wanted: a version or a path that replaces the model's own; None for the model's own.
        saved: the version the model was saved on; "" where it is unknown.

    Raises:
        ModelError: there is no such Python here and uv cannot bring it.
    """
    asked = wanted or _text(minor(saved))
    if minor(asked) and minor(asked) < OLDEST_MODEL:
        oldest = _text(OLDEST_MODEL)
        near = find_python(oldest)
        taken = Interpreter(near, python_version(near)) if near else _this(None)
        older = f"Python {asked} is older than {oldest}, the oldest for models; it is asked under {taken.version}"
        return taken._replace(note=older)
    path = find_python(asked)
    if path is None and wanted:
        raise ModelError(f"there is no Python {wanted} here, and uv cannot download it; name another with --python")
    if path is None:
        this = _text(sys.version_info[:2])
        missing = f"the model was saved on Python {asked}, which uv cannot find or download; it is asked under {this}"
        return _this(missing if asked else None)
    found = python_version(path)
    note = f"the model was saved on Python {saved} and is asked under {found}" if _differs(saved, found) else None
    return Interpreter(path, found, note)


def handler_interpreter(wanted: str | None, model: Interpreter) -> Interpreter:
    """Return the interpreter to prove and serve a bundle under: the model's own where the handler runs on it.

    Args:
        wanted: a version or a path that replaces it.
        model: the interpreter that the model is asked under; its path need not exist, if it was asked elsewhere.

    Raises:
        ModelError: there is no such Python, or the handler does not run on it.
    """
    if wanted is None:
        if model.minor < OLDEST_HANDLER:
            return _this(None)
        if model.path.exists():
            return model
    asked = wanted or _text(model.minor)
    path = find_python(asked)
    if path is None:
        raise ModelError(f"there is no Python {asked} here, and uv cannot download it; name one with --handler-python")
    found = python_version(path)
    if minor(found) < OLDEST_HANDLER:
        raise ModelError(f"{path} is Python {found}; the handler needs {_text(OLDEST_HANDLER)} or newer")
    return Interpreter(path, found)


def find_python(version: str) -> Path | None:
    """Return the path of an interpreter of this version (or at this path), downloaded by uv if need be."""
    if not version:
        return None
    find = ["python", "find", "--no-project", "--system", version]
    done = run_uv([*find, "--no-python-downloads"])
    if done.returncode and run_uv(["python", "install", "--quiet", "--no-bin", version]).returncode == 0:
        done = run_uv(find)
    return Path(done.stdout.strip()) if done.returncode == 0 else None


def python_version(python: Path) -> str:
    """Return the version of an interpreter, such as 3.13.5."""
    code = "import platform; print(platform.python_version())"
    return subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def minor(version: str) -> tuple[int, ...]:
    """Return (3, 13) for "3.13.5"; () for what is not a version."""
    match = _MINOR.match(version)
    return tuple(map(int, match.groups())) if match else ()


def _differs(saved: str, found: str) -> bool:
    return bool(saved) and minor(found) != minor(saved)


def _this(note: str | None) -> Interpreter:
    return Interpreter(Path(sys.executable), ".".join(map(str, sys.version_info[:3])), note)


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
