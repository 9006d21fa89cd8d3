"""A file that a library wrote by itself: a pickle, a skops file, a booster, an ONNX graph. It becomes an MLflow model.

It is opened in an environment of its own, with the versions that it was saved with where it says so.
"""

import re
import tempfile
from pathlib import Path
from typing import Any

from handler.bundle import sha256
from model import child, environment
from model.errors import ModelError
from model.sources import Advance, Found, Wanted

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
"""What each kind needs besides MLflow and pandas."""

MODULES = {
    "category_encoders": "category-encoders",
    "imblearn": "imbalanced-learn",
    "lightgbm": "lightgbm",
    "sklearn": "scikit-learn",
    "statsmodels": "statsmodels",
    "xgboost": "xgboost-cpu",
}
"""Distributions by the module that a pickle asks for; for other modules than these the caller has to name one."""

_TRIES = 6


def fetch(wanted: Wanted, folder: Path, _: Advance) -> Found:
    """Wrap the file into an MLflow model, its signature taken from the example.

    Raises:
        ModelError: there is no such file, no example, or it does not open; names the package that is missing.
    """
    file = Path(wanted.uri)
    if not file.is_file():
        raise ModelError(f"there is no file {file}")
    if wanted.example is None:
        raise ModelError(f"{file} says nothing of its inputs: give --example with a CSV file of some")
    if not wanted.example.is_file():
        raise ModelError(f"there is no file {wanted.example}")
    kind = KINDS[file.suffix.lower()]
    lines = ["mlflow-skinny", "pandas", *PACKAGES[kind]]
    if wanted.requirements:
        try:
            lines = ["mlflow-skinny", "pandas", *wanted.requirements.read_text(encoding="utf-8").splitlines()]
        except OSError as error:
            raise ModelError(f"{wanted.requirements} cannot be read: {error.strerror}") from None
    request = {
        "kind": kind,
        "file": str(file.resolve()),
        "example": str(wanted.example.resolve()),
        "folder": str(folder.resolve()),
        "trusted": list(wanted.trusted),
    }
    for _try in range(_TRIES):
        result = _wrapped(request, lines, file)
        better = _completed(result, lines, fixed=wanted.requirements is not None)
        if better is None:
            break
        lines = better
    if problem := result.get("problem"):
        raise ModelError(f"{file}: {problem}")
    return Found(sha256=sha256(file))


def _wrapped(request: dict[str, Any], lines: list[str], file: Path) -> dict[str, Any]:
    """What the child says, in an environment with these requirements."""
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "requirements.txt"
        requirements.write_text("".join(f"{line}\n" for line in lines))
        python = environment.model_environment(Path(folder))
    try:
        result: dict[str, Any] = child.run(python, "wrap.py", request)
    except child.ChildError as error:
        raise ModelError(f"{file} does not open: {error}") from None
    return result


def _completed(result: dict[str, Any], lines: list[str], *, fixed: bool) -> list[str] | None:
    """Requirements to try next: with the version the file was saved with, or with the package it lacks."""
    if (version := result.get("saved_with")) and not fixed:
        return [f"scikit-learn=={version}" if _name(line) == "scikit-learn" else line for line in lines]
    missing = MODULES.get(result.get("missing", ""))
    if missing and missing not in map(_name, lines):
        return [*lines, missing]
    return None


def _name(line: str) -> str:
    return re.split(r"[^\w.-]", line.strip().lower(), maxsplit=1)[0].replace("_", "-")
