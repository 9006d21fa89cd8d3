"""A test model with the same input for MLflow and for `POST /predict`, and the conversion of MLflow's output."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

Rows = list[dict[str, Any]]


class Case(NamedTuple):
    """One test model.

    Attributes:
        save: writes the model to a directory with MLflow.
        data: input of MLflow's `predict`.
        rows: the same input as rows of `POST /predict`.
        answer: converts MLflow's prediction to the rows of the response of `POST /predict`.
        params: params for both.
    """

    save: Callable[[Path], None]
    data: Any
    rows: Rows
    answer: Callable[[Any], Rows]
    params: dict[str, Any] | None = None

    @property
    def query(self) -> str:
        """Return the params as a query string."""
        return urlencode({name: _text(value) for name, value in (self.params or {}).items()}, doseq=True)


def _text(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, bool) else value


def values(name: str) -> Callable[[Any], Rows]:
    """Convert one output: an array, Series or list with one value (or list of values) per row."""
    return lambda output: [{name: value} for value in (output.tolist() if hasattr(output, "tolist") else output)]


def columns(*names: str) -> Callable[[Any], Rows]:
    """Convert several outputs: an array of shape (rows, names)."""
    return lambda output: [dict(zip(names, row, strict=True)) for row in output.tolist()]


def table(output: Any) -> Rows:
    """Convert a DataFrame with its own column names."""
    rows: Rows = output.to_dict(orient="records")
    return rows


def records(frame: Any) -> Rows:
    """Convert a DataFrame whose values JSON can represent."""
    return table(frame.astype(object))
