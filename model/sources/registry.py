"""A model in an MLflow tracking server or registry, Databricks' and Unity Catalog's among them, by MLflow's own client.

MLFLOW_TRACKING_URI says where; MLFLOW_REGISTRY_URI too where the registry is elsewhere (databricks-uc).
"""

import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from model.errors import ModelError
from model.sources import Advance, Found, Wanted

_TRIES = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "60"}


def fetch(wanted: Wanted, folder: Path, _: Advance) -> Found:
    """Download it.

    Raises:
        ModelError: no server is named, it does not answer, has no such model, or may not be asked for it.
    """
    for name, value in _TRIES.items():  # by itself it tries for minutes
        os.environ.setdefault(name, value)
    try:
        import mlflow
        from mlflow.exceptions import MlflowException
    except ImportError:
        raise ModelError("registries need mlflow: install requirements.txt, as `make setup` does") from None
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    if wanted.uri.startswith(("models:", "runs:")) and "MLFLOW_TRACKING_URI" not in os.environ:
        raise ModelError(f"{wanted.uri} is in a tracking server: say which, as MLFLOW_TRACKING_URI")
    try:
        found = _described(mlflow.MlflowClient(), wanted.uri)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as beside:
            got = Path(mlflow.artifacts.download_artifacts(artifact_uri=wanted.uri, dst_path=beside))
            shutil.copytree(got, folder, dirs_exist_ok=True)
    except (MlflowException, OSError, ImportError) as error:
        if isinstance(error, OSError) and error.errno is not None and error.filename:
            raise
        raise ModelError(f"{wanted.uri} is not to be had: {_first(error)}") from None
    if not (folder / "MLmodel").is_file():
        raise ModelError(f"{wanted.uri} is no MLflow model: it has no MLmodel")
    return found


def _described(client: Any, uri: str) -> Found:
    """What a registry says of a model: the version that an alias or `latest` stands for, and its run."""
    scheme, _, path = uri.partition(":/")
    if scheme == "runs":
        return Found(run=path.lstrip("/").partition("/")[0])
    if scheme != "models" or path.startswith("m-"):
        return Found()
    name, _, version = path.partition("/")
    if "@" in name:
        name, _, alias = name.partition("@")
        one = client.get_model_version_by_alias(name, alias)
    elif version == "latest":
        one = max(client.search_model_versions(f"name='{name}'"), key=lambda one: int(one.version))
    elif version.isdigit():
        one = client.get_model_version(name, version)
    else:  # a stage, which registries no longer have, or no version at all: MLflow's own words are the best
        return Found(name=name)
    return Found(name=one.name, version=str(one.version), run=one.run_id or "")


def _first(error: BaseException) -> str:
    """The first sentence of what MLflow says, which can be a page."""
    return " ".join(str(error).split())[:400] or type(error).__name__
