"""Sparse codes of rows over a dictionary of atoms (sklearn.decomposition.sparse_encode).

Operations take the products of a row with the atoms.
"""

import math
from typing import Any

from handler.backends.compiled.functions import dot
from handler.backends.compiled.graph import RowFunction, rowwise
from handler.backends.compiled.solving import Lower, backward, forward

_SMALLEST = math.ulp(1.0)


def pursued(gram: list[Any], most: int) -> RowFunction:
    """Choose atoms one by one, and fit all that are chosen (orthogonal matching pursuit, _gram_omp).

    Args:
        gram: the products of the atoms with each other.
        most: the number of atoms to choose.
    """
    known = [line.tolist() for line in gram]

    def apply(products: Any) -> list[float]:
        order = list(range(len(known)))  # the chosen atoms come first
        left: list[float] = list(products)
        weights: list[float] = []
        lower: Lower = []
        for chosen in range(most):
            sizes = list(map(abs, left))
            best = sizes.index(max(sizes))
            if best < chosen or left[best] ** 2 < _SMALLEST:
                break
            atom = order[best]
            line = forward(lower, [known[atom][other] for other in order[:chosen]])
            rest = known[atom][atom] - dot(line, line)
            if chosen and rest <= _SMALLEST:
                break
            lower.append([*line, math.sqrt(rest)])
            order[chosen], order[best] = order[best], order[chosen]
            active = order[: chosen + 1]
            weights = backward(lower, forward(lower, [products[other] for other in active]))
            left = [products[atom] - dot([known[atom][other] for other in active], weights) for atom in order]
        code = [0.0] * len(known)
        for atom, weight in zip(order, weights, strict=False):
            code[atom] = weight
        return code

    return apply


def thresholded(least: float, positive: bool) -> RowFunction:
    """Move products towards zero by `least`; replace negative ones by zero if `positive`."""

    def apply(products: Any) -> list[float]:
        code = [math.copysign(max(abs(value) - least, 0.0), value) for value in products]
        return [max(value, 0.0) for value in code] if positive else code

    return apply


def split(_: None = None) -> RowFunction:
    """Return the positive parts of all numbers, then the negative parts (`split_sign`)."""
    return lambda row: [max(value, 0.0) for value in row] + [max(-value, 0.0) for value in row]


OPERATIONS = rowwise(pursued=pursued, split=split, thresholded=thresholded)
