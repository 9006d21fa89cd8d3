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
    import numpy as np
    from scipy.special import ndtri

    if method != "transform":
        raise unsupported_method(estimator, method)
    require_options(estimator, output_distribution=("uniform", "normal"))
    refuse_float32(estimator, rows, cast=False)
    refuse_sparse(estimator, rows)
    if np.isnan(estimator.quantiles_).any() or len(estimator.references_) == 1:
        raise Unsupported("QuantileTransformer of a single quantile, or of a column without any, has no exporter")
    columns = estimator.quantiles_.T
    for index, quantiles in enumerate(columns):
        tables.hint(rows, index, quantiles[[0, -1]])
    operation: dict[str, Any] = {
        "op": "quantile.uniform",
        "references": tables.add(estimator.references_),
        "quantiles": [tables.add(quantiles) for quantiles in columns],
    }
    if estimator.output_distribution == "normal":
        limits = {"bound": _BOUND, "low": float(ndtri(_LEAST)), "high": float(ndtri(1 - _LEAST))}
        operation.update(op="quantile.normal", **limits)
    found = columnwise(rows, [_inverse(estimator, quantiles) for quantiles in columns])
    return Exported(chain(*checked_columns(rows, missing=True), operation), found)


def _inverse(estimator: Any, quantiles: Any) -> Inverse:
    import numpy as np
    from scipy.special import ndtr

    def inverse(value: float) -> float:
        share = ndtr(value) if estimator.output_distribution == "normal" else value
        return float(np.interp(share, estimator.references_, quantiles))

    return inverse


EXPORTERS: dict[str, Exporter] = {"sklearn.QuantileTransformer": quantile_transformer}
