"""sklearn.preprocessing: scalers, Normalizer and Binarizer."""

from collections.abc import Callable
from typing import Any

from . import Exported, Exporter, Rows, Tables, Unsupported, chain, checked, numbers, unknown
from .linear import doubles

Inverse = Callable[[Any], Any]


def columnwise(rows: Rows, inverses: list[Inverse]) -> Rows:
    """Columns of float64 after a function of each; given the functions' inverses, which may be rough."""
    origins = [origin and origin.after(inverse) for origin, inverse in zip(rows.origins, inverses, strict=False)]
    return Rows(rows.width, "columns", (), tuple(origins), rows.scipy)


def standard_scaler(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Means and deviations."""
    means = estimator.mean_ if estimator.with_mean else None
    return _standardized(estimator, method, rows, tables, means, estimator.scale_ if estimator.with_std else None)


def robust_scaler(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Medians and ranges."""
    centres = estimator.center_ if estimator.with_centering else None
    return _standardized(estimator, method, rows, tables, centres, estimator.scale_ if estimator.with_scaling else None)


def max_abs_scaler(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The greatest sizes, and limits where it clips."""
    scaled = _standardized(estimator, method, rows, tables, None, estimator.scale_)
    if not getattr(estimator, "clip", False):
        return scaled
    clipped = {"op": "scaling.sparse_clipped" if rows.sparse else "scaling.clipped", "low": -1.0, "high": 1.0}
    return Exported(chain(scaled.operation, clipped), scaled.rows)


def _standardized(estimator: Any, method: str, rows: Rows, tables: Tables, means: Any, scales: Any) -> Exported:
    import numpy as np

    if method != "transform":
        raise unknown(estimator, method)
    doubles(estimator, rows, cast=False)
    sparse = rows.sparse and means is None  # what is centred was never sparse, whatever form it has here
    means = np.zeros(rows.width) if means is None else means
    scales = np.ones(rows.width) if scales is None else scales
    if sparse:
        divided = {"op": "scaling.sparse_standardized", "scales": tables.add(scales)}
        return Exported(chain(*checked(rows, missing=True), divided), rows)
    operation = {"op": "scaling.standardized", "means": tables.add(means), "scales": tables.add(scales)}
    pairs = zip(scales.tolist(), means.tolist(), strict=True)
    found = columnwise(rows, [_line(scale, mean) for scale, mean in pairs])
    return Exported(chain(*numbers(rows, missing=True), operation), found)


def _line(slope: float, offset: float) -> Inverse:
    return lambda value: value * slope + offset


def min_max_scaler(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Factors and offsets, and limits where it clips."""
    if method != "transform":
        raise unknown(estimator, method)
    doubles(estimator, rows, cast=False)
    factors, offsets = estimator.scale_, estimator.min_
    steps = numbers(rows, missing=True)
    steps.append({"op": "scaling.stretched", "factors": tables.add(factors), "offsets": tables.add(offsets)})
    if estimator.clip:
        low, high = map(float, estimator.feature_range)
        steps.append({"op": "scaling.clipped", "low": low, "high": high})
    found = columnwise(rows, [_line(*pair) for pair in zip(1 / factors, -offsets / factors, strict=True)])
    return Exported(chain(*steps), found)


def normalizer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The kind of length."""
    del tables
    if method != "transform":
        raise unknown(estimator, method)
    doubles(estimator, rows, cast=False)
    if rows.sparse:
        weighted = {"op": "text.tfidf", "idf": None, "sublinear": False, "norm": estimator.norm}
        return Exported(chain(*checked(rows), weighted), rows._replace(origins=()))
    return Exported(chain(*checked(rows), {"op": "scaling.normalized", "norm": estimator.norm}), Rows(rows.width))


def binarizer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The threshold."""
    import numpy as np

    if method != "transform":
        raise unknown(estimator, method)
    threshold = float(estimator.threshold)
    if rows.float32 and float(np.float32(threshold)) != threshold:
        raise Unsupported(f"{type(estimator).__name__} with a threshold that is no float32 has no exporter")
    if rows.sparse and threshold >= 0:
        binarized = {"op": "scaling.sparse_binarized", "threshold": threshold}
        return Exported(chain(*checked(rows), binarized), rows._replace(origins=()))
    for index in range(rows.width):
        tables.hint(rows, index, [threshold])
    operation = {"op": "scaling.binarized", "threshold": threshold}
    types = ("float",) * rows.width if rows.float32 else ()
    return Exported(chain(*numbers(rows), operation), Rows(rows.width, "columns", types))


EXPORTERS: dict[str, Exporter] = {
    "sklearn.Binarizer": binarizer,
    "sklearn.MaxAbsScaler": max_abs_scaler,
    "sklearn.MinMaxScaler": min_max_scaler,
    "sklearn.Normalizer": normalizer,
    "sklearn.RobustScaler": robust_scaler,
    "sklearn.StandardScaler": standard_scaler,
}
