"""XGBoost's arithmetic on columns: float32 throughout, rounded where XGBoost rounds."""

import math
from collections.abc import Sequence
from functools import partial
from itertools import repeat
from operator import add, mul, sub, truediv
from typing import Any

from handler.backends.compiled.functions import float32_columns, float32_form, float32s
from handler.backends.compiled.graph import Batch, Operation

_SIGMOID_LIMIT = 88.69999694824219  # 88.7 as float32: XGBoost stops there, short of infinity
_EXP_LIMIT = 89.0  # beyond it float32 has nothing but infinity


def narrowed(missing: float | None) -> Operation:
    """Round columns to float32; then replace `missing` by NaN."""
    if missing is None:
        return float32_columns

    def apply(columns: Batch) -> Batch:
        narrow = float32_columns(columns)
        return [[math.nan if value == missing else value for value in column] for column in narrow]

    return apply


def sparse(indices: list[int]) -> Operation:
    """Select columns of sparse rows; values that they leave out are missing to XGBoost."""
    return lambda rows: [[row.get(index, math.nan) for row in rows] for index in indices]


def linear(weights: list[Any], base: list[float]) -> Operation:
    """Return weighted sums, feature after feature, ignoring missing values (the booster gblinear).

    Args:
        weights: one for each column, for each output.
        base: the start value of each output.
    """

    def apply(columns: Batch) -> Batch:
        known = [[0.0 if math.isnan(value) else value for value in column] for column in columns]
        totals = []
        for start, group in zip(base, weights, strict=True):
            total = [start] * len(known[0])
            for column, weight in zip(known, group, strict=True):
                total = float32s(map(add, total, float32s(map(mul, column, repeat(weight)))))
            totals.append(total)
        return totals

    return apply


def sigmoid(_: None = None) -> Operation:
    """Apply the logistic function (xgboost::common::Sigmoid)."""

    def apply(columns: Batch) -> Batch:
        return [_sigmoid(column) for column in columns]

    return apply


def _sigmoid(column: list[float]) -> list[float]:
    limit, form = _SIGMOID_LIMIT, float32_form(len(column))
    powers = form.unpack(form.pack(*[math.exp(limit if -value > limit else -value) for value in column]))  # noqa: FURB136
    sums = form.unpack(form.pack(*[power + 1.0 for power in powers]))
    return list(form.unpack(form.pack(*[1.0 / total for total in sums])))


def exponentials(_: None = None) -> Operation:
    """Take the exponential of each number."""
    return lambda columns: [float32s(math.exp(min(value, _EXP_LIMIT)) for value in column) for column in columns]


def softmax(_: None = None) -> Operation:
    """Turn sums into probabilities by softmax, with a total in float64 (xgboost::common::Softmax)."""

    def apply(columns: Batch) -> Batch:
        highest = list(map(max, zip(*columns, strict=True)))
        powers = [float32s(map(math.exp, float32s(map(sub, column, highest)))) for column in columns]
        totals = float32s(map(sum, zip(*powers, strict=True)))
        return [float32s(map(truediv, column, totals)) for column in powers]

    return apply


def above(least: float) -> Operation:
    """Return 1 for each number above `least`, else 0."""
    return lambda columns: [[float(value > least) for value in column] for column in columns]


def label(classes: Sequence[Any] = (0, 1)) -> Operation:
    """Return the second class where the single column's probability exceeds one half, else the first."""
    return lambda columns: [classes[value > 0.5] for value in columns[0]]  # noqa: PLR2004


def opposite(_: None = None) -> Operation:
    """Turn the second class's probability into those of both classes."""
    return lambda columns: [float32s(map(sub, repeat(1.0), columns[0])), columns[0]]


OPERATIONS = {
    "above_half": partial(above, 0.5),
    "above_zero": partial(above, 0.0),
    "exponentials": exponentials,
    "label": label,
    "linear": linear,
    "narrowed": narrowed,
    "opposite": opposite,
    "sigmoid": sigmoid,
    "softmax": softmax,
    "sparse": sparse,
}
