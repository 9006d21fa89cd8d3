"""What all files that become MLflow models share: problems, versions, examples, and MLflow's answer to them."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterable

if TYPE_CHECKING:
    from .contract import SaveResult

ROWS = 5
"""The most rows of an example that are kept."""

REMEDY = "name the packages that it was saved with, and their versions, in a file for --requirements"

_NAMED = ("scikit-learn", "numpy", "xgboost-cpu", "lightgbm", "torch", "tensorflow-cpu", "keras", "transformers")


class Problem(Exception):
    """The file cannot be wrapped; `saved_with` goes into the result."""

    def __init__(self, problem: str, saved_with: str | None = None) -> None:
        super().__init__(problem)
        self.result: SaveResult = {"problem": problem}
        if saved_with is not None:
            self.result["saved_with"] = saved_with


def versions() -> str:
    """Return the versions of the libraries, for a message."""
    return ", ".join(f"{name} {version(name)}" for name in _NAMED if version(name))


def version(name: str) -> str | None:
    """A distribution's version."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def pinned(names: Iterable[str]) -> list[str]:
    """Return pinned requirements for those of the packages that are installed."""
    return [f"{name}=={version(name)}".partition("+")[0] for name in names if version(name)]


def length(output: Any) -> int | None:
    """Return the number of predictions."""
    if isinstance(output, dict) and output:
        return min(map(len, output.values()))
    return len(output) if hasattr(output, "__len__") else None


def answered(folder: Path, sample: Any) -> Any:
    """Return MLflow's predictions of a saved model.

    Raises:
        Problem: it does not answer.
    """
    import mlflow

    try:
        return mlflow.pyfunc.load_model(str(folder)).predict(sample)
    except Exception as error:
        said = " ".join(str(error).split())[:500]
        raise Problem(f"it does not answer the example ({type(error).__name__}: {said})") from None


def read_example(path: str, *, texts: bool = False) -> Any:
    """Return an example: a DataFrame of a CSV file, what a JSON file holds, or the arrays of numpy's own files.

    Args:
        path: the file.
        texts: whether an empty cell, or one like `NA`, is a text and not a missing number.

    Raises:
        Problem: it holds nothing, or cannot be read.
    """
    import numpy as np
    import pandas as pd

    readers = {".json": lambda: json.loads(Path(path).read_text(encoding="utf-8")), ".npy": lambda: np.load(path)}
    try:
        if path.endswith(".npz"):
            return dict(np.load(path))
        found = readers.get(Path(path).suffix, lambda: pd.read_csv(path, keep_default_na=not texts))()
    except (OSError, ValueError) as error:
        raise Problem(f"{path} cannot be read: {' '.join(str(error).split())[:200]}") from None
    if not len(found):
        raise Problem(f"{path} holds no rows")
    return found
