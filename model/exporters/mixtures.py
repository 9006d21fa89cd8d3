"""sklearn.mixture."""

from __future__ import annotations

from typing import Any

from . import Exporter, checked_rows, refuse_sparse, unsupported_method
from .forms import VALUES, Exported, Rows, Tables, chain
from .linear import refuse_float32


def mixture(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export each component's mean, axes and log-weight: the most likely component, or the probabilities."""
    if method not in ("predict", "predict_proba"):
        raise unsupported_method(estimator, method)
    refuse_float32(estimator, rows, cast=False)
    refuse_sparse(estimator, rows)
    steps = [*checked_rows(rows), _densities(estimator, tables)]
    count = len(estimator.means_)
    if method == "predict":
        return Exported(chain(*steps, {"op": "linear.highest", "classes": list(range(count))}), VALUES)
    return Exported(chain(*steps, {"op": "discriminant.posteriors"}), Rows(count))


def _densities(estimator: Any, tables: Tables) -> dict[str, Any]:
    """Return the operation that gives each component's weighted log-density."""
    import numpy as np

    means, axes = estimator.means_, estimator.precisions_cholesky_
    count, width = means.shape
    # What does not depend on the row is what the density is at the mean, where the distance is zero.
    added = np.array(
        [
            estimator._estimate_weighted_log_prob(mean.reshape(1, -1))[0, index]  # noqa: SLF001 - it has no other name
            for index, mean in enumerate(means)
        ]
    )
    known = {
        "means": [tables.add(mean) for mean in means],
        "constants": tables.add(np.zeros(count)),
        "priors": tables.add(added),
    }
    if estimator.covariance_type in ("full", "tied"):
        axes = np.broadcast_to(axes, (count, width, width))
        given = [[tables.add(axis) for axis in own.T] for own in axes]
        return {"op": "discriminant.quadratic", "axes": given, **known}
    spread = np.broadcast_to(axes.reshape(count, -1) ** -2.0, (count, width))
    return {"op": "naive_bayes.gaussian", "variances": [tables.add(own) for own in spread], **known}


EXPORTERS: dict[str, Exporter] = {"sklearn.BayesianGaussianMixture": mixture, "sklearn.GaussianMixture": mixture}
