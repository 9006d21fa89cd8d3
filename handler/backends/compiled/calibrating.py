"""Calibrate scores into probabilities (sklearn.calibration, sklearn.isotonic)."""

import math
from bisect import bisect_right
from typing import Any

from handler.backends.compiled.functions import expit
from handler.backends.compiled.graph import Batch, Operation
from handler.errors import InvalidValue

_ROUNDING = 1.0 + 1e-5


def sigmoid(slope: float, offset: float) -> Operation:
    """Apply the logistic function to `slope * value + offset` (CalibratedClassifierCV)."""
    return lambda values: [expit(-(slope * value + offset)) for value in values]


def isotonic(x: Any, y: Any, least: float, most: float, outside: str) -> Operation:
    """Interpolate linearly between points (IsotonicRegression).

    Args:
        x: the points' positions, ascending.
        y: the points' values.
        least: the lowest fitted position.
        most: the highest.
        outside: how positions outside of that range are handled: `clip`, `nan` or `raise`.

    Raises:
        InvalidValue: a position is outside and `outside` is `raise`.
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
                    raise InvalidValue(
                        f"number outside of the range that the model was trained on, {least} to {most}", row=row
                    )
        return list(map(height, values))

    return apply


def rounded(_: None = None) -> Operation:
    """Round probabilities that are slightly above 1 down to 1."""
    return lambda columns: [[1.0 if 1.0 < value <= _ROUNDING else value for value in column] for column in columns]


def logits(least: float) -> Operation:
    """Take the logarithm of each probability plus `least`."""
    return lambda columns: [[math.log(value + least) for value in column] for column in columns]


def cooled(factor: float) -> Operation:
    """Multiply columns by a factor, the inverse temperature before softmax."""
    return lambda columns: [[factor * value for value in column] for column in columns]


OPERATIONS = {"cooled": cooled, "isotonic": isotonic, "logits": logits, "rounded": rounded, "sigmoid": sigmoid}
