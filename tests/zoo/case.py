"""A model and a question: what it is asked as Python asks MLflow, the same as `POST /predict` takes it, the answer."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

Rows = list[dict[str, Any]]


class Case(NamedTuple):
    """One test model.

    Attributes:
        save: writes the model to a folder, with MLflow.
        data: what MLflow's `predict` is asked.
        rows: the same as rows of `POST /predict`.
        answer: MLflow's prediction as the rows that `POST /predict` answers.
        params: the model's params to ask both with.
    """

    save: Callable[[Path], None]
    data: Any
    rows: Rows
    answer: Callable[[Any], Rows]
    params: dict[str, Any] | None = None

    @property
    def query(self) -> str:
        """The params as `POST /predict` takes them."""
        return urlencode({name: _text(value) for name, value in (self.params or {}).items()}, doseq=True)


def _text(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, bool) else value


def values(name: str) -> Callable[[Any], Rows]:
    """One output: an array, Series or list with one value (or a list of them) for each row."""
    return lambda output: [{name: value} for value in (output.tolist() if hasattr(output, "tolist") else output)]


def columns(*names: str) -> Callable[[Any], Rows]:
    """Several outputs: an array of shape (rows, names)."""
    return lambda output: [dict(zip(names, row, strict=True)) for row in output.tolist()]


def table(output: Any) -> Rows:
    """A DataFrame, under its own names."""
    rows: Rows = output.to_dict(orient="records")
    return rows


def records(frame: Any) -> Rows:
    """The rows of a DataFrame whose values JSON has."""
    return table(frame.astype(object))
