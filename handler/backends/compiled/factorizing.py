"""Factors of rows, given fitted components (sklearn.decomposition.NMF, MiniBatchNMF).

Both solvers stop once a whole batch has converged, as scikit-learn's do, so an answer depends on its batch.
"""

import math
from typing import Any

from handler.backends.compiled.functions import dot
from handler.backends.compiled.graph import Batch, Operation

_EPSILON = 2.0**-23


def descended(gram: list[Any], tolerance: float, iterations: int) -> Operation:
    """Solve for non-negative factors by coordinate descent (_update_cdnmf_fast), from zero.

    Args:
        gram: the products of the components with each other.
        tolerance: the violation of optimality at which to stop, relative to the first.
        iterations: the greatest number of iterations.
    """
    lines = [line.tolist() for line in gram]

    def apply(rows: Batch) -> Batch:
        factors = [[0.0] * len(lines) for _ in rows]
        first = 0.0
        for iteration in range(iterations):
            violation = 0.0
            for row, own in zip(rows, factors, strict=True):
                violation += _descend(row, own, lines)
            first = first if iteration else violation
            if first == 0.0 or violation / first <= tolerance:
                break
        return factors

    return apply


def _descend(products: Any, factors: list[float], gram: list[list[float]]) -> float:
    """Update a row's factors, one after the other, and return how far they were from the optimum."""
    violation = 0.0
    for place, (product, line) in enumerate(zip(products, gram, strict=True)):
        slope = dot(line, factors) - product
        violation += abs(min(0.0, slope) if factors[place] == 0.0 else slope)
        if line[place] != 0.0:
            factors[place] = max(factors[place] - slope / line[place], 0.0)
    return violation


def multiplied(gram: list[Any], size: int, penalties: list[float], tolerance: float, iterations: int) -> Operation:
    """Solve for factors by multiplicative updates (MiniBatchNMF._solve_W), from the root of the batch's mean.

    Args:
        gram: the products of the components with each other.
        size: the number of values of a row, whose sum comes after its products with the components.
        penalties: of the factors, and of their squares.
        tolerance: the change at which to stop, relative to the factors.
        iterations: the greatest number of iterations.
    """
    lines = [line.tolist() for line in gram]
    linear, quadratic = penalties

    def updated(products: Any, factors: list[float]) -> list[float]:
        found = []
        for product, factor, line in zip(products, factors, lines, strict=False):
            divisor = dot(line, factors) + linear + quadratic * factor
            found.append(factor * (product / (divisor or _EPSILON)))
        return found

    def apply(rows: Batch) -> Batch:
        mean = sum([row[-1] for row in rows]) / (len(rows) * size * len(lines))
        factors = [[math.sqrt(mean) if mean >= 0.0 else math.nan] * len(lines) for _ in rows]
        for _ in range(iterations):
            before, factors = factors, list(map(updated, rows, factors))
            change = math.sqrt(sum(map(_squared_distance, before, factors)))
            length = math.sqrt(sum([dot(own, own) for own in factors]))
            if tolerance > 0.0 and length and change / length <= tolerance:
                break
        return factors

    return apply


def _squared_distance(left: list[float], right: list[float]) -> float:
    return sum([(one - other) * (one - other) for one, other in zip(left, right, strict=True)])


OPERATIONS = {"descended": descended, "multiplied": multiplied}
