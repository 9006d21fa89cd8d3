"""Nearest neighbours (sklearn.neighbors) with few fitted points."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, checked_rows, labels, refuse_sparse, require_options, unsupported_method
from .discriminant import scored
from .forms import VALUES, Exported, Rows, Tables, chain
from .linear import refuse_float32
from .versions import version

MOST = 20_000
"""The greatest number of values in fitted points; with more, scikit-learn's search is faster."""


def nearest(estimator: Any, rows: Rows, tables: Tables, count: int = 0) -> tuple[dict[str, Any], Any]:
    """Return the search for neighbours, `n_neighbors` or `count`, and the order of the fitted points in it."""
    import numpy as np

    nodes: Any
    kind = type(estimator).__name__
    points, metric = estimator._fit_X, estimator.effective_metric_  # noqa: SLF001 - it has no other name
    weights = getattr(estimator, "weights", None)
    if weights not in (None, "distance", "uniform"):
        raise Unsupported(f"{kind} with weights={weights!r} has no exporter")
    require_options(estimator, _fit_method=("brute", "kd_tree"))
    if metric not in ("euclidean", "manhattan") or "w" in (estimator.effective_metric_params_ or {}):
        raise Unsupported(f"{kind} with the metric {metric!r} has no exporter")
    if rows.sparse or hasattr(points, "toarray"):
        raise Unsupported(f"{kind} of sparse rows has no exporter")
    if points.size > MOST:
        raise Unsupported(f"{kind} with {points.size:,} numbers in fitted points is too large (more than {MOST:,})")
    refuse_float32(estimator, rows, points, cast=False)
    hint(points, rows, tables)
    if estimator._fit_method == "brute":  # noqa: SLF001
        if metric == "euclidean" and weights == "distance":
            raise Unsupported(f"{kind} that rounds small distances (brute force, Euclidean, by weight) has no exporter")
        order, bounds = np.arange(len(points)), np.stack([points[:1], points[:1]])
        nodes = {"idx_start": [0], "idx_end": [len(points)], "is_leaf": [1]}  # one leaf; its bounding box is not used
    else:
        _, order, nodes, bounds = (np.asarray(part) for part in estimator._tree.get_arrays())  # noqa: SLF001
    search = {
        "op": "neighbors.nearest",
        "points": tables.add(points[order].astype("f8")),
        "width": int(points.shape[1]),
        "count": int(count or estimator.n_neighbors),
        "squared": metric == "euclidean",
        "nodes": {
            "starts": tables.add(nodes["idx_start"]),
            "ends": tables.add(nodes["idx_end"]),
            "leaves": tables.add(nodes["is_leaf"]),
        },
        "lows": tables.add(bounds[0]),
        "highs": tables.add(bounds[1]),
        "origin": int(np.flatnonzero(order == 0)[0]),
    }
    return chain(*checked_rows(rows), search), order


def hint(points: Any, rows: Rows, tables: Tables) -> None:
    """Note the fitted points for the proof.

    The distances of a projected row that is far from all of them are equal up to the rounding of the projection, which
    differs between processors, and with the size of a batch.
    """
    tables.near = tables.near or not rows.origins
    for index, values in enumerate(points.T):
        tables.hint(rows, index, values)


def classifier(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the vote of the neighbours' classes."""
    if estimator.outputs_2d_:
        raise Unsupported("KNeighborsClassifier with several targets has no exporter")
    search, order = nearest(estimator, rows, tables)
    classes = labels(estimator.classes_)
    votes = {
        "op": "neighbors.votes",
        "targets": tables.add(estimator._y[order]),  # noqa: SLF001
        "count": len(classes),
        "weighted": estimator.weights == "distance",
        "strict": version() >= (1, 4),
    }
    if method == "predict":
        return Exported(chain(search, votes, {"op": "linear.highest", "classes": classes}), VALUES)
    if method != "predict_proba":
        raise unsupported_method(estimator, method)
    return Exported(chain(search, votes, {"op": "neighbors.shares"}), Rows(len(classes)))


def regressor(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the mean of the neighbours' targets."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    search, order = nearest(estimator, rows, tables)
    targets = estimator._y[order].astype("f8")  # noqa: SLF001
    weighted = estimator.weights == "distance"
    if targets.ndim == 1:
        means = {"op": "neighbors.means", "targets": [tables.add(targets)], "weighted": weighted}
        return Exported(chain(search, means, {"op": "linear.first"}), VALUES)
    means = {"op": "neighbors.means", "targets": [tables.add(target) for target in targets.T], "weighted": weighted}
    return Exported(chain(search, means), Rows(targets.shape[1]))


def nearest_centroid(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the centroids; for unequal priors or scores, scaled by the standard deviation within classes."""
    import numpy as np

    require_options(estimator, metric=("euclidean", "manhattan"))
    refuse_float32(estimator, rows, estimator.centroids_, cast=False)
    refuse_sparse(estimator, rows)
    shares: Any = getattr(estimator, "class_prior_", None)
    plain = shares is None or np.isclose(shares, 1 / len(estimator.classes_)).all()
    if (method != "predict" and estimator.metric != "euclidean") or (shares is None and method != "predict"):
        raise unsupported_method(estimator, method)
    scores: dict[str, Any] = {"op": "neighbors.centroids", "squared": estimator.metric == "euclidean"}
    scales = np.ones(estimator.centroids_.shape[1])
    if method == "predict" and plain:
        scores["priors"] = None
    else:
        spread = estimator.within_class_std_dev_
        scales = np.where(spread != 0, spread, 1.0)
        scores["priors"] = [float(share) for share in shares]
    scores["scales"] = tables.add(scales)
    scores["points"] = [tables.add(centroid / scales) for centroid in estimator.centroids_]
    return scored(estimator, method, chain(*checked_rows(rows), scores))


EXPORTERS: dict[str, Exporter] = {
    "sklearn.KNeighborsClassifier": classifier,
    "sklearn.KNeighborsRegressor": regressor,
    "sklearn.NearestCentroid": nearest_centroid,
}
