"""sklearn.naive_bayes."""

from __future__ import annotations

from typing import Any

from . import Exporter, Unsupported, checked_rows, refuse_sparse, unsupported_method
from .discriminant import scored
from .forms import Exported, Rows, Tables, chain
from .linear import refuse_float32, sums
from .versions import first_of


def gaussian(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export means and variances of each class."""
    import numpy as np

    variances = first_of(estimator, "var_", "sigma_")
    refuse_float32(estimator, rows, estimator.theta_, variances)
    refuse_sparse(estimator, rows)
    scores = {
        "op": "naive_bayes.gaussian",
        "means": [tables.add(mean) for mean in estimator.theta_.astype("f8")],
        "variances": [tables.add(variance) for variance in variances.astype("f8")],
        "constants": tables.add(np.array([-0.5 * np.sum(np.log(2.0 * np.pi * own)) for own in variances], "f8")),
        "priors": tables.add(np.log(estimator.class_prior_).astype("f8")),
    }
    return bayes(estimator, method, chain(*checked_rows(rows), scores))


def multinomial(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export a weighted sum of the counts for each class."""
    return _weighted(estimator, method, estimator.feature_log_prob_, estimator.class_log_prior_, rows, tables)


def complement(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export a weighted sum for each class; priors count only if there is one class."""
    added = estimator.class_log_prior_ if len(estimator.classes_) == 1 else 0.0
    return _weighted(estimator, method, estimator.feature_log_prob_, added, rows, tables)


def bernoulli(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the log-probabilities of present features minus those of absent ones."""
    import numpy as np

    absent = np.log(1 - np.exp(estimator.feature_log_prob_))
    added = estimator.class_log_prior_ + absent.sum(axis=1)
    steps = []
    if estimator.binarize is not None:
        if rows.sparse and estimator.binarize < 0:
            raise Unsupported("BernoulliNB with binarize below zero and sparse rows has no exporter")
        for index in range(rows.width):
            tables.hint(rows, index, [float(estimator.binarize)])
        name = "sparse_binarized" if rows.sparse else "binarized"
        steps = [{"op": f"naive_bayes.{name}", "threshold": float(estimator.binarize)}]
    return _weighted(estimator, method, estimator.feature_log_prob_ - absent, added, rows, tables, *steps)


def categorical(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export each category's log-probability in each class."""
    if rows.sparse or "string" in rows.types:
        raise Unsupported("CategoricalNB of anything but dense numbers has no exporter")
    for index, feature in enumerate(estimator.feature_log_prob_):
        tables.hint(rows, index, range(feature.shape[1] + 1))
    scores = {
        "op": "naive_bayes.categorical",
        "features": [tables.add(feature.T.astype("f8")) for feature in estimator.feature_log_prob_],
        "priors": tables.add(estimator.class_log_prior_.astype("f8")),
    }
    return bayes(estimator, method, chain(*checked_rows(rows), scores))


def _weighted(
    estimator: Any, method: str, weights: Any, added: Any, rows: Rows, tables: Tables, *steps: dict[str, Any]
) -> Exported:
    refuse_float32(estimator, rows, weights)
    return bayes(estimator, method, chain(*checked_rows(rows), *steps, sums(weights, added, rows, tables)))


def bayes(estimator: Any, method: str, scores: dict[str, Any]) -> Exported:
    """Export a method of a naive Bayes classifier; there is no decision function."""
    if method == "decision_function":
        raise unsupported_method(estimator, method)
    return scored(estimator, method, scores)


EXPORTERS: dict[str, Exporter] = {
    "sklearn.BernoulliNB": bernoulli,
    "sklearn.CategoricalNB": categorical,
    "sklearn.ComplementNB": complement,
    "sklearn.GaussianNB": gaussian,
    "sklearn.MultinomialNB": multinomial,
}
