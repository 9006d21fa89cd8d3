"""Apply functions of numpy and scipy to each number (sklearn.preprocessing.FunctionTransformer)."""

import math
from collections.abc import Callable
from typing import Any

from handler.backends.compiled.functions import expit
from handler.backends.compiled.graph import Operation

Function = Callable[[float], float]


def applied(function: str) -> Operation:
    """Apply a function of numpy or scipy, given by name, to each number."""
    direct, poles = _FUNCTIONS[function]
    return lambda columns: [_mapped(direct, column, poles) for column in columns]


def _mapped(function: Function, column: list[float], poles: dict[float, float]) -> list[float]:
    try:
        return list(map(function, column))
    except (OverflowError, ValueError):
        return list(map(_as_numpy(function, poles), column))


def _as_numpy(function: Function, poles: dict[float, float]) -> Function:
    """Return a function that gives infinity and NaN where Python's raises; `poles` holds its infinite values."""

    def apply(value: float) -> float:
        try:
            return function(value)
        except OverflowError:
            return math.copysign(math.inf, value)
        except ValueError:
            return poles.get(value, math.nan)

    return apply


def _cosh(value: float) -> float:
    return math.cosh(abs(value))  # an overflow keeps the sign of the argument


def _logit(value: float) -> float:
    return math.log(value / (1.0 - value)) if value != 1.0 else math.inf


def _reciprocal(value: float) -> float:
    return 1.0 / value if value else math.copysign(math.inf, value)


def _sign(value: float) -> float:
    return value if value != value else float((value > 0) - (value < 0))  # noqa: PLR0124 - NaN


_FUNCTIONS: dict[str, tuple[Function, dict[float, float]]] = {
    "absolute": (abs, {}),
    "arccos": (math.acos, {}),
    "arccosh": (math.acosh, {}),
    "arcsin": (math.asin, {}),
    "arcsinh": (math.asinh, {}),
    "arctan": (math.atan, {}),
    "arctanh": (math.atanh, {-1.0: -math.inf, 1.0: math.inf}),
    "cbrt": (math.cbrt, {}),
    "ceil": (lambda value: float(math.ceil(value)), {}),
    "cos": (math.cos, {}),
    "cosh": (_cosh, {}),
    "deg2rad": (math.radians, {}),
    "exp": (math.exp, {}),
    "exp2": (math.exp2, {}),
    "expit": (expit, {}),
    "expm1": (math.expm1, {}),
    "fabs": (math.fabs, {}),
    "floor": (lambda value: float(math.floor(value)), {}),
    "log": (math.log, {0.0: -math.inf}),
    "log10": (math.log10, {0.0: -math.inf}),
    "log1p": (math.log1p, {-1.0: -math.inf}),
    "log2": (math.log2, {0.0: -math.inf}),
    "logit": (_logit, {0.0: -math.inf}),
    "negative": (lambda value: -value, {}),
    "rad2deg": (math.degrees, {}),
    "reciprocal": (_reciprocal, {}),
    "rint": (lambda value: float(round(value)), {}),
    "sign": (_sign, {}),
    "sin": (math.sin, {}),
    "sinh": (math.sinh, {}),
    "sqrt": (math.sqrt, {}),
    "square": (lambda value: value * value, {}),
    "tan": (math.tan, {}),
    "tanh": (math.tanh, {}),
    "trunc": (lambda value: float(math.trunc(value)), {}),
}

OPERATIONS: dict[str, Any] = {"applied": applied}
