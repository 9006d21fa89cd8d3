"""Points and weights of Gauss and Legendre's quadrature on the interval from 0 to 1."""

import math
from array import array
from typing import Any

_NEARLY = 1e-15


def gauss_legendre(count: int) -> list[tuple[float, float]]:
    """Return points, descending, and their weights; they integrate polynomials below degree `2 * count` exactly.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 25.4.29; Newton's method finds the roots.
    """
    found = []
    for index in range(count):
        point, step = math.cos(math.pi * (index + 0.75) / (count + 0.5)), 1.0
        while abs(step) > _NEARLY:
            value, slope = _legendre(count, point)
            step = value / slope
            point -= step
        _, slope = _legendre(count, point)
        found.append(((1.0 + point) / 2.0, 1.0 / ((1.0 - point * point) * slope * slope)))
    return found


def _legendre(degree: int, point: float) -> tuple[float, float]:
    """Return the value and the slope of a Legendre polynomial."""
    value, before = 1.0, 0.0
    for order in range(1, degree + 1):
        value, before = ((2 * order - 1) * point * value - (order - 1) * before) / order, value
    return value, degree * (point * value - before) / (point * point - 1.0)


def tabulate(pairs: int) -> Any:
    """Return the points of 2, 4, ... and `2 * pairs`, for `_explain.h`: the points, one minus each, the weights."""
    table = array("d")
    for count in range(2, 2 * pairs + 1, 2):
        points = gauss_legendre(count)
        table.extend(point for point, _ in points)
        table.extend(1.0 - point for point, _ in points)
        table.extend(weight for _, weight in points)
    return table
