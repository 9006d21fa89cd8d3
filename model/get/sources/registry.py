"""A model in an MLflow tracking server or registry, Databricks and Unity Catalog included, fetched by MLflow's client.

MLFLOW_TRACKING_URI names the server, and MLFLOW_REGISTRY_URI the registry if it is another one (databricks-uc).
"""

import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from model.errors import ModelError
from model.get.sources import Advance, ModelSource, Provenance

_RETRIES = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "60"}


def fetch(source: ModelSource, folder: Path, _: Advance) -> Provenance:
    """Download a model.

    Raises:
        ModelError: no server is set, it does not respond, access is denied, or the model is not found.
    """
    for name, value in _RETRIES.items():  # MLflow's defaults retry for minutes
        os.environ.setdefault(name, value)
    try:
        import mlflow
        from mlflow.exceptions import MlflowException
    except ImportError:
        raise ModelError(
            "model registries need the mlflow package: run `make setup`, or install requirements/dev.txt"
        ) from None
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    if source.uri.startswith(("models:", "runs:")) and "MLFLOW_TRACKING_URI" not in os.environ:
        raise ModelError(f"{source.uri} needs a tracking server: set MLFLOW_TRACKING_URI")
    try:
        provenance = _look_up(mlflow.MlflowClient(), source.uri)
        with tempfile.TemporaryDirectory(prefix=".download-", dir=folder) as work:
            downloaded = Path(mlflow.artifacts.download_artifacts(artifact_uri=source.uri, dst_path=work))
            shutil.copytree(downloaded, folder, dirs_exist_ok=True)
    except (MlflowException, OSError, ImportError) as error:
        if isinstance(error, OSError) and error.errno is not None and error.filename:
            raise
        raise ModelError(f"{source.uri} cannot be downloaded: {_shorten(error)}") from None
    if not (folder / "MLmodel").is_file():
        raise ModelError(f"{source.uri} is not an MLflow model: it has no MLmodel file")
    return provenance


def _look_up(client: Any, uri: str) -> Provenance:
    """Return a model's name, version and run; an alias or `latest` is resolved to a version."""
    scheme, _, path = uri.partition(":/")
    if scheme == "runs":
        return Provenance(run=path.lstrip("/").partition("/")[0])
    if scheme == "models" and path.startswith("m-"):
        logged = client.get_logged_model(path.partition("/")[0])
        return Provenance(name=logged.name or "", run=logged.source_run_id or "")
    if scheme != "models":
        return Provenance()
    name, _, version = path.partition("/")
    if "@" in name:
        name, _, alias = name.partition("@")
        one = client.get_model_version_by_alias(name, alias)
    elif version == "latest":
        one = max(client.search_model_versions(f"name='{name}'"), key=lambda one: int(one.version))
    elif version.isdigit():
        one = client.get_model_version(name, version)
    else:  # a stage, which registries no longer have, or no version at all: MLflow's own error explains it
        return Provenance(name=name)
    return Provenance(name=one.name, version=str(one.version), run=one.run_id or "")


def _shorten(error: BaseException) -> str:
    """Return the beginning of an error's message, which can be a page long."""
    return " ".join(str(error).split())[:400] or type(error).__name__
