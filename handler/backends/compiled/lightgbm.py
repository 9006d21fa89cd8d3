"""What LightGBM makes of numbers before its trees look at them, and of the trees' sums: columns."""

import math
from functools import reduce
from operator import add, truediv
from typing import Any

from handler.backends.compiled.functions import exp, expit
from handler.backends.compiled.graph import Batch, Operation, RowFunction, rowwise


def picked(indices: list[int]) -> RowFunction:
    """Some of a sparse row's numbers, written out."""
    return lambda row: [row.get(index, 0.0) for index in indices]


def whole(indices: list[int]) -> Operation:
    """Columns of categories, in which what lies between -1 and 0 is the category 0, as C casts it to an integer."""

    def apply(columns: Batch) -> Batch:
        columns = list(columns)
        for index in indices:
            columns[index] = [0.0 if -1.0 < value < 0.0 else value for value in columns[index]]
        return columns

    return apply


def squares(_: None = None) -> Operation:
    """Squares of the same sign (reg_sqrt)."""
    return lambda columns: [[math.copysign(value * value, value) for value in column] for column in columns]


def exponentials(_: None = None) -> Operation:
    """e to the power of each sum (poisson, gamma, tweedie)."""
    return lambda columns: [list(map(exp, column)) for column in columns]


def softplus(_: None = None) -> Operation:
    """The logarithm of one and e to the power of each sum (cross_entropy_lambda)."""
    return lambda columns: [[math.log1p(exp(value)) for value in column] for column in columns]


def logistic(slope: float) -> Operation:
    """Each sum's own probability (binary, cross_entropy, multiclassova)."""
    return lambda columns: [[expit(slope * value) for value in column] for column in columns]


def softmax(_: None = None) -> Operation:
    """Probabilities of several sums (multiclass)."""

    def apply(columns: Batch) -> Batch:
        highest = list(map(max, *columns))
        powers = [[math.exp(value - top) for value, top in zip(column, highest, strict=True)] for column in columns]
        totals: list[float] = reduce(lambda left, right: list(map(add, left, right)), powers)
        return [list(map(truediv, column, totals)) for column in powers]

    return apply


def opposed(_: None = None) -> Operation:
    """The probabilities of both classes, of the second one's."""
    return lambda columns: [[1.0 - value for value in columns[0]], columns[0]]


def likelier(classes: list[Any]) -> Operation:
    """The likelier one of two labels, of the second one's probability; the first of equals: values."""
    return lambda columns: [classes[value > 1.0 - value] for value in columns[0]]


OPERATIONS = {
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
