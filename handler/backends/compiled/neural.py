"""What stands between the layers of a network (sklearn.neural_network); the layers are linear's sums."""

import math

from handler.backends.compiled.functions import expit
from handler.backends.compiled.graph import RowFunction, rowwise


def relu(_: None = None) -> RowFunction:
    """Zero in the place of what is below it."""
    return lambda row: [0.0 if value < 0.0 else value for value in row]  # noqa: FURB136 - a call costs more


def tanh(_: None = None) -> RowFunction:
    """Hyperbolic tangents."""
    return lambda row: list(map(math.tanh, row))


def logistic(_: None = None) -> RowFunction:
    """The logistic function of each value."""
    return lambda row: list(map(expit, row))


def both(_: None = None) -> RowFunction:
    """The probability of the second of two classes, as that of the first and of the second."""
    return lambda row: [1.0 - row[0], row[0]]


OPERATIONS = rowwise(both=both, logistic=logistic, relu=relu, tanh=tanh)
