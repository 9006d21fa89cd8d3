"""Weighted sums, and what makes probabilities and labels of them."""

import math
from typing import Any

from handler.backends.compiled.graph import Operation


def sums(weights: list[Any], intercepts: Any) -> Operation:
    """One weighted sum of a dense row for each output: X @ coef.T + intercept."""

    def apply(row: list[float]) -> list[float]:
        totals = []
        for weight, intercept in zip(weights, intercepts, strict=True):
            total = 0.0
            for value, factor in zip(row, weight, strict=True):
                total += value * factor
            totals.append(total + intercept)
        return totals

    return apply


def sparse_sums(weights: list[Any], intercepts: Any) -> Operation:
    """The same of a sparse row."""

    def apply(row: dict[int, float]) -> list[float]:
        totals = []
        for weight, intercept in zip(weights, intercepts, strict=True):
            total = 0.0
            for index, value in row.items():
                total += value * weight[index]
            totals.append(total + intercept)
        return totals

    return apply


def logistic(_: None = None) -> Operation:
    """Two probabilities of one sum (scipy.special.expit)."""

    def apply(row: list[float]) -> list[float]:
        probability = _expit(row[0])
        return [1.0 - probability, probability]

    return apply


def softmax(_: None = None) -> Operation:
    """Probabilities of several sums (sklearn.utils.extmath.softmax)."""

    def apply(row: list[float]) -> list[float]:
        highest = max(row)
        powers = [math.exp(value - highest) for value in row]
        total = sum(powers)
        return [power / total for power in powers]

    return apply


def sign(classes: list[Any]) -> Operation:
    """The second of two labels where the one sum is above zero, else the first."""
    return lambda row: classes[row[0] > 0]


def highest(classes: list[Any]) -> Operation:
    """The label of the greatest value; the first of several."""
    return lambda row: classes[row.index(max(row))]


def threshold(position: int, least: float, classes: list[Any]) -> Operation:
    """The second label where a value is at least `least`, else the first (FixedThresholdClassifier)."""
    return lambda row: classes[row[position] >= least]


def first(_: None = None) -> Operation:
    """The only value of a row, by itself."""
    return lambda row: row[0]


def logarithms(_: None = None) -> Operation:
    """Natural logarithms; minus infinity of zero, as numpy has it."""
    return lambda row: [math.log(value) if value else -math.inf for value in row]


def _expit(value: float) -> float:
    if value >= 0:
        return 1.0 / (1.0 + math.exp(-value))
    power = math.exp(value)
    return power / (1.0 + power)


OPERATIONS = {
    "first": first,
    "highest": highest,
    "logarithms": logarithms,
    "logistic": logistic,
    "sign": sign,
    "softmax": softmax,
    "sparse_sums": sparse_sums,
    "sums": sums,
    "threshold": threshold,
}
