"""sklearn.preprocessing.QuantileTransformer."""

from __future__ import annotations

import sys
from typing import Any

from . import Exporter, Unsupported, checked_columns, refuse_sparse, require_options, unsupported_method
from .forms import Exported, Rows, Tables, chain
from .linear import refuse_float32
from .scaling import Inverse, columnwise

_BOUND = 1e-7  # BOUNDS_THRESHOLD
_LEAST = _BOUND - sys.float_info.epsilon


def quantile_transformer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the quantiles of each column."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    refuse_float32(estimator, rows, cast=False)
    refuse_sparse(estimator, rows)
    operation = quantiles(estimator, tables)
    columns = estimator.quantiles_.T
    for index, values in enumerate(columns):
        tables.hint(rows, index, values[[0, -1]])
    found = columnwise(rows, [_inverse(estimator, values) for values in columns])
    return Exported(chain(*checked_columns(rows, missing=True), operation), found)


def quantiles(estimator: Any, tables: Tables, *, inverse: bool = False) -> dict[str, Any]:
    """Return the operation of the transform, or of its inverse."""
    import numpy as np
    from scipy.special import ndtri

    require_options(estimator, output_distribution=("uniform", "normal"))
    if np.isnan(estimator.quantiles_).any() or len(estimator.references_) == 1:
        raise Unsupported("QuantileTransformer of a single quantile, or of a column without any, has no exporter")
    normal = estimator.output_distribution == "normal"
    described = {
        "references": tables.add(estimator.references_),
        "quantiles": [tables.add(values) for values in estimator.quantiles_.T],
    }
    if inverse:
        return {"op": "quantile.inverted", **described, "bound": _BOUND if normal else None}
    if not normal:
        return {"op": "quantile.uniform", **described}
    limits = {"bound": _BOUND, "low": float(ndtri(_LEAST)), "high": float(ndtri(1 - _LEAST))}
    return {"op": "quantile.normal", **described, **limits}


def _inverse(estimator: Any, values: Any) -> Inverse:
    import numpy as np
    from scipy.special import ndtr

    def inverse(value: float) -> float:
        share = ndtr(value) if estimator.output_distribution == "normal" else value
        return float(np.interp(share, estimator.references_, values))

    return inverse


EXPORTERS: dict[str, Exporter] = {"sklearn.QuantileTransformer": quantile_transformer}
