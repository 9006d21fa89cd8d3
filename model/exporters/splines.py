"""sklearn.preprocessing.SplineTransformer."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, checked_columns, require_options, unsupported_method
from .forms import Exported, Rows, Tables, chain, zip_strict
from .linear import refuse_float32


def spline_transformer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the knots of each column, and how its splines continue beyond them."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    refuse_float32(estimator, rows, cast=False)
    degree = int(estimator.degree)
    require_options(estimator, extrapolation=("constant", "continue", "error", "linear", "periodic"))
    if getattr(estimator, "handle_missing", "error") != "error":
        raise Unsupported("SplineTransformer with handle_missing='zeros' has no exporter")
    splines = estimator.bsplines_
    for index, spline in enumerate(splines):
        tables.hint(rows, index, spline.t[degree : len(spline.t) - degree])
    operation: dict[str, Any] = {
        "op": "splines.continued",
        "knots": [tables.add(spline.t) for spline in splines],
        "degree": degree,
        "bias": bool(estimator.include_bias),
    }
    if estimator.extrapolation == "error":
        operation.update(op="splines.within", names=[rows.named(index) for index in range(rows.width)])
    elif estimator.extrapolation == "periodic":
        operation["op"] = "splines.periodic"
    elif estimator.extrapolation != "continue":
        below, above = zip_strict(*(_lines(estimator, spline) for spline in splines))
        operation.update(
            op="splines.straightened",
            below=[tables.add(line) for line in below],
            above=[tables.add(line) for line in above],
        )
    return Exported(chain(*checked_columns(rows), operation), Rows(int(estimator.n_features_out_)))


def _lines(estimator: Any, spline: Any) -> list[Any]:
    """Return the values and slopes of all splines at the first and the last knot."""
    import numpy as np

    degree, count = estimator.degree, spline.c.shape[1]
    linear = estimator.extrapolation == "linear"
    if degree < 1 + linear:  # scikit-learn fails beyond their knots, or uses other ones
        raise Unsupported(
            f"SplineTransformer with extrapolation={estimator.extrapolation!r} of degree {degree} has no exporter"
        )
    first, last = np.arange(count) < degree, np.arange(count) >= count - degree
    return [
        np.concatenate([spline(knot) * kept, spline(knot, nu=1) * kept * linear])
        for knot, kept in ((spline.t[degree], first), (spline.t[-degree - 1], last))
    ]


EXPORTERS: dict[str, Exporter] = {"sklearn.SplineTransformer": spline_transformer}
