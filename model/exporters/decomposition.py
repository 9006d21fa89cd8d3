"""Projections (sklearn.decomposition, sklearn.random_projection, sklearn.kernel_approximation)."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, checked_rows, refuse_sparse, require_options, unsupported_method
from .forms import Exported, Rows, Tables, chain
from .linear import refuse_float32, sums


def projection(estimator: Any, components: Any, offsets: Any, rows: Rows, tables: Tables) -> dict[str, Any]:
    """Export rows times components plus offsets; for sparse rows, each term's weights are stored together."""
    import numpy as np

    refuse_float32(estimator, rows, components)
    if not rows.sparse:
        return chain(*checked_rows(rows), sums(components, offsets, rows, tables))
    dense = components.toarray() if hasattr(components, "toarray") else components
    projected = {
        "op": "decomposition.projected",
        "components": tables.add(dense.T.astype("f8")),
        "offsets": tables.add(np.broadcast_to(offsets, len(dense)).astype("f8")),
    }
    return chain(*checked_rows(rows), projected)


def pca(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the components; the means are projected in advance, so that sparse rows stay sparse."""
    import numpy as np

    if method != "transform":
        raise unsupported_method(estimator, method)
    components = estimator.components_
    _hint(estimator, rows, tables)
    offsets = -(estimator.mean_.reshape(1, -1) @ components.T).ravel()
    steps = [projection(estimator, components, offsets, rows, tables)]
    if estimator.whiten:
        scales = np.sqrt(estimator.explained_variance_)
        steps.append({"op": "decomposition.whitened", "scales": tables.add(scales.clip(np.finfo(scales.dtype).eps))})
    return Exported(chain(*steps), Rows(len(components)))


def _hint(estimator: Any, rows: Rows, tables: Tables) -> None:
    """Note where each column has its values: around the mean, up to three standard deviations."""
    import numpy as np

    noise = estimator.noise_variance_
    shares = estimator.components_**2 * (estimator.explained_variance_ - noise)[:, np.newaxis]
    spread = np.sqrt(shares.sum(axis=0) + noise)
    for index in range(rows.width if rows.origins else 0):
        tables.hint(rows, index, [estimator.mean_[index] + times * spread[index] for times in range(-3, 4)])


def truncated_svd(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export a projection without means (also random projections)."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    components = estimator.components_
    return Exported(projection(estimator, components, 0.0, rows, tables), Rows(components.shape[0]))


def fast_ica(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the components of centred rows."""
    means = estimator.mean_ if estimator.whiten else None
    return _centred(estimator, method, rows, tables, means, estimator.components_)


def factor_analysis(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the expected factors, a projection of centred rows."""
    import numpy as np

    weighted = estimator.components_ / estimator.noise_variance_
    covariance = np.linalg.inv(np.eye(len(weighted)) + weighted @ estimator.components_.T)
    return _centred(estimator, method, rows, tables, estimator.mean_, covariance.T @ weighted)


def sparse_pca(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the ridge regression of centred rows on the components, which is a projection."""
    import numpy as np
    from sklearn.linear_model import ridge_regression

    if ridge_regression(np.eye(1), np.ones((1, 1)), 1.0, solver="cholesky").ndim == 1:  # so is its result
        raise Unsupported(f"{type(estimator).__name__}, which returns a bare list for a single row, has no exporter")
    components = estimator.components_
    gram = components @ components.T + estimator.ridge_alpha * np.eye(len(components))
    return _centred(estimator, method, rows, tables, estimator.mean_, np.linalg.solve(gram, components))


def neighborhood_components(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the linear map, without means."""
    return _centred(estimator, method, rows, tables, None, estimator.components_)


def bernoulli_rbm(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the probabilities of the hidden units."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    hidden = projection(estimator, estimator.components_, estimator.intercept_hidden_, rows, tables)
    return Exported(chain(hidden, {"op": "neural.logistic"}), Rows(len(estimator.components_)))


def _centred(estimator: Any, method: str, rows: Rows, tables: Tables, means: Any, components: Any) -> Exported:
    if method != "transform":
        raise unsupported_method(estimator, method)
    refuse_float32(estimator, rows, cast=False)
    refuse_sparse(estimator, rows)
    steps = [] if means is None else [{"op": "linear.centred", "means": tables.add(means)}]
    return Exported(chain(*checked_rows(rows), *steps, sums(components, 0.0, rows, tables)), Rows(len(components)))


def rbf_sampler(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the random weights and offsets."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    weights = estimator.random_weights_.T
    projected = projection(estimator, weights, estimator.random_offset_, rows, tables)
    cosines = {"op": "decomposition.cosines", "factor": (2.0 / estimator.n_components) ** 0.5}
    return Exported(chain(projected, cosines), Rows(len(weights)))


def nystroem(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the weighted kernel of the components."""
    if method != "transform":
        raise unsupported_method(estimator, method)
    require_options(estimator, kernel=("linear", "poly", "polynomial", "rbf", "sigmoid"), kernel_params=(None,))
    refuse_float32(estimator, rows, cast=False)
    degree = 3 if estimator.degree is None else estimator.degree
    if degree != int(degree) or rows.sparse:
        raise Unsupported(f"Nystroem of degree {degree}{' and sparse rows' * rows.sparse} has no exporter")
    kernel = {
        "op": "kernels.kernel",
        "name": "poly" if estimator.kernel == "polynomial" else estimator.kernel,
        "vectors": tables.add(estimator.components_.astype("f8")),
        "width": rows.width,
        "gamma": 1.0 / rows.width if estimator.gamma is None else float(estimator.gamma),
        "coef0": 1.0 if estimator.coef0 is None else float(estimator.coef0),
        "degree": int(degree),
    }
    weighted = sums(estimator.normalization_, 0.0, rows, tables)
    return Exported(chain(*checked_rows(rows), kernel, weighted), Rows(len(estimator.normalization_)))


EXPORTERS: dict[str, Exporter] = {
    "sklearn.BernoulliRBM": bernoulli_rbm,
    "sklearn.FactorAnalysis": factor_analysis,
    "sklearn.FastICA": fast_ica,
    "sklearn.GaussianRandomProjection": truncated_svd,
    "sklearn.IncrementalPCA": pca,
    "sklearn.MiniBatchSparsePCA": sparse_pca,
    "sklearn.NeighborhoodComponentsAnalysis": neighborhood_components,
    "sklearn.Nystroem": nystroem,
    "sklearn.PCA": pca,
    "sklearn.RBFSampler": rbf_sampler,
    "sklearn.SparseRandomProjection": truncated_svd,
    "sklearn.SparsePCA": sparse_pca,
    "sklearn.TruncatedSVD": truncated_svd,
}
