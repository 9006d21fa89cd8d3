"""Numbers to their place among those seen (sklearn.preprocessing.QuantileTransformer)."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any

from handler.backends.compiled.graph import Batch, Operation

Function = Callable[[float], float]


def uniform(references: Any, quantiles: list[Any], bound: float = 0.0) -> Operation:
    """Columns to shares between zero and one.

    Args:
        references: the shares.
        quantiles: of each column, the numbers at these shares.
        bound: how near to the first and the last number counts as there.
    """
    functions = [_share(references.tolist(), column.tolist(), bound) for column in quantiles]

    def apply(columns: Batch) -> Batch:
        return [list(map(function, column)) for function, column in zip(functions, columns, strict=True)]

    return apply


def normal(references: Any, quantiles: list[Any], bound: float, low: float, high: float) -> Operation:
    """The same columns to where a normal distribution has these shares, between `low` and `high`."""
    shares = uniform(references, quantiles, bound)

    def apply(share: float) -> float:
        if bound / 2 < share < 1.0 - bound / 2:
            return min(max(_quantile(share), low), high)
        return share if share != share else low if share < 0.5 else high  # noqa: PLR0124, PLR2004 - NaN; the median

    return lambda columns: [list(map(apply, column)) for column in shares(columns)]


def _share(references: list[float], quantiles: list[float], bound: float) -> Function:
    """The mean of interpolating upwards and downwards, which differ where quantiles repeat."""
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


def _quantile(share: float) -> float:
    """The number below which that share of a standard normal distribution lies (scipy.special.ndtri).

    A first guess, good to three digits, is refined by Halley's method on the nearer tail.
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

OPERATIONS = {"normal": normal, "uniform": uniform}
