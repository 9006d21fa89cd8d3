"""Log-posteriors of classes (sklearn.discriminant_analysis)."""

from typing import Any

from handler.backends.compiled.functions import dot, exp, logsumexp
from handler.backends.compiled.graph import RowFunction, rowwise


def quadratic(means: list[Any], axes: list[list[Any]], constants: Any, priors: Any) -> RowFunction:
    """Return each class's log-posterior up to a constant (QuadraticDiscriminantAnalysis).

    Args:
        means: each class's mean of each feature.
        axes: each class's principal axes, scaled to unit variance.
        constants: each class's log-determinant of the covariance.
        priors: each class's log-prior.
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
    """Subtract the first of two scores from the second."""
    return lambda row: row[1] - row[0]


def log_posteriors(_: None = None) -> RowFunction:
    """Normalize scores into log-posteriors."""

    def apply(row: list[float]) -> list[float]:
        total = logsumexp(row)
        return [value - total for value in row]

    return apply


def posteriors(_: None = None) -> RowFunction:
    """Normalize scores into posteriors: probabilities."""

    def apply(row: list[float]) -> list[float]:
        total = logsumexp(row)
        return [exp(value - total) for value in row]

    return apply


OPERATIONS = rowwise(difference=difference, log_posteriors=log_posteriors, posteriors=posteriors, quadratic=quadratic)
