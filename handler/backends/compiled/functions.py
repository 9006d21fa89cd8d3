"""Functions that behave as numpy's and scipy's do: infinity and NaN where Python's own raise."""

import math
import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

if sys.version_info >= (3, 12):
    from math import sumprod as dot
else:
    from operator import mul

    def dot(left: Iterable[float], right: Iterable[float], /) -> float:
        """Return the dot product of two rows."""
        total: float = sum(map(mul, left, right))
        return total


def float32s(values: Iterable[float]) -> list[float]:
    """Round numbers to float32, infinity on overflow; faster than the array module."""
    numbers = tuple(values)
    form = float32_form(len(numbers))
    return list(form.unpack(form.pack(*numbers)))


@lru_cache(64)
def float32_form(count: int) -> Any:
    """Return the form of some float32 in bytes; packing makes numbers that are too large infinite."""
    import struct

    return struct.Struct(f"{count}f")


def float32_columns(columns: Sequence[Sequence[float]]) -> list[list[float]]:
    """Round columns to float32; with few rows, all of them at once."""
    rows = len(columns[0]) if columns else 0
    if not 0 < rows < len(columns):
        return list(map(float32s, columns))
    numbers = float32s(chain.from_iterable(columns))
    if rows == 1:
        return [[number] for number in numbers]
    return [numbers[start : start + rows] for start in range(0, len(numbers), rows)]


def manhattan(left: Iterable[float], right: Iterable[float]) -> float:
    """Return the sum of the absolute differences of two rows."""
    return sum([abs(one - other) for one, other in zip(left, right, strict=True)])


_FEW = 20_000


def quick(numbers: Any) -> Any:
    """Return a short array as a list, which is faster to index, and a long one unchanged."""
    return numbers.tolist() if len(numbers) <= _FEW else numbers


def exp(value: float) -> float:
    """Return e to the power of a number, infinity on overflow (numpy.exp)."""
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def log(value: float) -> float:
    """Return the natural logarithm, minus infinity for zero (numpy.log)."""
    return math.log(value) if value else -math.inf


def expit(value: float) -> float:
    """Return the logistic function of a number (scipy.special.expit)."""
    try:
        return 1.0 / (1.0 + math.exp(-value))
    except OverflowError:
        return 0.0


def logsumexp(values: Sequence[float]) -> float:
    """Return the logarithm of the sum of exponentials (scipy.special.logsumexp)."""
    highest = values[argmax(values)]
    if not math.isfinite(highest):
        return highest
    total = 0.0
    for value in values:
        if value != highest:
            total += math.exp(value - highest)
    count = values.count(highest)
    return math.log1p(total / count) + math.log(count) + highest


def argmax(values: Sequence[float]) -> int:
    """Return the index of the greatest value, the first of equals; NaN is the greatest (numpy.argmax)."""
    if math.isnan(sum(values)):
        for index, value in enumerate(values):
            if math.isnan(value):
                return index
    return values.index(max(values))
