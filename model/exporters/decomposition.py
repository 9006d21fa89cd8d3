"""sklearn.decomposition, sklearn.random_projection and sklearn.kernel_approximation: projections onto components."""

from typing import Any

from . import Exported, Exporter, Rows, Tables, Unsupported, chain, checked, option, unknown
from .linear import doubles, sums


def projection(estimator: Any, components: Any, offsets: Any, rows: Rows, tables: Tables) -> dict[str, Any]:
    """The rows, checked, times the components, plus the offsets; for sparse rows the weights of a term lie together."""
    import numpy as np

    doubles(estimator, rows, components)
    if not rows.sparse:
        return chain(*checked(rows), sums(components, offsets, rows, tables))
    dense = components.toarray() if hasattr(components, "toarray") else components
    projected = {
        "op": "decomposition.projected",
        "components": tables.add(dense.T.astype("f8")),
        "offsets": tables.add(np.broadcast_to(offsets, len(dense)).astype("f8")),
    }
    return chain(*checked(rows), projected)


def pca(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The components; since they are sparse rows' too, the means are projected by themselves."""
    import numpy as np

    if method != "transform":
        raise unknown(estimator, method)
    components = estimator.components_
    offsets = -(estimator.mean_.reshape(1, -1) @ components.T).ravel()
    steps = [projection(estimator, components, offsets, rows, tables)]
    if estimator.whiten:
        scales = np.sqrt(estimator.explained_variance_)
        steps.append({"op": "decomposition.whitened", "scales": tables.add(scales.clip(np.finfo(scales.dtype).eps))})
    return Exported(chain(*steps), Rows(len(components)))


def truncated_svd(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The components alone (random projections as well)."""
    if method != "transform":
        raise unknown(estimator, method)
    components = estimator.components_
    return Exported(projection(estimator, components, 0.0, rows, tables), Rows(components.shape[0]))


def fast_ica(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The components of rows less their means."""
    means = estimator.mean_ if estimator.whiten else None
    return _centred(estimator, method, rows, tables, means, estimator.components_)


def factor_analysis(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The expected factors, which are a projection of rows less their means."""
    import numpy as np

    weighted = estimator.components_ / estimator.noise_variance_
    covariance = np.linalg.inv(np.eye(len(weighted)) + weighted @ estimator.components_.T)
    return _centred(estimator, method, rows, tables, estimator.mean_, covariance.T @ weighted)


def _centred(estimator: Any, method: str, rows: Rows, tables: Tables, means: Any, components: Any) -> Exported:
    if method != "transform":
        raise unknown(estimator, method)
    doubles(estimator, rows, cast=False)
    if rows.sparse:
        raise Unsupported(f"{type(estimator).__name__} of sparse rows has no exporter")
    steps = [] if means is None else [{"op": "linear.centred", "means": tables.add(means)}]
    return Exported(chain(*checked(rows), *steps, sums(components, 0.0, rows, tables)), Rows(len(components)))


def rbf_sampler(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The random weights and offsets."""
    if method != "transform":
        raise unknown(estimator, method)
    weights = estimator.random_weights_.T
    projected = projection(estimator, weights, estimator.random_offset_, rows, tables)
    cosines = {"op": "decomposition.cosines", "factor": (2.0 / estimator.n_components) ** 0.5}
    return Exported(chain(projected, cosines), Rows(len(weights)))


def nystroem(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """The kernel's values of the components, weighted."""
    if method != "transform":
        raise unknown(estimator, method)
    option(estimator, kernel=("linear", "poly", "polynomial", "rbf", "sigmoid"), kernel_params=(None,))
    doubles(estimator, rows, cast=False)
    degree = 3 if estimator.degree is None else estimator.degree
    if degree != int(degree) or rows.sparse:
        raise Unsupported(f"Nystroem of degree {degree}{' and sparse rows' * rows.sparse} has no exporter")
    kernel = {
        "op": "kernels.kernel",
        "name": estimator.kernel.removesuffix("nomial"),
        "vectors": tables.add(estimator.components_.astype("f8")),
        "width": rows.width,
        "gamma": 1.0 / rows.width if estimator.gamma is None else float(estimator.gamma),
        "coef0": 1.0 if estimator.coef0 is None else float(estimator.coef0),
        "degree": int(degree),
    }
    weighted = sums(estimator.normalization_, 0.0, rows, tables)
    return Exported(chain(*checked(rows), kernel, weighted), Rows(len(estimator.normalization_)))


EXPORTERS: dict[str, Exporter] = {
    "sklearn.FactorAnalysis": factor_analysis,
    "sklearn.FastICA": fast_ica,
    "sklearn.GaussianRandomProjection": truncated_svd,
    "sklearn.IncrementalPCA": pca,
    "sklearn.Nystroem": nystroem,
    "sklearn.PCA": pca,
    "sklearn.RBFSampler": rbf_sampler,
    "sklearn.SparseRandomProjection": truncated_svd,
    "sklearn.TruncatedSVD": truncated_svd,
}
