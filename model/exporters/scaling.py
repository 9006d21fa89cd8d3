"""Scalers, Normalizer and Binarizer (sklearn.preprocessing)."""

from __future__ import annotations

from typing import Any, Callable

from . import Exporter, Unsupported, checked_columns, checked_rows, refuse_sparse, unsupported_method
from .forms import Exported, Rows, Tables, chain, zip_strict
from .linear import refuse_float32
from .versions import version

Inverse = Callable[[Any], Any]


def columnwise(rows: Rows, inverses: list[Inverse]) -> Rows:
    """Return the form of columns after a function of each, given the approximate inverses of the functions."""
    origins = [origin and origin.after(inverse) for origin, inverse in zip(rows.origins, inverses)]
    return Rows(rows.width, "columns", (), tuple(origins), rows.scipy)


def standard_scaler(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export means and standard deviations."""
    means = estimator.mean_ if estimator.with_mean else None
    return _standardized(estimator, method, rows, tables, means, estimator.scale_ if estimator.with_std else None)


def robust_scaler(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export medians and ranges."""
    centres = estimator.center_ if estimator.with_centering else None
    return _standardized(estimator, method, rows, tables, centres, estimator.scale_ if estimator.with_scaling else None)


def max_abs_scaler(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the maximum absolute values, and limits if it clips."""
    scaled = _standardized(estimator, method, rows, tables, None, estimator.scale_)
    if not getattr(estimator, "clip", False):
        return scaled
    clipped = {"op": "scaling.sparse_clipped" if rows.sparse else "scaling.clipped", "low": -1.0, "high": 1.0}
    return Exported(chain(scaled.operation, clipped), scaled.rows)


def _standardized(estimator: Any, method: str, rows: Rows, tables: Tables, means: Any, scales: Any) -> Exported:
    import numpy as np

    if method != "transform":
        raise unsupported_method(estimator, method)
    sparse = rows.sparse and means is None  # centred rows were dense to scikit-learn, whatever the form here
    zeros, ones = np.zeros(rows.width), np.ones(rows.width)
    means = zeros if means is None else means
    scales = ones if scales is None else scales
    if rows.float32:
        refuse_sparse(estimator, rows)
        if type(estimator).__name__ == "StandardScaler" and version() >= (1, 8):
            means, scales = means.astype("f4"), scales.astype("f4")
        steps = [
            {"op": "scaling.standardized", "means": tables.add(means), "scales": tables.add(ones)},
            {"op": "scaling.standardized", "means": tables.add(zeros), "scales": tables.add(scales)},
        ]
        return _narrow(rows, steps, [_line(scale, mean) for scale, mean in zip(scales.tolist(), means.tolist())])
    if sparse:
        divided = {"op": "scaling.sparse_standardized", "scales": tables.add(scales)}
        return Exported(chain(*checked_rows(rows, missing=True), divided), rows)
    operation = {"op": "scaling.standardized", "means": tables.add(means), "scales": tables.add(scales)}
    pairs = zip_strict(scales.tolist(), means.tolist())
    found = columnwise(rows, [_line(scale, mean) for scale, mean in pairs])
    return Exported(chain(*checked_columns(rows, missing=True), operation), found)


def _narrow(rows: Rows, steps: list[dict[str, Any]], inverses: list[Inverse]) -> Exported:
    """Export steps each of which numpy computes in place, in float64, and rounds to float32."""
    rounded = [part for step in steps for part in (step, {"op": "trees.float32"})]
    found = columnwise(rows, inverses)._replace(types=("float",) * rows.width)
    return Exported(chain(*checked_columns(rows, missing=True), *rounded), found)


def _line(slope: float, offset: float) -> Inverse:
    return lambda value: value * slope + offset


def min_max_scaler(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export factors and offsets, and limits if it clips."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    factors, offsets = estimator.scale_, estimator.min_
    inverses = [_line(*pair) for pair in zip_strict(1 / factors, -offsets / factors)]
    if rows.float32:
        refuse_sparse(estimator, rows)
        steps = [
            {"op": "scaling.stretched", "factors": tables.add(factors), "offsets": tables.add(0 * offsets)},
            {"op": "scaling.stretched", "factors": tables.add(1 + 0 * factors), "offsets": tables.add(offsets)},
        ]
        return _clipped(estimator, _narrow(rows, steps, inverses))
    steps = checked_columns(rows, missing=True)
    steps.append({"op": "scaling.stretched", "factors": tables.add(factors), "offsets": tables.add(offsets)})
    return _clipped(estimator, Exported(chain(*steps), columnwise(rows, inverses)))


def _clipped(estimator: Any, scaled: Exported) -> Exported:
    if not getattr(estimator, "clip", False):  # from 0.24 on
        return scaled
    low, high = map(float, estimator.feature_range)
    rounded = [{"op": "trees.float32"}] if scaled.rows.float32 else []
    clipped = {"op": "scaling.clipped", "low": low, "high": high}
    return Exported(chain(scaled.operation, clipped, *rounded), scaled.rows)


def normalizer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the norm."""
    del tables
    if method != "transform":
        raise unsupported_method(estimator, method)
    refuse_float32(estimator, rows, cast=False)
    norm = "signed max" if estimator.norm == "max" and version() < (0, 23) else estimator.norm
    if rows.sparse:
        if norm == "signed max":
            raise Unsupported("Normalizer of sparse rows by their maximum, before scikit-learn 0.23, has no exporter")
        weighted = {"op": "text.tfidf", "idf": None, "sublinear": False, "norm": estimator.norm}
        return Exported(chain(*checked_rows(rows), weighted), rows._replace(origins=()))
    normalized = {"op": "scaling.normalized", "norm": norm, "exact": version() < (1, 0)}
    return Exported(chain(*checked_rows(rows), normalized), Rows(rows.width))


def binarizer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the threshold."""
    import numpy as np

    if method != "transform":
        raise unsupported_method(estimator, method)
    threshold = float(estimator.threshold)
    if rows.float32 and float(np.float32(threshold)) != threshold:
        raise Unsupported(f"{type(estimator).__name__} with a threshold that is not a float32 has no exporter")
    if rows.sparse and threshold >= 0:
        binarized = {"op": "scaling.sparse_binarized", "threshold": threshold}
        return Exported(chain(*checked_rows(rows), binarized), rows._replace(origins=()))
    for index in range(rows.width):
        tables.hint(rows, index, [threshold])
    operation = {"op": "scaling.binarized", "threshold": threshold}
    types = ("float",) * rows.width if rows.float32 else ()
    return Exported(chain(*checked_columns(rows), operation), Rows(rows.width, "columns", types))


EXPORTERS: dict[str, Exporter] = {
    "sklearn.Binarizer": binarizer,
    "sklearn.MaxAbsScaler": max_abs_scaler,
    "sklearn.MinMaxScaler": min_max_scaler,
    "sklearn.Normalizer": normalizer,
    "sklearn.RobustScaler": robust_scaler,
    "sklearn.StandardScaler": standard_scaler,
}
