"""LightGBM's treatment of input columns, and the links of its objectives."""

import math
from collections.abc import Sequence
from functools import reduce
from operator import add, truediv
from typing import Any

from handler.backends.compiled.functions import exp, expit
from handler.backends.compiled.graph import Batch, Operation, RowFunction, rowwise


def picked(indices: list[int]) -> RowFunction:
    """Select values of a sparse row, zero for those it leaves out."""
    return lambda row: [row.get(index, 0.0) for index in indices]


def whole(indices: list[int]) -> Operation:
    """Round category codes between -1 and 0 up to 0, as C's cast to an integer does."""

    def apply(columns: Batch) -> Batch:
        columns = list(columns)
        for index in indices:
            columns[index] = [0.0 if -1.0 < value < 0.0 else value for value in columns[index]]
        return columns

    return apply


def linear_leaves(
    outputs: int,
    firsts: Sequence[int],
    values: Sequence[float],
    constants: Sequence[float],
    starts: Sequence[int],
    features: Sequence[int],
    coefficients: Sequence[float],
) -> Operation:
    """Add up leaves that are weighted sums, given columns of leaf numbers, one for each tree, before the row's own.

    `firsts` holds each tree's first leaf; a leaf's sum is its constant plus the features from its start on, times
    their coefficients, or its value if one of these features is missing.
    """

    def leaf_sum(leaf: int, row: int, columns: Batch) -> float:
        total = constants[leaf]
        for place in range(starts[leaf], starts[leaf + 1]):
            value = columns[features[place]][row]
            if value != value:  # noqa: PLR0124 - NaN
                return values[leaf]
            total += coefficients[place] * value
        return total

    def apply(columns: Batch) -> Batch:
        trees, own = columns[: len(firsts)], columns[len(firsts) :]
        totals = [[0.0] * len(columns[0]) for _ in range(outputs)]
        for tree, (first, numbers) in enumerate(zip(firsts, trees, strict=True)):
            total = totals[tree % outputs]
            for row, number in enumerate(numbers):
                total[row] += leaf_sum(first + int(number), row, own)
        return totals

    return apply


def squares(_: None = None) -> Operation:
    """Square each sum, keeping its sign (reg_sqrt)."""
    return lambda columns: [[math.copysign(value * value, value) for value in column] for column in columns]


def exponentials(_: None = None) -> Operation:
    """Take the exponential of each sum (poisson, gamma, tweedie)."""
    return lambda columns: [list(map(exp, column)) for column in columns]


def softplus(exact: bool = True) -> Operation:
    """Return `log(1 + exp(sum))` (cross_entropy_lambda), by log1p if `exact`: LightGBM since 3.3."""
    if exact:
        return lambda columns: [[math.log1p(exp(value)) for value in column] for column in columns]
    return lambda columns: [[math.log(1.0 + exp(value)) for value in column] for column in columns]


def logistic(slope: float) -> Operation:
    """Apply the logistic function to `slope * sum` (binary, cross_entropy, multiclassova)."""
    if slope == 1.0:
        return lambda columns: [list(map(expit, column)) for column in columns]
    return lambda columns: [[expit(slope * value) for value in column] for column in columns]


def softmax(_: None = None) -> Operation:
    """Apply softmax to the sums of each row (multiclass)."""

    def apply(columns: Batch) -> Batch:
        highest = list(map(max, *columns))
        powers = [[math.exp(value - top) for value, top in zip(column, highest, strict=True)] for column in columns]
        totals: list[float] = reduce(lambda left, right: list(map(add, left, right)), powers)
        return [list(map(truediv, column, totals)) for column in powers]

    return apply


def opposed(_: None = None) -> Operation:
    """Turn the second class's probability into those of both classes."""
    return lambda columns: [[1.0 - value for value in columns[0]], columns[0]]


def likelier(classes: list[Any]) -> Operation:
    """Return the likelier label, given the second class's probability; the first of equals."""
    return lambda columns: [classes[value > 1.0 - value] for value in columns[0]]


OPERATIONS = {
    "linear_leaves": linear_leaves,
    "exponentials": exponentials,
    "likelier": likelier,
    "logistic": logistic,
    "opposed": opposed,
    "softmax": softmax,
    "softplus": softplus,
    "squares": squares,
    "whole": whole,
    **rowwise(picked=picked),
}
