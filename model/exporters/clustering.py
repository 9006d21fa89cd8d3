"""sklearn.cluster."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, checked_rows, unsupported_method
from .forms import VALUES, Exported, Rows, Tables, chain
from .linear import refuse_float32, sums


def k_means(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the cluster centres: the index of the nearest, or the distances to all."""
    import numpy as np

    centres = estimator.cluster_centers_
    refuse_float32(estimator, rows, centres, cast=False)
    for index, values in enumerate(centres.T):
        tables.hint(rows, index, values)
    if method == "predict":
        # The row's own norm is the same for all centres and left out, as in _update_chunk_dense.
        lengths = np.einsum("ij,ij->i", centres, centres)
        apart = sums(-2.0 * centres, lengths, rows, tables)
        return Exported(chain(*checked_rows(rows), apart, {"op": "clustering.nearest"}), VALUES)
    if method != "transform":
        raise unsupported_method(estimator, method)
    if rows.sparse:
        raise Unsupported(f"{type(estimator).__name__}.transform of sparse rows has no exporter")
    distances = {"op": "clustering.distances", "centres": [tables.add(centre) for centre in centres]}
    return Exported(chain(*checked_rows(rows), distances), Rows(len(centres)))


EXPORTERS: dict[str, Exporter] = {
    "sklearn.KMeans": k_means,
    "sklearn.MiniBatchKMeans": k_means,
}
