"""Kernels and class probabilities of Gaussian processes (sklearn.gaussian_process)."""

import math
from collections.abc import Callable
from functools import reduce
from operator import add, mul
from typing import Any

from handler.backends.compiled.functions import dot
from handler.backends.compiled.graph import Batch, Operation, RowFunction, rowwise
from handler.backends.compiled.solving import forward

_SCALES = (0.41, 0.4, 0.37, 0.44, 0.39)
_FACTORS = (-1854.8214151, 3516.89893646, 221.29346712, 128.12323805, -2010.49422654)
# Of the five error functions whose sum approximates the logistic function: Williams and Barber, "Bayesian
# Classification with Gaussian Processes" (1998), appendix A.


def stationary(name: str, points: Any, scales: Any, numbers: list[float]) -> RowFunction:
    """Return a function of the distance between a row and each point.

    Args:
        name: rbf, matern (of a smoothness of 0.5, 1.5 or 2.5), rational_quadratic or periodic.
        points: the points, divided by the scales and flattened.
        scales: divide each column.
        numbers: the numbers of the function: none; the smoothness; exponent and doubled squared length; period and
            length.
    """
    width, divisors = len(scales), scales.tolist()
    known = [tuple(points[start : start + width]) for start in range(0, len(points), width)]
    of = _FUNCTIONS[name](*numbers)

    def apply(row: Any) -> list[float]:
        scaled = [value / scale for value, scale in zip(row, divisors, strict=True)]
        return [of(math.dist(scaled, point)) for point in known]

    return apply


def _rbf() -> Callable[[float], float]:
    return lambda distance: math.exp(-0.5 * (distance * distance))


def _matern(smoothness: float) -> Callable[[float], float]:
    factor = math.sqrt(2.0 * smoothness)

    def of(distance: float) -> float:
        scaled = factor * distance
        powers = {0.5: 1.0, 1.5: 1.0 + scaled, 2.5: 1.0 + scaled + scaled * scaled / 3.0}
        return powers[smoothness] * math.exp(-scaled)

    return of


def _rational_quadratic(exponent: float, length: float) -> Callable[[float], float]:
    return lambda distance: math.pow(1.0 + distance * distance / length, -exponent)


def _periodic(period: float, length: float) -> Callable[[float], float]:
    return lambda distance: math.exp(-2.0 * (math.sin(math.pi / period * distance) / length) ** 2)


_FUNCTIONS: dict[str, Callable[..., Callable[[float], float]]] = {
    "matern": _matern,
    "periodic": _periodic,
    "rational_quadratic": _rational_quadratic,
    "rbf": _rbf,
}


def added(parts: list[Operation]) -> Operation:
    """Add up the kernels that several operations give."""
    return lambda rows: reduce(_pairwise(add), [part(rows) for part in parts])


def multiplied(parts: list[Operation]) -> Operation:
    """Multiply the kernels that several operations give."""
    return lambda rows: reduce(_pairwise(mul), [part(rows) for part in parts])


def _pairwise(function: Callable[[float, float], float]) -> Callable[[Batch, Batch], Batch]:
    return lambda left, right: [list(map(function, one, other)) for one, other in zip(left, right, strict=True)]


def raised(exponent: float) -> RowFunction:
    """Raise a kernel to a power."""
    return lambda row: [value**exponent for value in row]


def rescaled(scales: list[float], means: list[float]) -> RowFunction:
    """Multiply by the targets' standard deviations and add their means."""
    return lambda row: [scale * value + mean for value, scale, mean in zip(row, scales, means, strict=True)]


def probabilities(weights: Any, factors: Any, lower: Any, prior: float) -> RowFunction:
    """Return the probabilities of two classes, given the kernel of a row and each point.

    Args:
        weights: the weight of each point in the latent mean.
        factors: multiply the kernel before the equations are solved.
        lower: the rows of a lower triangular matrix one after the other, each up to the diagonal.
        prior: the kernel of a row and itself.
    """
    known, scales = weights.tolist(), factors.tolist()
    lines, start = [], 0
    for size in range(1, len(known) + 1):
        lines.append(lower[start : start + size].tolist())
        start += size

    def apply(row: Any) -> list[float]:
        solved = forward(lines, list(map(mul, scales, row)))
        second = _squashed(dot(row, known), prior - dot(solved, solved))
        return [1.0 - second, second]

    return apply


def _squashed(mean: float, variance: float) -> float:
    """Return the mean logistic function of a normally distributed number."""
    if not variance > 0.0:
        return math.nan
    alpha = 1.0 / (2.0 * variance)
    total = 0.0
    for scale, factor in zip(_SCALES, _FACTORS, strict=True):
        size = math.erf(scale * mean * math.sqrt(alpha / (alpha + scale * scale)))
        total += factor * (math.sqrt(math.pi / alpha) * size / (2.0 * math.sqrt(variance * 2.0 * math.pi)))
    return total + 0.5 * sum(_FACTORS)


OPERATIONS = {
    "added": added,
    "multiplied": multiplied,
    **rowwise(probabilities=probabilities, raised=raised, rescaled=rescaled, stationary=stationary),
}
