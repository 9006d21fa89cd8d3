"""Joint log-likelihoods of a row and each class (sklearn.naive_bayes)."""

from typing import Any

from handler.backends.compiled.graph import RowFunction, rowwise
from handler.errors import InvalidValue

_INT64 = 2**63


def gaussian(means: list[Any], variances: list[Any], constants: Any, priors: Any) -> RowFunction:
    """Return joint log-likelihoods for normally distributed features (GaussianNB)."""
    classes = [
        (mean.tolist(), variance.tolist(), constant, prior)
        for mean, variance, constant, prior in zip(means, variances, constants, priors, strict=True)
    ]

    def apply(row: list[float]) -> list[float]:
        scores = []
        for mean, variance, constant, prior in classes:
            total = 0.0
            for value, centre, spread in zip(row, mean, variance, strict=True):
                offset = value - centre
                total += offset * offset / spread
            scores.append(prior + (constant - 0.5 * total))
        return scores

    return apply


def categorical(features: list[Any], priors: Any) -> RowFunction:
    """Return joint log-likelihoods for category codes (CategoricalNB); `features` holds them for each category."""
    count = len(priors)
    sizes = [len(feature) // count for feature in features]

    def apply(row: list[float]) -> list[float]:
        scores = [0.0] * count
        for value, feature, size in zip(row, features, sizes, strict=True):
            category = int(value)
            if not 0 <= category < size or abs(value) >= _INT64:
                raise InvalidValue(f"unknown category {value:g}; the model knows 0 to {size - 1}")
            start = category * count
            for index in range(count):
                scores[index] += feature[start + index]
        return [score + prior for score, prior in zip(scores, priors, strict=True)]

    return apply


def binarized(threshold: float) -> RowFunction:
    """Return 1 for each value above the threshold, else 0 (BernoulliNB)."""
    return lambda row: [1.0 if value > threshold else 0.0 for value in row]


def sparse_binarized(threshold: float) -> RowFunction:
    """Return 1 for each value of a sparse row above the threshold; drop the others (BernoulliNB)."""
    return lambda row: {index: 1.0 for index, value in row.items() if value > threshold}


OPERATIONS = rowwise(binarized=binarized, categorical=categorical, gaussian=gaussian, sparse_binarized=sparse_binarized)
