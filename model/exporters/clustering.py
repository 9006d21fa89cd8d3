"""sklearn.cluster."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, checked_rows, refuse_sparse, unsupported_method
from .forms import VALUES, Exported, Rows, Tables, chain
from .linear import refuse_float32, sums


def k_means(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the cluster centres: the index of the nearest, or the distances to all."""
    if method == "transform":
        return _distances(estimator, estimator.cluster_centers_, rows, tables)
    return nearest_centre(estimator, method, rows, tables)


def nearest_centre(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the cluster centres: the index of the nearest."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    return Exported(_nearest(estimator, estimator.cluster_centers_, rows, tables), VALUES)


def birch(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the centres of the subclusters: the label of the nearest, or the distances to all."""
    if method == "transform":
        return _distances(estimator, estimator.subcluster_centers_, rows, tables)
    if method != "predict":
        raise unsupported_method(estimator, method)
    nearest = _nearest(estimator, estimator.subcluster_centers_, rows, tables)
    named = {"op": "combining.named", "classes": estimator.subcluster_labels_.tolist()}
    return Exported(chain(nearest, named), VALUES)


def _nearest(estimator: Any, centres: Any, rows: Rows, tables: Tables) -> dict[str, Any]:
    """Return the index of the nearest centre."""
    import numpy as np

    _hint(estimator, centres, rows, tables)
    if not len(centres):
        raise Unsupported(f"{type(estimator).__name__} without cluster centres has no exporter")
    # The row's own norm is the same for all centres and left out, as in _update_chunk_dense.
    lengths = np.einsum("ij,ij->i", centres, centres)
    apart = sums(-2.0 * centres, lengths, rows, tables)
    return chain(*checked_rows(rows), apart, {"op": "clustering.nearest"})


def _distances(estimator: Any, centres: Any, rows: Rows, tables: Tables) -> Exported:
    _hint(estimator, centres, rows, tables)
    if rows.sparse:
        raise Unsupported(f"{type(estimator).__name__}.transform of sparse rows has no exporter")
    distances = {"op": "clustering.distances", "centres": [tables.add(centre) for centre in centres]}
    return Exported(chain(*checked_rows(rows), distances), Rows(len(centres)))


def _hint(estimator: Any, centres: Any, rows: Rows, tables: Tables) -> None:
    refuse_float32(estimator, rows, centres, cast=False)
    for index, values in enumerate(centres.T):
        tables.hint(rows, index, values)


def bisecting_k_means(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the tree of centres that a row descends, or the distances to its leaves."""
    if method == "transform":
        return _distances(estimator, estimator.cluster_centers_, rows, tables)
    if method != "predict":
        raise unsupported_method(estimator, method)
    _hint(estimator, estimator.cluster_centers_, rows, tables)
    refuse_sparse(estimator, rows)
    nodes: list[dict[str, Any]] = []
    _add_node(estimator._bisecting_tree, getattr(estimator, "_X_mean", 0.0), nodes, tables)  # noqa: SLF001
    return Exported(chain(*checked_rows(rows), {"op": "clustering.descended", "nodes": nodes}), VALUES)


def _add_node(node: Any, mean: Any, nodes: list[dict[str, Any]], tables: Tables) -> int:
    """Add a node and those below it, and return its index."""
    index = len(nodes)
    if node.left is None:
        nodes.append({"label": int(node.label)})
        return index
    both = (node.left, node.right)
    nodes.append({"centres": [tables.add(child.center + mean) for child in both]})
    nodes[index]["children"] = [_add_node(child, mean, nodes, tables) for child in both]
    return index


def feature_agglomeration(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the groups of features, whose means are taken."""
    import numpy as np

    del tables
    if method != "transform":
        raise unsupported_method(estimator, method)
    refuse_float32(estimator, rows, cast=False)
    if rows.sparse or estimator.pooling_func is not np.mean:
        raise Unsupported("FeatureAgglomeration of sparse rows, or by anything but numpy.mean, has no exporter")
    sizes = np.bincount(estimator.labels_).tolist()
    pooled = {"op": "clustering.pooled", "labels": estimator.labels_.tolist(), "sizes": sizes}
    return Exported(chain(*checked_rows(rows), pooled), Rows(len(sizes)))


EXPORTERS: dict[str, Exporter] = {
    "sklearn.AffinityPropagation": nearest_centre,
    "sklearn.Birch": birch,
    "sklearn.BisectingKMeans": bisecting_k_means,
    "sklearn.FeatureAgglomeration": feature_agglomeration,
    "sklearn.KMeans": k_means,
    "sklearn.MeanShift": nearest_centre,
    "sklearn.MiniBatchKMeans": k_means,
}
