"""Estimators that compute something else from neighbours than votes and means (sklearn.neighbors, sklearn.manifold)."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, checked_rows, labels, require_options, unsupported_method
from .forms import VALUES, Exported, Rows, Tables, chain
from .kernel_methods import projected_kernel
from .linear import refuse_float32
from .neighbors import MOST, hint, nearest

PATHS = 2_000
"""The greatest number of fitted points with a path between any two of them."""


def within(estimator: Any, rows: Rows, tables: Tables) -> dict[str, Any]:
    """Return the search for all neighbours within the radius."""
    kind = type(estimator).__name__
    points, metric = estimator._fit_X, estimator.effective_metric_  # noqa: SLF001 - it has no other name
    if metric not in ("euclidean", "manhattan") or "w" in (estimator.effective_metric_params_ or {}):
        raise Unsupported(f"{kind} with the metric {metric!r} has no exporter")
    if getattr(estimator, "weights", None) not in (None, "distance", "uniform"):
        raise Unsupported(f"{kind} with weights={estimator.weights!r} has no exporter")
    if rows.sparse or hasattr(points, "toarray") or points.size > MOST:
        raise Unsupported(f"{kind} of sparse rows, or of more than {MOST:,} numbers, has no exporter")
    refuse_float32(estimator, rows, points, cast=False)
    hint(points, rows, tables)
    search = {
        "op": "neighborhoods.within",
        "points": tables.add(points.astype("f8")),
        "width": int(points.shape[1]),
        "radius": float(estimator.radius),
        "squared": metric == "euclidean",
    }
    return chain(*checked_rows(rows), search)


def radius_classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the vote of all neighbours within the radius."""
    if method not in ("predict", "predict_proba"):
        raise unsupported_method(estimator, method)
    if estimator.outputs_2d_:
        raise Unsupported("RadiusNeighborsClassifier with several targets has no exporter")
    classes = labels(estimator.classes_)
    outlier = None if estimator.outlier_label_ is None else estimator.outlier_label_[0]
    if outlier is not None and outlier not in classes:
        raise Unsupported(f"RadiusNeighborsClassifier with outlier_label={outlier!r} has no exporter")
    votes = {
        "op": "neighbors.votes",
        "targets": tables.add(estimator._y),  # noqa: SLF001
        "count": len(classes),
        "weighted": estimator.weights == "distance",
        "strict": outlier is None,
    }
    steps = [within(estimator, rows, tables), votes]
    if outlier is not None:
        steps.append({"op": "neighborhoods.alone", "place": classes.index(outlier)})
    if method == "predict":
        return Exported(chain(*steps, {"op": "linear.highest", "classes": classes}), VALUES)
    return Exported(chain(*steps, {"op": "neighbors.shares"}), Rows(len(classes)))


def radius_regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the mean of all neighbours within the radius, missing if there is none."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    targets = estimator._y  # noqa: SLF001
    if targets.dtype.kind != "f":
        raise Unsupported("RadiusNeighborsRegressor of whole numbers has no exporter")
    several = targets.reshape(len(targets), -1).T
    means = {
        "op": "neighbors.means",
        "targets": [tables.add(target) for target in several],
        "weighted": estimator.weights == "distance",
    }
    steps = [within(estimator, rows, tables), means]
    if targets.ndim == 1:
        return Exported(chain(*steps, {"op": "linear.first"}), VALUES)
    return Exported(chain(*steps), Rows(len(several)))


def nearest_graph(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the graph of the nearest neighbours; with distances, there is one more."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    distances = estimator.mode == "distance"
    search, order = nearest(estimator, rows, tables, estimator.n_neighbors + distances)
    return _graph(search, order, distances, tables)


def radius_graph(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the graph of the neighbours within the radius."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    search = within(estimator, rows, tables)
    return _graph(search, list(range(estimator.n_samples_fit_)), estimator.mode == "distance", tables)


def _graph(search: dict[str, Any], order: Any, distances: bool, tables: Tables) -> Exported:
    graph = {"op": "neighborhoods.graph", "places": tables.add(order), "distances": distances}
    return Exported(chain(search, graph), Rows(len(order), "sparse", scipy=True, finite=True))


def local_outlier_factor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the neighbours' densities and reaches."""
    if method not in ("decision_function", "predict", "score_samples"):
        raise unsupported_method(estimator, method)
    require_options(estimator, novelty=(True,))
    search, order = nearest(estimator, rows, tables, estimator.n_neighbors_)
    last = estimator.n_neighbors_ - 1
    score = {
        "op": "neighborhoods.outlying",
        "reaches": tables.add(estimator._distances_fit_X_[order, last]),
        "densities": tables.add(estimator._lrd[order]),  # noqa: SLF001
        "offset": 0.0 if method == "score_samples" else float(estimator.offset_),
    }
    signs = [{"op": "ensembles.signs"}] if method == "predict" else []
    return Exported(chain(search, score, *signs), VALUES)


def isomap(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the paths between fitted points, and the projection of their centred kernel."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    if estimator.n_neighbors is None or len(estimator.dist_matrix_) > PATHS:
        raise Unsupported(f"Isomap by radius, or of more than {PATHS:,} rows, has no exporter")
    search, order = nearest(estimator.nbrs_, rows, tables)
    paths = {
        "op": "neighborhoods.geodesic",
        "distances": tables.add(estimator.dist_matrix_[order].astype("f8").ravel()),
        "count": len(order),
    }
    return projected_kernel(estimator.kernel_pca_, chain(search, paths), tables)


def locally_linear_embedding(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the fitted points and what they are mapped to."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    search, order = nearest(estimator.nbrs_, rows, tables, estimator.n_neighbors)
    *checks, found = search["steps"]
    points = estimator.nbrs_._fit_X[order]  # noqa: SLF001
    mapped = {
        "op": "neighborhoods.barycentric",
        "search": found,
        "points": tables.add(points.astype("f8").ravel()),
        "width": int(points.shape[1]),
        "targets": [tables.add(target) for target in estimator.embedding_[order].T],
        "ridge": float(estimator.reg),
    }
    return Exported(chain(*checks, mapped), Rows(estimator.embedding_.shape[1]))


EXPORTERS: dict[str, Exporter] = {
    "sklearn.Isomap": isomap,
    "sklearn.KNeighborsTransformer": nearest_graph,
    "sklearn.LocalOutlierFactor": local_outlier_factor,
    "sklearn.LocallyLinearEmbedding": locally_linear_embedding,
    "sklearn.RadiusNeighborsClassifier": radius_classifier,
    "sklearn.RadiusNeighborsRegressor": radius_regressor,
    "sklearn.RadiusNeighborsTransformer": radius_graph,
}
