"""Functions of numbers and of rows as numpy and scipy have them: infinity and NaN where Python's own raise."""

import math
import struct
import sys
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

if sys.version_info >= (3, 12):
    from math import sumprod as dot
else:
    from operator import mul

    def dot(left: Iterable[float], right: Iterable[float], /) -> float:
        """The sum of the products of two rows."""
        total: float = sum(map(mul, left, right))
        return total


def float32s(values: Iterable[float]) -> list[float]:
    """The float32 nearest to each number, infinity where it is too large; quicker than array's."""
    numbers = tuple(values)
    form = f"{len(numbers)}f"
    return list(struct.unpack(form, struct.pack(form, *numbers)))


def float32_columns(columns: Sequence[Sequence[float]]) -> list[list[float]]:
    """The same of columns; of a few rows all at once."""
    rows = len(columns[0]) if columns else 0
    if not 0 < rows < len(columns):
        return list(map(float32s, columns))
    numbers = float32s(chain.from_iterable(columns))
    return [numbers[start : start + rows] for start in range(0, len(numbers), rows)]


_FEW = 20_000


def quick(numbers: Any) -> Any:
    """A few numbers as a list, which is quicker to look into; many as they are: a list would take long to make."""
    return numbers.tolist() if len(numbers) <= _FEW else numbers


def exp(value: float) -> float:
    """e to the power of a number; infinity where that is too large (numpy.exp)."""
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def log(value: float) -> float:
    """A natural logarithm; minus infinity of zero (numpy.log)."""
    return math.log(value) if value else -math.inf


def expit(value: float) -> float:
    """The logistic function (scipy.special.expit)."""
    try:
        return 1.0 / (1.0 + math.exp(-value))
    except OverflowError:
        return 0.0


def logsumexp(values: Sequence[float]) -> float:
    """The logarithm of the sum of the values' exponentials (scipy.special.logsumexp)."""
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
    """Where the greatest value is, the first of several; NaN counts as greater than all (numpy.argmax)."""
    if math.isnan(sum(values)):
        for index, value in enumerate(values):
            if math.isnan(value):
                return index
    return values.index(max(values))
