"""Scores of classes as log-posteriors (sklearn.discriminant_analysis)."""

from typing import Any

from handler.backends.compiled.functions import dot, exp, logsumexp
from handler.backends.compiled.graph import RowFunction, rowwise


def quadratic(means: list[Any], axes: list[list[Any]], constants: Any, priors: Any) -> RowFunction:
    """Each class's log-posterior (QuadraticDiscriminantAnalysis): a row's length along the class's scaled axes.

    Args:
        means: of each class, one for each feature.
        axes: of each class, its principal axes, each scaled to variance one.
        constants: of each class, the logarithm of its covariance's determinant.
        priors: the logarithm of each class's share.
    """
    classes = [
        (mean.tolist(), [axis.tolist() for axis in own], constant, prior)
        for mean, own, constant, prior in zip(means, axes, constants, priors, strict=True)
    ]

    def apply(row: list[float]) -> list[float]:
        scores = []
        for mean, own, constant, prior in classes:
            offsets = [value - centre for value, centre in zip(row, mean, strict=True)]
            lengths = [dot(offsets, axis) for axis in own]
            scores.append(-0.5 * (dot(lengths, lengths) + constant) + prior)
        return scores

    return apply


def difference(_: None = None) -> RowFunction:
    """How much the second of two scores exceeds the first."""
    return lambda row: row[1] - row[0]


def log_posteriors(_: None = None) -> RowFunction:
    """Scores less the logarithm of what their exponentials add up to."""

    def apply(row: list[float]) -> list[float]:
        total = logsumexp(row)
        return [value - total for value in row]

    return apply


def posteriors(_: None = None) -> RowFunction:
    """The exponentials of the same: probabilities."""

    def apply(row: list[float]) -> list[float]:
        total = logsumexp(row)
        return [exp(value - total) for value in row]

    return apply


OPERATIONS = rowwise(difference=difference, log_posteriors=log_posteriors, posteriors=posteriors, quadratic=quadratic)
