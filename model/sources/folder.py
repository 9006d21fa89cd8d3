"""A folder on this machine."""

import shutil
from pathlib import Path

from model.errors import ModelError
from model.sources import Advance, Found, Wanted

_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".git", ".DS_Store")


def fetch(wanted: Wanted, folder: Path, _: Advance) -> Found:
    """Copy it, links as the files they lead to.

    Raises:
        ModelError: there is no such folder, or it is no MLflow model, or it cannot be copied.
    """
    source = Path(wanted.uri)
    if not source.exists():
        raise ModelError(f"there is no {source}")
    if not (source / "MLmodel").is_file():
        raise ModelError(f"{source} is no MLflow model: it has no MLmodel")
    try:
        shutil.copytree(source, folder, dirs_exist_ok=True, ignore=_LEFT_OUT)
    except shutil.Error as error:
        path, _, why = error.args[0][0]
        raise ModelError(f"{path} cannot be copied: {why}") from None
    return Found()
