"""Predict with the flavor's own library, without MLflow: one module for each model format."""

from importlib import import_module
from pathlib import Path

from handler.backends import Backend
from handler.bundle import Manifest
from handler.files import AnyPath

# Module names, imported on load: LightGBM and XGBoost are called through their C APIs, without numpy.
FORMATS = {
    "lightgbm": "handler.backends.native.lightgbm",
    "network": "handler.backends.native.network",
    "onnx": "handler.backends.native.onnx",
    "pickle": "handler.backends.native.pickled",
    "questions": "handler.backends.native.questions",
    "texts": "handler.backends.native.texts",
    "xgboost": "handler.backends.native.xgboost",
    "zero-shot": "handler.backends.native.zero_shot",
}


def load(manifest: Manifest, folder: AnyPath) -> Backend:
    """Load the model from a bundle's folder; the manifest's option `form` names its format."""
    backend: Backend = import_module(FORMATS[manifest.options["form"]]).load(manifest, Path(folder))
    return backend
