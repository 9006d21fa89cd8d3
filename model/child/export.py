"""Write a model in the form that a backend loads.

Request: `model` (MLflow's folder), `flavor`, `form` (see `model/writers/`), `bundle` (the folder to write into),
`predict_fn`, the signature's `inputs`, and the `columns` that they are where the model can be compiled. Result: the
labels of a classifier (`classes`), more `options` for the backend, the top-level `modules` that the bundle cannot do
without, and `hints` (see `model.build.rows`; null where they are unknown).
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from .serving import Record, serve


def write(request: dict[str, Any], _record: Record) -> dict[str, Any]:
    """Load the model by its flavor, and write it."""
    from writers import writer

    model = load(request["flavor"], request["model"])
    written = writer(request["form"])(model, Path(request["bundle"]), request)
    classes: Any = getattr(model, "classes_", None)
    named = classes.tolist() if getattr(classes, "ndim", 0) == 1 else None
    return {"classes": named, **written._asdict()}


def load(flavor: str, model: str) -> Any:
    """Return a fitted estimator or a booster as its flavor loads it; of ONNX, which is served as it is, the folder."""
    return Path(model) if flavor == "onnx" else import_module("mlflow." + flavor).load_model(model)


if __name__ == "__main__":
    serve(write)
