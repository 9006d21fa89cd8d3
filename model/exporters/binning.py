"""sklearn.preprocessing.KBinsDiscretizer."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, checked_columns, require_options, unsupported_method
from .forms import Exported, Rows, Tables, chain
from .versions import version

_OPERATIONS = {
    "onehot": ("binning.sparse_one_hot", "sparse"),
    "onehot-dense": ("binning.one_hot", "rows"),
    "ordinal": ("binning.ordinal", "columns"),
}


def k_bins_discretizer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the inner edges of each column's bins."""
    import numpy as np

    if method != "transform":
        raise unsupported_method(estimator, method)
    require_options(estimator, encode=tuple(_OPERATIONS))
    dtype = getattr(estimator, "dtype", None)  # from 0.24 on
    if dtype not in (None, np.float64):
        raise Unsupported(f"{type(estimator).__name__} with dtype={dtype!r} has no exporter")
    edges = [of_one[1:-1] for of_one in estimator.bin_edges_]
    if version() < (1, 1):
        narrow = rows.float32 and dtype is None
        edges = [np.array([least_in(edge, narrow=narrow) for edge in of_one]) for of_one in edges]
    for index, of_one in enumerate(edges):
        tables.hint(rows, index, of_one)
    name, form = _OPERATIONS[estimator.encode]
    operation = {"op": name, "edges": [tables.add(of_one.astype("f8")) for of_one in edges]}
    width = rows.width if form == "columns" else sum(len(of_one) + 1 for of_one in edges)
    types = ("float",) * width if rows.float32 and dtype is None else ()
    return Exported(chain(*checked_columns(rows), operation), Rows(width, form, types, scipy=form == "sparse"))


def least_in(edge: float, *, narrow: bool) -> float:
    """Return the lowest number in the bin above an edge; before scikit-learn 1.1 that is slightly below the edge.

    Args:
        edge: compared with a number plus a tolerance.
        narrow: whether the sum is computed in float32.
    """
    import numpy as np

    kind: Any = np.float32 if narrow else np.float64

    def is_in(number: Any) -> bool:
        return bool(number + (kind(1e-8) + kind(1e-5) * abs(number)) >= edge)

    start = edge - 1e-8
    number = kind(start / (1 + 1e-5 if start >= 0 else 1 - 1e-5))
    while is_in(number):
        number = np.nextafter(number, kind(-np.inf))
    while not is_in(number):
        number = np.nextafter(number, kind(np.inf))
    return float(number)


EXPORTERS: dict[str, Exporter] = {"sklearn.KBinsDiscretizer": k_bins_discretizer}
