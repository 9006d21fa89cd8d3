"""Expressions over values, as numpy and pandas compute them: what a custom model does around its estimators."""

import math
import operator
from collections.abc import Callable
from datetime import datetime
from itertools import repeat
from operator import attrgetter
from typing import Any

from handler.backends.compiled.functions import argmax, float32s
from handler.backends.compiled.graph import Batch, Operation
from handler.errors import InvalidValue


def applied(function: str, type: str, arguments: list[Any]) -> Operation:  # noqa: A002 - the format's name
    """Apply a function of numpy to values and constants, all cast to a type before, and the result cast to it after.

    Args:
        function: a name in `_FUNCTIONS`.
        type: MLflow's name of the type to compute in.
        arguments: operations that give values, and constants.
    """
    compute, predicate = _FUNCTIONS[function]
    cast = _CASTS[type]
    finish: Callable[[list[Any]], list[Any]] = list if predicate else _FINISH.get(type, list)

    def apply(batch: Batch) -> Batch:
        given = [_cast(one(batch), cast) if callable(one) else repeat(cast(one)) for one in arguments]
        return finish(list(map(compute, *given)))

    return apply


def chosen(type: str, arguments: list[Any]) -> Operation:  # noqa: A002 - the format's name
    """Return the second of three values where the first is true, else the third (numpy.where)."""
    cast = _CASTS[type]

    def apply(batch: Batch) -> Batch:
        condition, *given = [one(batch) if callable(one) else repeat(one) for one in arguments]
        return [cast(yes if holds else no) for holds, yes, no in zip(condition, *given, strict=False)]

    return apply


def cast(type: str, values: Operation) -> Operation:  # noqa: A002 - the format's name
    """Cast values to a type (`astype`)."""
    convert, finish = _CASTS[type], _FINISH.get(type, list)
    return lambda batch: finish(_cast(values(batch), convert))


def filled(value: Any, values: Operation) -> Operation:
    """Replace missing values (`fillna`)."""
    return lambda batch: [value if _is_missing(one) else one for one in values(batch)]


def missing(values: Operation) -> Operation:
    """Return whether values are missing (`isna`)."""
    return lambda batch: list(map(_is_missing, values(batch)))


def mapped(keys: list[Any], outcomes: list[Any], otherwise: Any, values: Operation) -> Operation:
    """Look values up; `otherwise` is the outcome of others, null for NaN (`Series.map`, `isin`)."""
    known = dict(zip(keys, outcomes, strict=True))
    default = math.nan if otherwise is None else otherwise
    return lambda batch: [known.get(one, default) for one in values(batch)]


def part_of_date(part: str, values: Operation) -> Operation:
    """Return a part of each date as a number, NaN where it is missing (`Series.dt`)."""
    get = _PARTS.get(part) or attrgetter(part)
    return lambda batch: [math.nan if one is None else float(get(one)) for one in values(batch)]


_PARTS: dict[str, Callable[[datetime], int]] = {
    **dict.fromkeys(("day_of_week", "dayofweek", "weekday"), datetime.weekday),
    **dict.fromkeys(("day_of_year", "dayofyear"), lambda date: date.timetuple().tm_yday),
    "quarter": lambda date: (date.month + 2) // 3,
}


def rounded(decimals: int, type: str, values: Operation) -> Operation:  # noqa: A002 - the format's name
    """Round to so many decimals, halves to even, with the arithmetic of `numpy.round`."""
    scale, finish = 10.0**decimals, _FINISH.get(type, list)

    def apply(value: float) -> float:
        if not math.isfinite(value):
            return value
        scaled = value * scale
        return math.copysign(float(round(scaled)), value) / scale if math.isfinite(scaled) else math.nan

    return lambda batch: finish(list(map(apply, values(batch))))


def text(function: str, values: Operation) -> Operation:
    """Apply a method of texts that has no arguments; missing ones stay missing (`Series.str`)."""
    apply = getattr(str, function)
    return lambda batch: [one if _is_missing(one) else apply(one) for one in values(batch)]


def greatest(_: None = None) -> Operation:
    """Return the place of the greatest value of each row, the first of equals (`numpy.argmax`)."""
    return lambda rows: list(map(argmax, rows))


def records(names: list[str]) -> Operation:
    """Return columns as a dict for each row."""
    return lambda columns: [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _cast(values: Batch, convert: Callable[[Any], Any]) -> Batch:
    try:
        return list(map(convert, values))
    except (OverflowError, TypeError, ValueError):
        return [_cast_one(value, row, convert) for row, value in enumerate(values)]


def _cast_one(value: Any, row: int, convert: Callable[[Any], Any]) -> Any:
    try:
        return convert(value)
    except (OverflowError, TypeError, ValueError):
        raise InvalidValue("not a number that the model can compute with", row=row) from None


def _is_missing(value: Any) -> bool:
    return value is None or value != value  # noqa: PLR0124 - NaN


def _double(value: Any) -> float:
    return math.nan if value is None else float(value)


def _wrapped(bits: int) -> Callable[[list[int]], list[int]]:
    """Return the function that wraps numbers around, as integers of so many bits do."""
    half, whole = 1 << (bits - 1), 1 << bits

    def wrap(values: list[int]) -> list[int]:
        if all(-half <= value < half for value in values):
            return values
        return [(value + half) % whole - half for value in values]

    return wrap


def _divided(left: float, right: float) -> float:
    if right:
        return left / right
    return left * math.copysign(math.inf, right) if left else math.nan


def _power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        odd = exponent % 2 == 1
        return -math.inf if base < 0 and odd else math.inf
    except ValueError:
        return math.nan if base else math.copysign(math.inf, base if exponent % 2 == 1 else 1.0)


def _maximum(left: float, right: float) -> float:
    return left if left >= right or left != left else right  # noqa: PLR0124 - NaN


def _minimum(left: float, right: float) -> float:
    return left if left <= right or left != left else right  # noqa: PLR0124 - NaN


def _joined(left: Any, right: Any) -> Any:
    return math.nan if _is_missing(left) or _is_missing(right) else left + right


def _same(value: Any) -> Any:
    return value


_CASTS: dict[str, Callable[[Any], Any]] = {
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": _double,
    "double": _double,
    "string": _same,
}

_FINISH: dict[str, Callable[[list[Any]], list[Any]]] = {
    "integer": _wrapped(32),
    "long": _wrapped(64),
    "float": float32s,
}

# By numpy's name: the function, and whether it gives true or false whatever the type is.
_FUNCTIONS: dict[str, tuple[Callable[..., Any], bool]] = {
    "add": (operator.add, False),
    "subtract": (operator.sub, False),
    "multiply": (operator.mul, False),
    "divide": (_divided, False),
    "power": (_power, False),
    "maximum": (_maximum, False),
    "minimum": (_minimum, False),
    "joined": (_joined, False),
    "greater": (operator.gt, True),
    "greater_equal": (operator.ge, True),
    "less": (operator.lt, True),
    "less_equal": (operator.le, True),
    "equal": (operator.eq, True),
    "not_equal": (operator.ne, True),
    "logical_and": (operator.and_, True),
    "logical_or": (operator.or_, True),
    "logical_xor": (operator.xor, True),
    "logical_not": (operator.not_, True),
}

OPERATIONS: dict[str, Any] = {
    "applied": applied,
    "cast": cast,
    "chosen": chosen,
    "filled": filled,
    "greatest": greatest,
    "mapped": mapped,
    "missing": missing,
    "part_of_date": part_of_date,
    "records": records,
    "rounded": rounded,
    "text": text,
}
