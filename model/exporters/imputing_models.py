"""Imputers that predict missing values from other columns (sklearn.impute.KNNImputer, IterativeImputer)."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, checked_columns, export, require_options, unsupported_method
from .composing import concatenate
from .forms import Exported, Rows, Tables, chain
from .imputing import indicators, simple_imputer
from .linear import refuse_float32
from .neighbors import MOST

_MISSING = {"nan": True, "missing": None}


def knn_imputer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the fitted rows, and the mean of each column; columns without a value are dropped."""
    import numpy as np

    require_options(estimator, metric=("nan_euclidean",), weights=("distance", "uniform"))
    array = _array(estimator, method, rows)
    points = estimator._fit_X  # noqa: SLF001 - it has no other name
    if points.size > MOST:
        raise Unsupported(f"KNNImputer with {points.size:,} numbers in fitted rows is too large (more than {MOST:,})")
    kept = np.flatnonzero(~np.isnan(points).all(axis=0)).tolist()
    if len(kept) < rows.width and getattr(estimator, "keep_empty_features", False):
        raise Unsupported("KNNImputer with keep_empty_features and an empty column has no exporter")
    for index in kept:
        column = points[:, index]
        tables.hint(rows, index, column[~np.isnan(column)])
    filled = {
        "op": "donors.filled",
        "points": tables.add(points.astype("f8").ravel()),
        "width": rows.width,
        "kept": kept,
        "count": int(estimator.n_neighbors),
        "weighted": estimator.weights == "distance",
        "means": tables.add(np.nansum(points, axis=0) / np.maximum((~np.isnan(points)).sum(axis=0), 1)),
    }
    return _indicated(estimator, Exported(filled, array.pick(kept, "columns")), rows)


def iterative_imputer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the model of each column in each round, after a SimpleImputer."""
    import numpy as np

    require_options(estimator, sample_posterior=(False,))
    array = _array(estimator, method, rows)
    empty = np.isnan(estimator.initial_imputer_.statistics_)
    if empty.any() and getattr(estimator, "keep_empty_features", False):
        raise Unsupported("IterativeImputer with keep_empty_features and an empty column has no exporter")
    initial = simple_imputer(estimator.initial_imputer_, "transform", array, tables)
    kept = np.flatnonzero(~empty).tolist()
    steps = []
    for target, others, model in estimator.imputation_sequence_:
        made = export(model, "predict", Rows(len(others), "columns"), tables)
        if made.rows.form != "values":
            raise Unsupported(f"IterativeImputer with {type(model).__name__} has no exporter")
        steps.append({"target": int(target), "others": [int(other) for other in others], "model": made.operation})
    filled = {
        "op": "rounds.filled",
        "initial": initial.operation,
        "kept": kept,
        "steps": steps,
        "lows": tables.add(np.broadcast_to(estimator._min_value, len(kept)).astype("f8")),  # noqa: SLF001
        "highs": tables.add(np.broadcast_to(estimator._max_value, len(kept)).astype("f8")),  # noqa: SLF001
    }
    return _indicated(estimator, Exported(filled, array.pick(kept, "columns")), rows)


def _array(estimator: Any, method: str, rows: Rows) -> Rows:
    """Return the form of the columns once they are checked numbers."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    refuse_float32(estimator, rows, cast=False)
    value = estimator.missing_values
    if value == value or rows.sparse:  # noqa: PLR0124 - not NaN
        raise Unsupported(f"{type(estimator).__name__} of sparse rows or with missing_values={value!r} has no exporter")
    return rows._replace(form="columns", types=())


def _indicated(estimator: Any, made: Exported, rows: Rows) -> Exported:
    """Extend an imputer of checked columns by its checks, and by indicators of missing values."""
    if estimator.add_indicator:
        made = concatenate([made, indicators(estimator.indicator_, _MISSING)])
    return Exported(chain(*checked_columns(rows, missing=True), made.operation), made.rows)


EXPORTERS: dict[str, Exporter] = {
    "sklearn.IterativeImputer": iterative_imputer,
    "sklearn.KNNImputer": knn_imputer,
}
