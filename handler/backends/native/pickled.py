"""An estimator with scikit-learn's interface, un-pickled."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from handler import arrays
from handler.bundle import Manifest

# What a model takes: `array` spares the import of pandas, where the proof shows that it gives the same answers.
CONTAINERS: dict[str, Callable[..., Any]] = {
    "array": arrays.to_array,
    "dataframe": arrays.to_frame,
    "tensor": arrays.to_tensors,
}


class PickledModel:
    """What was pickled, and the method of it that answers."""

    chunk: int | None = None

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        import pickle

        with (folder / "model.pkl").open("rb") as stream:
            estimator = pickle.load(stream)  # noqa: S301 - the bundle's hash was checked
        self._call = getattr(estimator, manifest.options["predict_fn"])
        self._container = CONTAINERS[manifest.options["input"]]
        self._inputs = manifest.signature.inputs
        # Positions carry the meaning here, and the proof has shown that they do.
        warnings.filterwarnings("ignore", message="X does not have valid feature names")

    def predict(self, columns: dict[str, list[Any]], params: dict[str, Any]) -> Any:
        """Call the estimator; its flavor has no params but those MLflow would pass on."""
        return self._call(self._container(columns, self._inputs), **params)


load = PickledModel
