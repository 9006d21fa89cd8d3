"""Weighted sums, and the links and decisions that turn them into probabilities and labels."""

import math
from typing import Any

from handler.backends.compiled.functions import argmax, dot, exp, expit, log, quick
from handler.backends.compiled.graph import RowFunction, rowwise


def sums(weights: list[Any], intercepts: Any) -> RowFunction:
    """Return one weighted sum of a dense row for each output: X @ coef.T + intercept."""
    pairs = [(weight.tolist(), intercept) for weight, intercept in zip(weights, intercepts, strict=True)]
    if len(pairs) == 1:
        [(only, added)] = pairs
        return lambda row: [dot(row, only) + added]
    return lambda row: [dot(row, weight) + intercept for weight, intercept in pairs]


def sparse_sums(weights: list[Any], intercepts: Any) -> RowFunction:
    """Return one weighted sum of a sparse row for each output."""
    pairs = list(zip(map(quick, weights), intercepts, strict=True))

    def apply(row: dict[int, float]) -> list[float]:
        totals = []
        for weight, intercept in pairs:
            total = 0.0
            for index, value in row.items():
                total += value * weight[index]
            totals.append(total + intercept)
        return totals

    return apply


def centred(means: Any) -> RowFunction:
    """Subtract the means from a row."""
    known = means.tolist()
    return lambda row: [value - mean for value, mean in zip(row, known, strict=True)]


def logistic(_: None = None) -> RowFunction:
    """Turn one sum into two probabilities by the logistic function (scipy.special.expit)."""

    def apply(row: list[float]) -> list[float]:
        probability = expit(row[0])
        return [1.0 - probability, probability]

    return apply


def softmax(_: None = None) -> RowFunction:
    """Turn sums into probabilities by softmax (sklearn.utils.extmath.softmax)."""

    def apply(row: list[float]) -> list[float]:
        highest = max(row)
        powers = [math.exp(value - highest) for value in row]
        total = sum(powers)
        return [power / total for power in powers]

    return apply


def opposed(_: None = None) -> RowFunction:
    """Turn one sum into two, for the softmax of a multinomial model with two classes."""
    return lambda row: [-row[0], row[0]]


def one_against_rest(_: None = None) -> RowFunction:
    """Normalize one logistic probability for each class (LinearClassifierMixin._predict_proba_lr)."""
    return lambda row: _shares([expit(value) for value in row])


def modified_huber(_: None = None) -> RowFunction:
    """Turn sums of the modified Huber loss into probabilities, one sum into two (SGDClassifier.predict_proba)."""

    def apply(row: list[float]) -> list[float]:
        clipped = [(min(max(value, -1.0), 1.0) + 1.0) / 2.0 for value in row]
        return _shares(clipped) if len(clipped) > 1 else [1.0 - clipped[0], clipped[0]]

    return apply


def _shares(values: list[float]) -> list[float]:
    total = sum(values)
    if total == 0.0:
        return [1.0 / len(values)] * len(values)
    return [value / total for value in values]


def sign(classes: list[Any]) -> RowFunction:
    """Return the second of two labels if the single sum is positive, else the first."""
    return lambda row: classes[row[0] > 0]


def highest(classes: list[Any]) -> RowFunction:
    """Return the label of the greatest value, the first of equals."""
    return lambda row: classes[argmax(row)]


def above(least: float) -> RowFunction:
    """Return 1 for each value above `least`, else 0 (multi-label)."""
    return lambda row: [int(value > least) for value in row]


def threshold(position: int, least: float, classes: list[Any]) -> RowFunction:
    """Return the second label if the value at `position` is at least `least`, else the first."""
    return lambda row: classes[row[position] >= least]


def first(_: None = None) -> RowFunction:
    """Return the single value of a row."""
    return lambda row: row[0]


def logarithms(least: float = 0.0) -> RowFunction:
    """Take natural logarithms; zero becomes `least` first, or gives minus infinity, as in numpy."""
    return lambda row: [log(value or least) for value in row]


def exponentials(_: None = None) -> RowFunction:
    """Take the exponential of each value (the inverse of the log link)."""
    return lambda row: [exp(value) for value in row]


OPERATIONS = rowwise(
    above=above,
    centred=centred,
    exponentials=exponentials,
    first=first,
    highest=highest,
    logarithms=logarithms,
    logistic=logistic,
    modified_huber=modified_huber,
    one_against_rest=one_against_rest,
    opposed=opposed,
    sign=sign,
    softmax=softmax,
    sparse_sums=sparse_sums,
    sums=sums,
    threshold=threshold,
)
