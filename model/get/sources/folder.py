"""A directory on this machine that holds an MLflow model."""

import shutil
from pathlib import Path

from model.errors import ModelError
from model.get.sources import Advance, ModelSource, Provenance

_IGNORED = shutil.ignore_patterns("__pycache__", ".git", ".DS_Store")


def fetch(source: ModelSource, folder: Path, _: Advance) -> Provenance:
    """Copy a directory; symbolic links become copies of the files they point to.

    Raises:
        ModelError: the directory does not exist, is not an MLflow model, or cannot be copied.
    """
    path = Path(source.uri)
    if not path.exists():
        raise ModelError(f"{path} does not exist")
    if not (path / "MLmodel").is_file():
        raise ModelError(f"{path} is not an MLflow model: it has no MLmodel file")
    try:
        shutil.copytree(path, folder, dirs_exist_ok=True, ignore=_IGNORED)
    except shutil.Error as error:
        failed, _, reason = error.args[0][0]
        raise ModelError(f"cannot copy {failed}: {reason}") from None
    return Provenance()
