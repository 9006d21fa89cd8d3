"""Serve a pickled estimator with scikit-learn's interface."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from handler.bundle import Manifest
from handler.schema import model_input

# Input containers. `array` avoids importing pandas; the build picks it where the proof shows equal predictions.
CONTAINERS: dict[str, Callable[..., Any]] = {
    "array": model_input.to_array,
    "dataframe": model_input.to_frame,
    "tensor": model_input.to_tensors,
}


class PickledModel:
    """An unpickled estimator and its prediction method."""

    chunk: int | None = None

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        import pickle

        with (folder / "model.pkl").open("rb") as stream:
            estimator = pickle.load(stream)  # noqa: S301 - the bundle's hashes are checked
        self._call = getattr(estimator, manifest.options["predict_fn"])
        self._container = CONTAINERS[manifest.options["input"]]
        self._inputs = manifest.signature.inputs
        # Columns are passed by position; the proof shows that names make no difference.
        warnings.filterwarnings("ignore", message="X does not have valid feature names")

    def predict(self, columns: dict[str, list[Any]], params: dict[str, Any], _deadline: float | None = None) -> Any:
        """Call the estimator; MLflow passes params of this flavor on as keyword arguments."""
        return self._call(self._container(columns, self._inputs), **params)


load = PickledModel
