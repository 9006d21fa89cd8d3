"""Serve any MLflow model with MLflow itself."""

import os
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from handler.bundle import Manifest
from handler.errors import InvalidValue
from handler.files import AnyPath
from handler.schema import UNNAMED, model_input
from handler.startup.model_code import own_modules

_BAD_REQUEST = 400


class PyfuncModel:
    """The model that `mlflow.pyfunc.load_model` returns."""

    chunk: int | None = None

    def __init__(self, manifest: Manifest, folder: AnyPath) -> None:
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # Spark takes the first on PATH else
        model = Path(folder) / "model"
        with own_modules(model):
            import mlflow.pyfunc

            self._model = mlflow.pyfunc.load_model(str(model))
        self._inputs = manifest.signature.inputs
        self.streams = bool(self._model.metadata.flavors.get("python_function", {}).get("streamable"))

    def predict(self, columns: dict[str, list[Any]], params: dict[str, Any], _deadline: float | None = None) -> Any:
        """Call MLflow's `predict` with the input container that the signature asks for.

        Raises:
            InvalidValue: MLflow refuses an input that fits the signature.
            Exception: whatever the model raises.
        """
        data = model_input.to_model_input(columns, self._inputs)
        with _refused_inputs():
            return self._model.predict(data, params=params) if params else self._model.predict(data)

    def predict_stream(self, columns: dict[str, list[Any]], params: dict[str, Any]) -> Generator[Any, None, None]:
        """Yield what MLflow's `predict_stream` yields for one row: a dict, or the value of an unnamed input.

        Raises:
            InvalidValue: MLflow refuses an input that fits the signature.
            Exception: whatever the model raises.
        """
        row = {name: values[0] for name, values in columns.items()}
        unnamed = set(row) <= {None, UNNAMED} and "name" not in (self._inputs or [{}])[0]
        data = next(iter(row.values())) if unnamed else row
        with _refused_inputs():
            yield from self._model.predict_stream(data, params=params or None)


load = PyfuncModel


@contextmanager
def _refused_inputs() -> Iterator[None]:
    """Turn MLflow's error for an invalid input into ours."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        if error.get_http_status_code() != _BAD_REQUEST:
            raise
        raise InvalidValue("MLflow refuses the input: it violates a type hint or a check inside the model") from None
