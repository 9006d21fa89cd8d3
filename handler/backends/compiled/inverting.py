"""Columns of numbers back through what a target was transformed by."""

import math
import operator as operators
from collections.abc import Callable
from itertools import repeat
from typing import Any

from handler.backends.compiled.functions import exp
from handler.backends.compiled.graph import Batch, Operation


def arithmetic(operator: str, numbers: list[float]) -> Operation:
    """Each column and its number: `add`, `subtract`, `multiply` or `divide`."""
    function = {"divide": operators.truediv, "multiply": operators.mul, "subtract": operators.sub, "add": operators.add}
    chosen = function[operator]
    return lambda columns: [
        list(map(chosen, column, repeat(number))) for column, number in zip(columns, numbers, strict=True)
    ]


def function(name: str) -> Operation:
    """A function of numpy on each number."""
    chosen = FUNCTIONS[name]
    return lambda columns: [list(map(chosen, column)) for column in columns]


def box_cox(lambdas: list[float]) -> Operation:
    """The inverse of the Box-Cox transform (scipy.special.inv_boxcox)."""

    def inverse(value: float, power: float) -> float:
        if power == 0.0:
            return exp(value)
        return exp(_log1p(power * value) / power)

    return _each(inverse, lambdas)


def yeo_johnson(lambdas: list[float]) -> Operation:
    """The inverse of the Yeo-Johnson transform (PowerTransformer)."""

    def inverse(value: float, power: float) -> float:
        if value >= 0.0:
            return exp(value) - 1.0 if abs(power) < _SPACING else _power(value * power + 1.0, 1.0 / power) - 1.0
        if abs(power - 2.0) > _SPACING:
            return 1.0 - _power(-(2.0 - power) * value + 1.0, 1.0 / (2.0 - power))
        return 1.0 - exp(-value)

    return _each(inverse, lambdas)


def _each(inverse: Callable[[float, float], float], lambdas: list[float]) -> Operation:
    def apply(columns: Batch) -> Batch:
        pairs = zip(columns, lambdas, strict=True)
        return [[value if math.isnan(value) else inverse(value, power) for value in column] for column, power in pairs]

    return apply


_SPACING = math.ulp(1.0)


def _guarded(function: Callable[[float], float], pole: float = math.nan) -> Callable[[float], float]:
    """A function as numpy has it: infinity where it is too large, minus that at its pole, NaN where it has no value."""

    def guarded(value: float) -> float:
        try:
            return function(value)
        except OverflowError:
            return math.inf
        except ValueError:
            return -math.inf if value == pole else math.nan

    return guarded


def _power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.inf if base == 0.0 else math.nan


_log1p = _guarded(math.log1p, -1.0)


def _sinh(value: float) -> float:
    try:
        return math.sinh(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def _reciprocal(value: float) -> float:
    return 1.0 / value if value else math.copysign(math.inf, value)


FUNCTIONS: dict[str, Callable[[Any], float]] = {
    "arcsinh": math.asinh,
    "cbrt": math.cbrt,
    "exp": exp,
    "exp2": _guarded(math.exp2),
    "expm1": _guarded(math.expm1),
    "log": _guarded(math.log, 0.0),
    "log10": _guarded(math.log10, 0.0),
    "log1p": _log1p,
    "log2": _guarded(math.log2, 0.0),
    "negative": operators.neg,
    "reciprocal": _reciprocal,
    "sinh": _sinh,
    "sqrt": _guarded(math.sqrt),
    "square": lambda value: value * value,
}

OPERATIONS = {"arithmetic": arithmetic, "box_cox": box_cox, "function": function, "yeo_johnson": yeo_johnson}
