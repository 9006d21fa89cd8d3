"""Log a model to the MLflow tracking server that MLFLOW_TRACKING_URI names."""

import os
from collections.abc import Mapping
from pathlib import Path

from model.errors import ModelError


def log(folder: Path, metrics: Mapping[str, float], pages: list[Path], register: str = "") -> str | None:
    """Log a model with its metrics and pages; return its URI for `model get`, or None if no server is set.

    Args:
        folder: the MLflow model's directory.
        metrics: values by name.
        pages: files to log with it.
        register: the name to register it with; empty to not register it.

    Raises:
        ModelError: the server refuses the model, or `register` is given and no server is set.
    """
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        if register:
            raise ModelError("--register needs a tracking server: set MLFLOW_TRACKING_URI")
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
        raise ModelError(f"the tracking server refused the model: {' '.join(str(error).split())[:400]}") from None
    return uri
