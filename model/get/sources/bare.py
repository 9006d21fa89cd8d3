"""A bare model file: a pickle, a skops file, a booster or an ONNX graph. It is wrapped into an MLflow model.

The file is opened in an environment of its own, with the library versions that it was saved with if it names them.
"""

import re
import tempfile
from pathlib import Path

from handler.files import sha256
from model import environment, process
from model.child.contract import SaveRequest, SaveResult
from model.environment.requirements import Requirements
from model.errors import ModelError
from model.get.sources import Advance, ModelSource, Provenance

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

PACKAGES = {
    "pickle": ("scikit-learn", "cloudpickle"),
    "skops": ("scikit-learn", "cloudpickle", "skops"),
    "xgboost": ("xgboost-cpu", "scikit-learn"),
    "lightgbm": ("lightgbm", "scikit-learn"),
    "onnx": ("onnx", "onnxruntime"),
}
"""Requirements of each kind besides MLflow and pandas."""

MODULES = {
    "category_encoders": "category-encoders",
    "imblearn": "imbalanced-learn",
    "lightgbm": "lightgbm",
    "sklearn": "scikit-learn",
    "statsmodels": "statsmodels",
    "xgboost": "xgboost-cpu",
}
"""Distributions by the module that a pickle imports; other modules need --requirements."""

_ATTEMPTS = 6


def fetch(source: ModelSource, folder: Path, _: Advance) -> Provenance:
    """Wrap the file into an MLflow model whose signature is inferred from the example.

    Raises:
        ModelError: the file or the example does not exist, or the file cannot be opened; names a missing package.
    """
    file = Path(source.uri)
    if not file.is_file():
        raise ModelError(f"{file} does not exist")
    if source.example is None:
        raise ModelError(f"{file} does not describe its inputs: give --example with a CSV file of input rows")
    if not source.example.is_file():
        raise ModelError(f"{source.example} does not exist")
    kind = KINDS[file.suffix.lower()]
    lines = ["mlflow-skinny", "pandas", *PACKAGES[kind]]
    if source.requirements:
        try:
            lines = ["mlflow-skinny", "pandas", *source.requirements.read_text(encoding="utf-8").splitlines()]
        except OSError as error:
            raise ModelError(f"cannot read {source.requirements}: {error.strerror}") from None
    request: SaveRequest = {
        "kind": kind,
        "file": str(file.resolve()),
        "example": str(source.example.resolve()),
        "folder": str(folder.resolve()),
        "trusted": list(source.trusted),
    }
    for _attempt in range(_ATTEMPTS):
        result = _wrap(request, lines, file)
        improved = _improve_requirements(result, lines, fixed=source.requirements is not None)
        if improved is None:
            break
        lines = improved
    if problem := result.get("problem"):
        raise ModelError(f"{file}: {problem}")
    return Provenance(sha256=sha256(file))


def _wrap(request: SaveRequest, lines: list[str], file: Path) -> SaveResult:
    """Run `save.py` in an environment with these requirements; return its result."""
    with tempfile.TemporaryDirectory() as folder:
        needs = Requirements(lines, None, Path(folder), [], None)
        python = environment.model_environment(needs, environment.model_interpreter(None, "")).python
    try:
        result: SaveResult = process.run(python, "save", request)
    except process.ChildError as error:
        raise ModelError(f"cannot open {file}: {error}") from None
    return result


def _improve_requirements(result: SaveResult, lines: list[str], *, fixed: bool) -> list[str] | None:
    """Return requirements to try next: with the version the file was saved with, or with the package it lacks."""
    if (version := result.get("saved_with")) and not fixed:
        return [f"scikit-learn=={version}" if _name(line) == "scikit-learn" else line for line in lines]
    missing = MODULES.get(result.get("missing", ""))
    if missing and missing not in map(_name, lines):
        return [*lines, missing]
    return None


def _name(line: str) -> str:
    return re.split(r"[^\w.-]", line.strip().lower(), maxsplit=1)[0].replace("_", "-")
