"""A bare model file, as a library wrote it. It is wrapped into an MLflow model.

The file is opened in an environment of its own, with the library versions that it was saved with if it names them.
"""

from pathlib import Path

from handler.files import sha256
from model.errors import ModelError
from model.get.networks import describe_file
from model.get.sources import Advance, ModelSource, Provenance
from model.get.wrapping import wrap, wrap_network

KINDS = {
    ".pkl": "pickle",
    ".pickle": "pickle",
    ".joblib": "pickle",
    ".skops": "skops",
    ".json": "xgboost",
    ".ubj": "xgboost",
    ".txt": "lightgbm",
    ".onnx": "onnx",
}
"""By the ending of a file's name; files of other endings are networks."""

PACKAGES = {
    "pickle": ("scikit-learn", "cloudpickle"),
    "skops": ("scikit-learn", "cloudpickle", "skops"),
    "xgboost": ("xgboost-cpu", "scikit-learn"),
    "lightgbm": ("lightgbm", "scikit-learn"),
    "onnx": ("onnx", "onnxruntime"),
}
"""Requirements of each kind besides MLflow and pandas."""


def fetch(source: ModelSource, folder: Path, _: Advance) -> Provenance:
    """Wrap the file into an MLflow model whose signature is inferred from the example.

    Raises:
        ModelError: the file or the example does not exist, or the file cannot be opened; names a missing package.
    """
    file = Path(source.uri)
    if not file.is_file():
        raise ModelError(f"{file} does not exist")
    if kind := KINDS.get(file.suffix.lower()):
        wrap(source, kind, PACKAGES[kind], folder)
    else:
        wrap_network(source, describe_file(file, source.trusted), folder)
    return Provenance(sha256=sha256(file))
