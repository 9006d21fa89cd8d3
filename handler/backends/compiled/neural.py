"""What stands between the layers of a network (sklearn.neural_network); the layers are linear's sums."""

import math

from handler.backends.compiled.functions import expit
from handler.backends.compiled.graph import Operation


def relu(_: None = None) -> Operation:
    """Zero in the place of what is below it."""
    return lambda row: [0.0 if value < 0.0 else value for value in row]  # noqa: FURB136 - a call costs more


def tanh(_: None = None) -> Operation:
    """Hyperbolic tangents."""
    return lambda row: list(map(math.tanh, row))


def logistic(_: None = None) -> Operation:
    """The logistic function of each value."""
    return lambda row: list(map(expit, row))


def both(_: None = None) -> Operation:
    """The probability of the second of two classes, as that of the first and of the second."""
    return lambda row: [1.0 - row[0], row[0]]


OPERATIONS = {"both": both, "logistic": logistic, "relu": relu, "tanh": tanh}
