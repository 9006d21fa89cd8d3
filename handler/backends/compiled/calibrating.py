"""Scores made probabilities, and numbers led through a fitted curve."""

import math
from bisect import bisect_right
from typing import Any

from handler.backends.compiled.functions import expit
from handler.backends.compiled.graph import Batch, Operation
from handler.errors import InvalidValue

_ROUNDING = 1.0 + 1e-5


def sigmoid(slope: float, offset: float) -> Operation:
    """The logistic function of values (CalibratedClassifierCV)."""
    return lambda values: [expit(-(slope * value + offset)) for value in values]


def isotonic(x: Any, y: Any, least: float, most: float, outside: str) -> Operation:
    """Values on the lines between points (IsotonicRegression).

    Args:
        x: where the points are, ascending.
        y: how high they are.
        least: the least number that was fitted.
        most: the greatest.
        outside: what is done with values beyond those: `clip`, `nan` or `raise`.
    """
    xs, ys = x.tolist(), y.tolist()
    last = len(xs) - 1

    def height(value: float) -> float:
        place = bisect_right(xs, value) - 1
        if place < 0 or value > most:
            return math.nan
        if place == last or xs[place] == value:
            return float(ys[place])
        slope = (ys[place + 1] - ys[place]) / (xs[place + 1] - xs[place])
        return float(slope * (value - xs[place]) + ys[place])

    def apply(values: Batch) -> Batch:
        if outside == "clip":
            values = [min(max(value, least), most) for value in values]
        if not last:
            return [ys[0]] * len(values)
        if outside == "raise":
            for row, value in enumerate(values):
                if not least <= value <= most:
                    raise InvalidValue(f"the model takes numbers from {least} to {most}", row=row)
        return list(map(height, values))

    return apply


def rounded(_: None = None) -> Operation:
    """Columns of probabilities, those just above one made one."""
    return lambda columns: [[1.0 if 1.0 < value <= _ROUNDING else value for value in column] for column in columns]


def logits(least: float) -> Operation:
    """Logarithms of probabilities that are `least` greater."""
    return lambda columns: [[math.log(value + least) for value in column] for column in columns]


def cooled(factor: float) -> Operation:
    """Columns times a factor: sums before softmax, of another temperature."""
    return lambda columns: [[factor * value for value in column] for column in columns]


OPERATIONS = {"cooled": cooled, "isotonic": isotonic, "logits": logits, "rounded": rounded, "sigmoid": sigmoid}
