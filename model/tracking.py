"""Logs a model that was made here to an MLflow tracking server, where MLFLOW_TRACKING_URI names one."""

import os
from collections.abc import Mapping
from pathlib import Path

from model.errors import ModelError


def log(folder: Path, metrics: Mapping[str, float], pages: list[Path], register: str = "") -> str | None:
    """Log a model with its metrics and pages; the URI that `model get` takes, None where no server is named.

    Args:
        folder: the MLflow model.
        metrics: by name.
        pages: files to log beside it.
        register: a name to register it by.

    Raises:
        ModelError: the server does not take it, or one is needed to register and none is named.
    """
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        if register:
            raise ModelError("--register needs a tracking server: say which, as MLFLOW_TRACKING_URI")
        return None
    import logging

    import mlflow
    from mlflow.exceptions import MlflowException

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    try:
        with mlflow.start_run() as run:
            mlflow.log_metrics({name.replace("(", "").replace(")", ""): value for name, value in metrics.items()})
            for page in pages:
                mlflow.log_artifact(str(page))
            mlflow.log_artifacts(str(folder), "model")
        uri = f"runs:/{run.info.run_id}/model"
        if register:
            version = mlflow.register_model(uri, register)
            uri = f"models:/{register}/{version.version}"
    except (MlflowException, OSError) as error:
        raise ModelError(f"the tracking server does not take the model: {' '.join(str(error).split())[:400]}") from None
    return uri
