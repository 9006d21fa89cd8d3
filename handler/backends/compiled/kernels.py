"""Support vector machines, as libsvm evaluates them (svm_predict_values, svm_predict_probability)."""

import math
from collections.abc import Callable, Iterator
from typing import Any

from handler.backends.compiled.functions import argmax, dot, exp, manhattan
from handler.backends.compiled.graph import RowFunction, rowwise

Vector = tuple[float, ...]


def kernel(name: str, vectors: Any, width: int, gamma: float, coef0: float, degree: int) -> RowFunction:
    """Return the kernel of a row and each support vector.

    Args:
        name: laplacian, linear, poly, rbf or sigmoid.
        vectors: the support vectors, flattened.
        width: the length of a support vector.
        gamma: the factor of products and distances.
        coef0: added to the products.
        degree: of the polynomial.
    """
    known: list[Vector] = [tuple(vectors[start : start + width]) for start in range(0, len(vectors), width)]
    of: Callable[[list[float], Vector], float] = {
        "laplacian": lambda row, vector: exp(-gamma * manhattan(row, vector)),
        "linear": dot,
        "poly": lambda row, vector: _power(gamma * dot(row, vector) + coef0, degree),
        "rbf": lambda row, vector: exp(-gamma * _squared(math.dist(row, vector))),
        "sigmoid": lambda row, vector: math.tanh(gamma * dot(row, vector) + coef0),
    }[name]
    return lambda row: [of(row, vector) for vector in known]


def votes(coefficients: list[Any], intercepts: Any, counts: list[int]) -> RowFunction:
    """Return the decision value of each pair of classes: positive for the first of the two.

    Args:
        coefficients: a number for each support vector, for each class but one.
        intercepts: one for each pair.
        counts: the number of support vectors of each class; support vectors are grouped by class.
    """
    starts = [sum(counts[:index]) for index in range(len(counts))]
    slices = [slice(start, start + count) for start, count in zip(starts, counts, strict=True)]
    pairs = [
        (slices[i], coefficients[j - 1][slices[i]].tolist(), slices[j], coefficients[i][slices[j]].tolist(), intercept)
        for (i, j), intercept in zip(_pairs(len(counts)), intercepts, strict=True)
    ]

    def apply(values: list[float]) -> list[float]:
        return [
            dot(values[one], of_one) + dot(values[other], of_other) + intercept
            for one, of_one, other, of_other, intercept in pairs
        ]

    return apply


def elected(classes: list[Any]) -> RowFunction:
    """Return the label with the most votes, the first of equals."""
    count = len(classes)

    def apply(values: list[float]) -> Any:
        won = [0] * count
        for (i, j), value in zip(_pairs(count), values, strict=True):
            won[i if value > 0 else j] += 1
        return classes[won.index(max(won))]

    return apply


def negated(_: None = None) -> RowFunction:
    """Negate the decision value of two classes: positive for the second."""
    return lambda values: -values[0]


def one_against_rest(count: int) -> RowFunction:
    """Score each class by its votes plus at most a third for confidence (_ovr_decision_function)."""

    def apply(values: list[float]) -> list[float]:
        won, clear = [0.0] * count, [0.0] * count
        for (i, j), value in zip(_pairs(count), values, strict=True):
            clear[i] += value
            clear[j] -= value
            won[j if value < 0 else i] += 1.0
        return [wins + sure / (3.0 * (abs(sure) + 1.0)) for wins, sure in zip(won, clear, strict=True)]

    return apply


def best(classes: list[Any]) -> RowFunction:
    """Return the label with the greatest score (break_ties)."""
    return lambda scores: classes[argmax(scores)]


def probabilities(count: int, slopes: Any, offsets: Any) -> RowFunction:
    """Return class probabilities: Platt's sigmoid for each pair, then the coupling of Wu, Lin and Weng."""

    def apply(values: list[float]) -> list[float]:
        pairwise = [[0.0] * count for _ in range(count)]
        for (i, j), value, slope, offset in zip(_pairs(count), values, slopes, offsets, strict=True):
            pairwise[i][j] = min(max(_sigmoid(value * slope + offset), 1e-7), 1.0 - 1e-7)
            pairwise[j][i] = 1.0 - pairwise[i][j]
        return _coupled(pairwise)

    return apply


def _coupled(pairwise: list[list[float]]) -> list[float]:
    """Return the class probabilities that best fit those of the pairs (libsvm's multiclass_probability)."""
    count = len(pairwise)
    every = range(count)
    quadratic = [[-pairwise[j][i] * pairwise[i][j] for j in every] for i in every]
    for i in every:
        quadratic[i][i] = sum(pairwise[j][i] * pairwise[j][i] for j in every if j != i)
    shares = [1.0 / count] * count
    for _ in range(max(100, count)):
        slopes = [sum(q * share for q, share in zip(line, shares, strict=True)) for line in quadratic]
        value = sum(share * slope for share, slope in zip(shares, slopes, strict=True))
        if max(abs(slope - value) for slope in slopes) < 0.005 / count:
            break
        for i in every:
            step = (value - slopes[i]) / quadratic[i][i]
            scale = 1.0 + step
            shares[i] += step
            value = (value + step * (step * quadratic[i][i] + 2.0 * slopes[i])) / scale / scale
            slopes = [(slope + step * q) / scale for slope, q in zip(slopes, quadratic[i], strict=True)]
            shares = [share / scale for share in shares]
    return shares


def _sigmoid(value: float) -> float:
    if value >= 0:
        power = math.exp(-value)
        return power / (1.0 + power)
    return 1.0 / (1.0 + math.exp(value))


def _pairs(count: int) -> Iterator[tuple[int, int]]:
    return ((i, j) for i in range(count) for j in range(i + 1, count))


def _squared(value: float) -> float:
    return value * value


def _power(base: float, times: int) -> float:
    result = 1.0
    while times > 0:
        if times % 2:
            result *= base
        base *= base
        times //= 2
    return result


OPERATIONS = rowwise(
    best=best,
    elected=elected,
    kernel=kernel,
    negated=negated,
    one_against_rest=one_against_rest,
    probabilities=probabilities,
    votes=votes,
)
