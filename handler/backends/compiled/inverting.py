"""Invert the transformation of a target (sklearn.compose.TransformedTargetRegressor)."""

import math
import operator as operators
from collections.abc import Callable
from itertools import repeat
from typing import Any

from handler.backends.compiled.functions import exp
from handler.backends.compiled.graph import Batch, Operation

_ARITHMETIC = {"add": operators.add, "divide": operators.truediv, "multiply": operators.mul, "subtract": operators.sub}
_SPACING = math.ulp(1.0)


def arithmetic(operator: str, numbers: Any) -> Operation:
    """Apply `add`, `subtract`, `multiply` or `divide` to each column and its number."""
    function = _ARITHMETIC[operator]
    return lambda columns: [
        list(map(function, column, repeat(number))) for column, number in zip(columns, numbers, strict=True)
    ]


def box_cox(lambdas: Any) -> Operation:
    """Invert the Box-Cox transform (scipy.special.inv_boxcox)."""

    def inverse(value: float, power: float) -> float:
        if power == 0.0:
            return exp(value)
        return exp(_log1p(power * value) / power)

    return _each(inverse, lambdas)


def yeo_johnson(lambdas: Any) -> Operation:
    """Invert the Yeo-Johnson transform (PowerTransformer)."""

    def inverse(value: float, power: float) -> float:
        if value >= 0.0:
            return exp(value) - 1.0 if abs(power) < _SPACING else _power(value * power + 1.0, 1.0 / power) - 1.0
        if abs(power - 2.0) > _SPACING:
            return 1.0 - _power(-(2.0 - power) * value + 1.0, 1.0 / (2.0 - power))
        return 1.0 - exp(-value)

    return _each(inverse, lambdas)


def _each(inverse: Callable[[float, float], float], lambdas: Any) -> Operation:
    def apply(columns: Batch) -> Batch:
        pairs = zip(columns, lambdas, strict=True)
        return [[value if math.isnan(value) else inverse(value, power) for value in column] for column, power in pairs]

    return apply


def _log1p(value: float) -> float:
    if value > -1.0:
        return math.log1p(value)
    return -math.inf if value == -1.0 else math.nan


def _power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan if base else math.inf


OPERATIONS = {"arithmetic": arithmetic, "box_cox": box_cox, "yeo_johnson": yeo_johnson}
