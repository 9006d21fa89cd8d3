"""Run uv, which finds interpreters and installs packages, with limits of time."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from model.errors import ModelError

INSTALL_MINUTES = 30
"""How long one installation may take."""


def run_uv(arguments: Sequence[str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run uv with these arguments and return what it printed.

    Args:
        arguments: uv's own.
        folder: the working directory, from which relative paths in requirements start.

    Raises:
        ModelError: it takes longer than INSTALL_MINUTES.
    """
    from uv import find_uv_bin

    kept = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    kept.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")  # pip's: the best version of all indexes
    kept["PATH"] = os.pathsep.join([kept.get("PATH", os.defpath), *map(str, _pyenv_folders())])
    try:
        return subprocess.run(
            [find_uv_bin(), *arguments],
            cwd=folder,
            env=kept,
            capture_output=True,
            text=True,
            check=False,
            timeout=INSTALL_MINUTES * 60,
        )
    except subprocess.TimeoutExpired:
        raise ModelError(f"uv {arguments[0]} takes longer than {INSTALL_MINUTES} minutes: stopped") from None


def _pyenv_folders() -> list[Path]:
    """Return the folders of pyenv's interpreters, which are not on PATH."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return sorted(root.glob("versions/*/bin"))
