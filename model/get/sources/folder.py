"""A directory on this machine: an MLflow model, or one of TensorFlow or transformers, which is wrapped into one."""

import shutil
from pathlib import Path

from model.errors import ModelError
from model.get.networks import describe_folder
from model.get.sources import Advance, ModelSource, Provenance
from model.get.wrapping import wrap_network

_IGNORED = shutil.ignore_patterns("__pycache__", ".git", ".DS_Store")


def fetch(source: ModelSource, folder: Path, _: Advance) -> Provenance:
    """Copy or wrap a directory; symbolic links become copies of the files they point to.

    Raises:
        ModelError: the directory does not exist, holds no model, or cannot be copied or opened.
    """
    path = Path(source.uri)
    if not path.exists():
        raise ModelError(f"{path} does not exist")
    if not path.is_dir():
        raise ModelError(f"{path} is not a directory, nor a file of a model")
    if not (path / "MLmodel").is_file():
        wrap_network(source, describe_folder(path, source.task, source.trusted), folder)
        return Provenance()
    try:
        shutil.copytree(path, folder, dirs_exist_ok=True, ignore=_IGNORED)
    except shutil.Error as error:
        failed, _, reason = error.args[0][0]
        raise ModelError(f"cannot copy {failed}: {reason}") from None
    return Provenance()
