"""Quantile transforms (sklearn.preprocessing.QuantileTransformer)."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any

from handler.backends.compiled.graph import Batch, Operation

Function = Callable[[float], float]


def uniform(references: Any, quantiles: list[Any], bound: float = 0.0) -> Operation:
    """Map numbers to quantile levels between zero and one.

    Args:
        references: the quantile levels.
        quantiles: each column's quantiles at these levels.
        bound: the distance within which a number counts as the first or the last quantile.
    """
    functions = [_share(references.tolist(), column.tolist(), bound) for column in quantiles]

    def apply(columns: Batch) -> Batch:
        return [list(map(function, column)) for function, column in zip(functions, columns, strict=True)]

    return apply


def normal(references: Any, quantiles: list[Any], bound: float, low: float, high: float) -> Operation:
    """Map numbers to quantiles of a normal distribution, clipped to `low` and `high`."""
    shares = uniform(references, quantiles, bound)

    def apply(share: float) -> float:
        if bound / 2 < share < 1.0 - bound / 2:
            return min(max(quantile(share), low), high)
        return share if share != share else low if share < 0.5 else high  # noqa: PLR0124, PLR2004 - NaN; the median

    return lambda columns: [list(map(apply, column)) for column in shares(columns)]


def inverted(references: Any, quantiles: list[Any], bound: float | None) -> Operation:
    """Map quantile levels to numbers, as numpy.interp does; of a normal distribution's quantiles if there is a `bound`.

    Args:
        references: the quantile levels.
        quantiles: each column's quantiles at these levels.
        bound: the distance within which a level counts as zero or one.
    """
    from handler.backends.compiled import links

    functions = [_number(references.tolist(), column.tolist()) for column in quantiles]

    def share(value: float) -> float:
        level = links.normal(value)
        return 0.0 if level - bound < 0.0 else 1.0 if level + bound > 1.0 else level  # type: ignore[operator]

    def apply(columns: Batch) -> Batch:
        levels = columns if bound is None else [map(share, column) for column in columns]
        return [list(map(function, column)) for function, column in zip(functions, levels, strict=True)]

    return apply


def _number(references: list[float], quantiles: list[float]) -> Function:
    def apply(level: float) -> float:
        if level != level:  # noqa: PLR0124 - NaN
            return level
        index = bisect_right(references, level) - 1
        if index < 0 or index == len(references) - 1 or references[index] == level:
            return quantiles[max(index, 0)]
        slope = (quantiles[index + 1] - quantiles[index]) / (references[index + 1] - references[index])
        return slope * (level - references[index]) + quantiles[index]

    return apply


def _share(references: list[float], quantiles: list[float], bound: float) -> Function:
    """Return the mean of the interpolations from below and above, which differ where quantiles repeat."""
    low, high = quantiles[0], quantiles[-1]

    def apply(value: float) -> float:
        if value != value:  # noqa: PLR0124 - NaN
            return value
        if value - bound < low or value == low:
            return 0.0
        if value + bound > high or value == high:
            return 1.0
        first, last = bisect_left(quantiles, value), bisect_right(quantiles, value) - 1
        if first <= last:
            return 0.5 * (references[last] + references[first])
        slope = (references[first] - references[last]) / (quantiles[first] - quantiles[last])
        up = slope * (value - quantiles[last]) + references[last]
        down = slope * (quantiles[first] - value) - references[first]
        return 0.5 * (up - down)

    return apply


def quantile(share: float) -> float:
    """Return the quantile of the standard normal distribution (scipy.special.ndtri).

    Halley's method on the nearer tail refines an initial value of three digits.
    """
    tail = min(share, 1.0 - share)
    root = math.sqrt(-2.0 * math.log(tail))
    size = root - (2.30753 + 0.27061 * root) / (1.0 + root * (0.99229 + 0.04481 * root))
    for _ in range(2):
        step = (tail - 0.5 * math.erfc(size / _ROOT)) * _WIDTH * math.exp(size * size / 2.0)
        size -= step / (1.0 + size * step / 2.0)
    return size if share > 0.5 else -size  # noqa: PLR2004 - the median


_ROOT = math.sqrt(2.0)
_WIDTH = math.sqrt(2.0 * math.pi)

OPERATIONS = {"inverted": inverted, "normal": normal, "uniform": uniform}
