"""Power transforms (sklearn.preprocessing.PowerTransformer)."""

import math
from collections.abc import Callable
from typing import Any

from handler.backends.compiled.functions import exp
from handler.backends.compiled.graph import Batch, Operation
from handler.errors import InvalidValue

Function = Callable[[float], float]

_EPSILON = math.ulp(1.0)


def yeo_johnson(lambdas: Any, exact: bool) -> Operation:
    """Apply the Yeo-Johnson transform.

    Args:
        lambdas: the power of each column.
        exact: whether small numbers keep their precision (scipy.stats.yeojohnson), as in newer scikit-learn.
    """
    of = _power_of_log1p if exact else _power_of_sum
    functions = [_yeo_johnson(of(power), of(2.0 - power)) for power in lambdas]
    return lambda columns: [list(map(function, column)) for function, column in zip(functions, columns, strict=True)]


def _yeo_johnson(rising: Function, falling: Function) -> Function:
    return lambda value: rising(value) if value >= 0.0 else -falling(-value)


def _power_of_log1p(power: float) -> Function:
    """Return ((1 + value) ** power - 1) / power for non-negative values, by log1p and expm1."""
    expm1, log1p = math.expm1, math.log1p
    if abs(power) < _EPSILON:
        return log1p

    def apply(value: float) -> float:
        try:
            return expm1(power * log1p(value)) / power
        except OverflowError:
            return math.inf

    return apply


def _power_of_sum(power: float) -> Function:
    """Return ((1 + value) ** power - 1) / power for non-negative values, literally."""
    if abs(power) < _EPSILON:
        return math.log1p

    def apply(value: float) -> float:
        try:
            return (math.pow(value + 1.0, power) - 1.0) / power
        except OverflowError:
            return math.inf

    return apply


def box_cox(lambdas: Any, names: list[str | None]) -> Operation:
    """Apply the Box-Cox transform (scipy.special.boxcox); refuse numbers that are not positive."""
    functions = [_box_cox(power) for power in lambdas]

    def apply(columns: Batch) -> Batch:
        for column, name in zip(columns, names, strict=True):
            for row, value in enumerate(column):
                if value <= 0.0:
                    raise InvalidValue("not a positive number", row=row, column=name)
        return [list(map(function, column)) for function, column in zip(functions, columns, strict=True)]

    return apply


def _box_cox(power: float) -> Function:
    log, expm1 = math.log, math.expm1
    if abs(power) < 1e-19:  # noqa: PLR2004 - where the powers of all numbers are one
        return log

    def apply(value: float) -> float:
        exponent = power * log(value)
        if exponent < 709.78:  # noqa: PLR2004 - above it the exponential overflows, its quotient may not
            return expm1(exponent) / power
        return math.copysign(exp(exponent - log(abs(power))), power) - 1.0 / power

    return apply


OPERATIONS = {"box_cox": box_cox, "yeo_johnson": yeo_johnson}
