"""Write a model in the form that a backend loads.

It takes an `ExportRequest` and gives an `ExportResult` (see `contract`).
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .serving import Record, serve

if TYPE_CHECKING:
    from .contract import ExportRequest, ExportResult

NETWORKS = {
    "keras": ("model", "keras_model"),
    "pytorch": ("pytorch_model",),
    "sentence_transformers": (),
    "tensorflow": ("keras_model", "model"),
    "transformers": (),
}
"""The flavors of neural networks, and where MLflow's wrapper holds what is exported; nowhere if that is the wrapper."""


def write(request: ExportRequest, _record: Record) -> ExportResult:
    """Load the model by its flavor, and write it."""
    from writers import writer

    model = load(request["flavor"], request["model"])
    written = writer(request["form"])(model, Path(request["bundle"]), request)
    classes: Any = getattr(model, "classes_", None)
    named = classes.tolist() if getattr(classes, "ndim", 0) == 1 and len(classes) else None  # a regressor of CatBoost
    return {"classes": named, "options": written.options, "modules": written.modules, "hints": written.hints}


def load(flavor: str, model: str) -> Any:
    """Return a fitted estimator or a booster as its flavor loads it; of ONNX, which is served as it is, the folder."""
    if flavor == "onnx":
        return Path(model)
    if flavor in NETWORKS:  # PyTorch's own `load_model` refuses pickles, and in old versions leaves the training mode
        wrapper = import_module("mlflow.pyfunc").load_model(model)._model_impl  # noqa: SLF001 - of every version
        if hasattr(wrapper, "infer"):  # a function of a SavedModel, which does not keep the variables that it needs
            return wrapper
        return next((getattr(wrapper, name) for name in NETWORKS[flavor] if hasattr(wrapper, name)), wrapper)
    return import_module("mlflow." + flavor).load_model(model)


if __name__ == "__main__":
    serve(write)
