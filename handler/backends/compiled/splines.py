"""Evaluate splines (sklearn.preprocessing.SplineTransformer; patsy)."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from itertools import chain
from typing import Any

from handler.backends.compiled.graph import Batch, Operation
from handler.errors import InvalidValue

Basis = Callable[[float], list[float]]


def within(knots: list[Any], degree: int, bias: bool, names: list[str | None]) -> Operation:
    """Evaluate splines: columns to rows; refuse numbers outside of the boundary knots."""
    bounds = [(of_one[degree], of_one[-degree - 1]) for of_one in knots]
    rows = continued(knots, degree, bias)

    def apply(columns: Batch) -> Batch:
        for column, (low, high), name in zip(columns, bounds, names, strict=True):
            for row, value in enumerate(column):
                if value < low or value > high:
                    raise InvalidValue(
                        "number outside of the range that the model was trained on", row=row, column=name
                    )
        return rows(columns)

    return apply


def continued(knots: list[Any], degree: int, bias: bool) -> Operation:
    """Evaluate splines whose polynomials continue beyond the boundary knots."""
    return _rows([_basis(of_one.tolist(), degree) for of_one in knots], bias)


def periodic(knots: list[Any], degree: int, bias: bool) -> Operation:
    """Evaluate splines that repeat beyond the boundary knots."""

    def made(of_one: Any) -> Basis:
        basis, start, period = _basis(of_one, degree), of_one[degree], of_one[-degree - 1] - of_one[degree]
        count = len(of_one) - 2 * degree - 1

        def apply(value: float) -> list[float]:
            values = basis(start + (value - start) % period)
            for index in range(degree):
                values[index] += values[count + index]
            return values[:count]

        return apply

    return _rows([made(of_one.tolist()) for of_one in knots], bias)


def straightened(knots: list[Any], degree: int, bias: bool, below: list[Any], above: list[Any]) -> Operation:
    """Evaluate splines that continue as lines; `below` and `above` hold the lines' values, then their slopes."""

    def made(of_one: Any, first: Any, last: Any) -> Basis:
        basis, low, high = _basis(of_one, degree), of_one[degree], of_one[-degree - 1]
        under, over = _line(first), _line(last)

        def apply(value: float) -> list[float]:
            if value < low:
                return under(value - low)
            return over(value - high) if value > high else basis(value)

        return apply

    lines = zip(knots, below, above, strict=True)
    return _rows([made(of_one.tolist(), first, last) for of_one, first, last in lines], bias)


def cubic(knots: Any, values: list[Any], curvatures: list[Any], cyclic: bool) -> Operation:
    """Evaluate cubic splines, natural or cyclic ones, of a single column (patsy's `cr` and `cc`).

    Args:
        knots: the knots, ascending.
        values: for each spline, its values at the knots; a cyclic one's last knot is its first.
        curvatures: its second derivatives there.
        cyclic: whether the splines repeat; others continue as lines.
    """
    count = len(values[0])
    at = [
        tuple((line[place], line[(place + 1) % count], bend[place], bend[(place + 1) % count])
              for line, bend in zip(values, curvatures, strict=True))
        for place in range(len(knots) - 1)
    ]  # fmt: skip
    low, high = knots[0], knots[-1]

    def apply(value: float) -> list[float]:
        if cyclic and value > high:
            value = low + (value - high) % (high - low)
        elif cyclic and value < low:
            value = high - (low - value) % (high - low)
        place = min(max(bisect_left(knots, value) - 1, 0), len(at) - 1)
        step, left, right = knots[place + 1] - knots[place], value - knots[place], knots[place + 1] - value
        first = (right**3 / (6.0 * step) if value <= high else 0.0) - step * right / 6.0
        last = (left**3 / (6.0 * step) if value >= low else 0.0) - step * left / 6.0
        return [
            right / step * here + left / step * there + first * bend + last * bent
            for here, there, bend, bent in at[place]
        ]

    return lambda columns: list(zip(*map(_calm(apply, len(values)), columns[0]), strict=True))


def _calm(basis: Basis, count: int) -> Basis:
    """Return NaN where a number is not finite, or its power overflows."""

    def apply(value: float) -> list[float]:
        try:
            return basis(value) if math.isfinite(value) else [math.nan] * count
        except OverflowError:
            return [math.nan] * count

    return apply


def _line(values_and_slopes: Any) -> Basis:
    count = len(values_and_slopes) // 2
    pairs = list(zip(values_and_slopes[:count], values_and_slopes[count:], strict=True))
    return lambda distance: [value + distance * slope for value, slope in pairs]


def _basis(knots: list[float], degree: int) -> Basis:
    """Return the value of each spline by the Cox-de Boor recursion; all NaN if one overflows."""
    count = len(knots) - degree - 1

    def apply(value: float) -> list[float]:
        place = min(max(bisect_right(knots, value) - 1, degree), count - 1)
        some = [1.0]
        for order in range(1, degree + 1):
            raised = [0.0] * (order + 1)
            for index, one in enumerate(some, start=1):
                right, left = knots[place + index], knots[place + index - order]
                if right != left:
                    share = one / (right - left)
                    raised[index - 1] += share * (right - value)
                    raised[index] = share * (value - left)
            some = raised
        values = [0.0 if math.isfinite(sum(some)) else math.nan] * count
        values[place - degree : place + 1] = some
        return values

    return apply


def _rows(bases: list[Basis], bias: bool) -> Operation:
    """Concatenate the splines of all columns into rows; without `bias`, drop the last of each column."""

    def apply(columns: Batch) -> Batch:
        parts = [list(map(basis, column)) for basis, column in zip(bases, columns, strict=True)]
        if not bias:
            parts = [[values[:-1] for values in part] for part in parts]
        return [tuple(chain.from_iterable(row)) for row in zip(*parts, strict=True)]

    return apply


OPERATIONS = {
    "continued": continued,
    "cubic": cubic,
    "periodic": periodic,
    "straightened": straightened,
    "within": within,
}
