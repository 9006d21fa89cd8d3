"""The flavor's own library, without MLflow: one file for each form that a model is loaded from."""

from importlib import import_module
from pathlib import Path

from handler.backends import Backend
from handler.bundle import Manifest

# Modules are named, not imported: LightGBM's and XGBoost's are called as C, without Python packages or numpy.
FORMS = {
    "lightgbm": "handler.backends.native.lightgbm",
    "onnx": "handler.backends.native.onnx",
    "pickle": "handler.backends.native.pickled",
    "xgboost": "handler.backends.native.xgboost",
}


def load(manifest: Manifest, folder: Path) -> Backend:
    """Load the model from a bundle's folder, by the form that the manifest's options name."""
    backend: Backend = import_module(FORMS[manifest.options["form"]]).load(manifest, folder)
    return backend
