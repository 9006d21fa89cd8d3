"""Methods that compare a row with fitted rows by a kernel, and maps that approximate kernels."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, checked_rows, labels, refuse_sparse, require_options, unsupported_method
from .decomposition import projection
from .forms import VALUES, Exported, Rows, Tables, chain
from .linear import refuse_float32, sums
from .versions import first_of

INTERVALS = {1: 0.8, 2: 0.5, 3: 0.4}
"""The default distance of AdditiveChi2Sampler's samples, by their number."""


def kernel(estimator: Any, points: Any, gamma: Any, rows: Rows, tables: Tables) -> dict[str, Any]:
    """Return the kernel of a row and each of some points (sklearn.metrics.pairwise.pairwise_kernels).

    Raises:
        Unsupported: the kernel, its degree or the form of the rows has no operation.
    """
    require_options(estimator, kernel=("cosine", "laplacian", "linear", "poly", "polynomial", "rbf", "sigmoid"))
    refuse_float32(estimator, rows, cast=False)
    kind, name, degree = type(estimator).__name__, estimator.kernel, getattr(estimator, "degree", 3)
    if rows.sparse or hasattr(points, "toarray") or int(degree) != degree:
        raise Unsupported(f"{kind} of sparse rows or of degree {degree} has no exporter")
    steps = checked_rows(rows)
    if name == "cosine":
        from sklearn.preprocessing import normalize

        name, points = "linear", normalize(points)
        steps.append({"op": "scaling.normalized", "norm": "l2", "exact": False})
    compared = {
        "op": "kernels.kernel",
        "name": "poly" if name == "polynomial" else name,
        "vectors": tables.add(points.astype("f8")),
        "width": rows.width,
        "gamma": 1.0 / rows.width if gamma is None else float(gamma),
        "coef0": float(getattr(estimator, "coef0", 1.0)),
        "degree": int(degree),
    }
    return chain(*steps, compared)


def kernel_ridge(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the weighted sum of kernels."""
    if method != "predict":
        raise unsupported_method(estimator, method)
    steps = [kernel(estimator, estimator.X_fit_, estimator.gamma, rows, tables)]
    weights = estimator.dual_coef_
    steps.append(sums(weights.T, 0.0, Rows(len(weights)), tables))
    if weights.ndim == 1:
        return Exported(chain(*steps, {"op": "linear.first"}), VALUES)
    return Exported(chain(*steps), Rows(weights.shape[1]))


def kernel_pca(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the projection of the centred kernel."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    gamma = first_of(estimator, "gamma_", "gamma")
    compared = kernel(estimator, estimator.X_fit_, gamma, rows, tables)
    return projected_kernel(estimator, compared, tables)


def projected_kernel(estimator: Any, compared: dict[str, Any], tables: Tables) -> Exported:
    """Export the centring and the projection of KernelPCA, given the operation for its kernel."""
    import numpy as np

    values, vectors = first_of(estimator, "eigenvalues_", "lambdas_"), first_of(estimator, "eigenvectors_", "alphas_")
    axes = np.zeros_like(vectors)
    some = np.flatnonzero(values)
    axes[:, some] = vectors[:, some] / np.sqrt(values[some])
    projected = sums(axes.T, 0.0, Rows(len(axes)), tables)
    return Exported(chain(compared, _centred(estimator._centerer, tables), projected), Rows(axes.shape[1]))  # noqa: SLF001


def kernel_centerer(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the means of the fitted kernel."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    refuse_float32(estimator, rows, cast=False)
    refuse_sparse(estimator, rows)
    return Exported(chain(*checked_rows(rows), _centred(estimator, tables)), Rows(rows.width))


def _centred(estimator: Any, tables: Tables) -> dict[str, Any]:
    means = tables.add(estimator.K_fit_rows_.astype("f8"))
    return {"op": "kernel_maps.centred", "means": means, "mean": float(estimator.K_fit_all_)}


def label_propagation(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the mean of the fitted rows' label distributions, weighted by a kernel or of the nearest."""
    if method not in ("predict", "predict_proba"):
        raise unsupported_method(estimator, method)
    shares = estimator.label_distributions_
    if estimator.kernel == "knn":
        from .neighbors import nearest

        search, order = nearest(estimator.nn_fit, rows, tables, estimator.n_neighbors)
        targets = [tables.add(share[order]) for share in shares.T]
        steps = [search, {"op": "neighbors.means", "targets": targets, "weighted": False}]
    else:
        weighted = sums(shares.T, 0.0, Rows(len(shares)), tables)
        steps = [kernel(estimator, estimator.X_, estimator.gamma, rows, tables), weighted]
    classes = labels(estimator.classes_)
    if method == "predict":
        return Exported(chain(*steps, {"op": "linear.highest", "classes": classes}), VALUES)
    return Exported(chain(*steps, {"op": "kernel_maps.shares"}), Rows(len(classes)))


def additive_chi2_sampler(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the number of samples and their distance."""
    del tables
    if method != "transform":
        raise unsupported_method(estimator, method)
    refuse_float32(estimator, rows, cast=False)
    refuse_sparse(estimator, rows)
    steps, interval = estimator.sample_steps, estimator.sample_interval
    interval = INTERVALS[steps] if interval is None else interval
    sampled = {"op": "kernel_maps.additive_chi2", "steps": int(steps), "interval": float(interval)}
    return Exported(chain(*non_negative_rows(rows), sampled), Rows(rows.width * (2 * steps - 1)))


def skewed_chi2_sampler(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the random weights and offsets."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    refuse_float32(estimator, rows, cast=False)
    refuse_sparse(estimator, rows)
    names = [rows.named(index) for index in range(rows.width)]
    shifted = {"op": "kernel_maps.shifted_logarithms", "shift": float(estimator.skewedness), "names": names}
    for index in range(rows.width):
        tables.hint(rows, index, [-float(estimator.skewedness)])
    weights = estimator.random_weights_.T
    projected = projection(estimator, weights, estimator.random_offset_, Rows(rows.width), tables)
    cosines = {"op": "decomposition.cosines", "factor": 2.0**0.5 / estimator.n_components**0.5}
    return Exported(chain(*checked_rows(rows), shifted, projected, cosines), Rows(len(weights)))


def non_negative_rows(rows: Rows) -> list[dict[str, Any]]:
    """Return the operations that convert a batch to checked rows and refuse negative numbers."""
    names = None if rows.sparse else [rows.named(index) for index in range(rows.width)]
    form = "sparse" if rows.sparse else "rows"
    return [*checked_rows(rows), {"op": f"checking.non_negative_{form}", "names": names}]


EXPORTERS: dict[str, Exporter] = {
    "sklearn.AdditiveChi2Sampler": additive_chi2_sampler,
    "sklearn.KernelCenterer": kernel_centerer,
    "sklearn.KernelPCA": kernel_pca,
    "sklearn.KernelRidge": kernel_ridge,
    "sklearn.LabelPropagation": label_propagation,
    "sklearn.LabelSpreading": label_propagation,
    "sklearn.SkewedChi2Sampler": skewed_chi2_sampler,
}
