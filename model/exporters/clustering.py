"""sklearn.cluster."""

from typing import Any

from . import VALUES, Exported, Exporter, Rows, Tables, Unsupported, chain, checked, unknown
from .linear import doubles, sums


def k_means(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The centres: the nearest one's number, or the distances to all."""
    import numpy as np

    centres = estimator.cluster_centers_
    doubles(estimator, rows, centres, cast=False)
    for index, values in enumerate(centres.T):
        tables.hint(rows, index, values)
    if method == "predict":
        # What is the same of all centres, the row's own length, is left out (_update_chunk_dense).
        lengths = np.einsum("ij,ij->i", centres, centres)
        apart = sums(-2.0 * centres, lengths, rows, tables)
        return Exported(chain(*checked(rows), apart, {"op": "clustering.nearest"}), VALUES)
    if method != "transform":
        raise unknown(estimator, method)
    if rows.sparse:
        raise Unsupported(f"{type(estimator).__name__}.transform of sparse rows has no exporter")
    distances = {"op": "clustering.distances", "centres": [tables.add(centre) for centre in centres]}
    return Exported(chain(*checked(rows), distances), Rows(len(centres)))


EXPORTERS: dict[str, Exporter] = {
    "sklearn.KMeans": k_means,
    "sklearn.MiniBatchKMeans": k_means,
}
