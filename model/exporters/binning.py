"""sklearn.preprocessing.KBinsDiscretizer."""

from typing import Any

from . import Exported, Exporter, Rows, Tables, chain, numbers, option, unknown

_OPERATIONS = {
    "onehot": ("binning.sparse_one_hot", "sparse"),
    "onehot-dense": ("binning.one_hot", "rows"),
    "ordinal": ("binning.ordinal", "columns"),
}


def k_bins_discretizer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The edges between the bins of each column."""
    import numpy as np

    if method != "transform":
        raise unknown(estimator, method)
    option(estimator, dtype=(None, np.float64), encode=tuple(_OPERATIONS))
    edges = [of_one[1:-1] for of_one in estimator.bin_edges_]
    for index, of_one in enumerate(edges):
        tables.hint(rows, index, of_one)
    name, form = _OPERATIONS[estimator.encode]
    operation = {"op": name, "edges": [tables.add(of_one.astype("f8")) for of_one in edges]}
    width = rows.width if form == "columns" else sum(len(of_one) + 1 for of_one in edges)
    types = ("float",) * width if rows.float32 and estimator.dtype is None else ()
    return Exported(chain(*numbers(rows), operation), Rows(width, form, types, scipy=form == "sparse"))


EXPORTERS: dict[str, Exporter] = {"sklearn.KBinsDiscretizer": k_bins_discretizer}
