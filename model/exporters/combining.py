"""Helpers for exporters of meta-estimators, whose parts turn the same batch into columns."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, as_columns, as_rows, export
from .forms import VALUES, Exported, Rows, Tables, chain

BINARY = 2
"""The number of classes that share one score."""


def part(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export an estimator's method, with columns as the result."""
    operation, found = export(estimator, method, rows, tables)
    return Exported(chain(operation, *as_columns(found)), found._replace(form="columns"))


def score(estimator: Any, methods: tuple[str, ...], rows: Rows, tables: Tables, place: int = 1) -> tuple[Exported, str]:
    """Export the first method that an estimator has, and return its name; of two probabilities, only one column."""
    method = available(estimator, methods)
    made = part(estimator, method, rows, tables)
    if method in ("predict_proba", "predict_log_proba") and made.rows.width == BINARY:
        made = select_columns(made, [place])
    return made, method


def available(estimator: Any, methods: tuple[str, ...]) -> str:
    """Return the first of some methods that an estimator has."""
    for method in methods:
        if hasattr(estimator, method):
            return method
    raise Unsupported(f"{type(estimator).__name__} without {' or '.join(methods)} has no exporter")


def binary(estimator: Any, rows: Rows, tables: Tables) -> Exported:
    """Export the score of a binary estimator (sklearn.multiclass)."""
    from sklearn.base import is_regressor

    methods = ("predict",) if is_regressor(estimator) else ("decision_function", "predict_proba")
    return score(estimator, methods, rows, tables)[0]


def select_columns(made: Exported, indices: list[int]) -> Exported:
    """Select some of the columns."""
    picked = {"op": "composing.columns", "indices": indices}
    return Exported(chain(made.operation, picked), made.rows.pick(indices, "columns"))


def concatenate(parts: list[Exported]) -> Exported:
    """Concatenate columns."""
    union = {"op": "composing.columns_union", "parts": [made.operation for made in parts]}
    width = sum(made.rows.width for made in parts)
    types = ("float",) * width if all(made.rows.float32 for made in parts) else ()
    return Exported(union, Rows(width, "columns", types))


def mean(parts: list[Exported], weights: Any = None) -> Exported:
    """Average the parts' columns (numpy.average)."""
    import numpy as np

    if weights is None and all(made.rows.float32 for made in parts):
        raise Unsupported("a mean that is computed in float32 has no exporter")
    counted = np.ones(len(parts)) if weights is None else np.asarray(weights, dtype="f8")
    operations = [made.operation for made in parts]
    total = {"op": "combining.mean", "parts": operations, "weights": counted.tolist(), "total": float(counted.sum())}
    return Exported(total, Rows(parts[0].rows.width, "columns"))


def single_column(made: Exported, *steps: dict[str, Any]) -> Exported:
    """Turn a single column into values, and apply operations to them."""
    operation = chain(made.operation, {"op": "composing.column", "index": 0}, *steps)
    return Exported(operation, VALUES if steps else made.rows.pick([0], "values"))


def best_label(made: Exported, classes: list[Any]) -> Exported:
    """Return the label of the highest column."""
    return Exported(chain(made.operation, *as_rows(made.rows), {"op": "linear.highest", "classes": classes}), VALUES)


EXPORTERS: dict[str, Exporter] = {}
