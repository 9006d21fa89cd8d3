"""Activations of neural networks (sklearn.neural_network); the layers are `linear.sums`."""

import math

from handler.backends.compiled.functions import expit
from handler.backends.compiled.graph import RowFunction, rowwise


def relu(_: None = None) -> RowFunction:
    """Replace negative values by zero."""
    return lambda row: [0.0 if value < 0.0 else value for value in row]  # noqa: FURB136 - a call costs more


def tanh(_: None = None) -> RowFunction:
    """Take hyperbolic tangents."""
    return lambda row: list(map(math.tanh, row))


def logistic(_: None = None) -> RowFunction:
    """Apply the logistic function to each value."""
    return lambda row: list(map(expit, row))


def both(_: None = None) -> RowFunction:
    """Turn the second class's probability into those of both classes."""
    return lambda row: [1.0 - row[0], row[0]]


OPERATIONS = rowwise(both=both, logistic=logistic, relu=relu, tanh=tanh)
