"""Invert link functions (statsmodels.genmod.families.links)."""

import math
from collections.abc import Callable
from functools import partial

from handler.backends.compiled.functions import exp
from handler.backends.compiled.graph import RowFunction, rowwise


def inverse(link: str, number: float | None = None) -> RowFunction:
    """Invert a link function, given by its class's name, for each value; `number` is its power or its alpha."""
    function = _INVERSES[link]
    known: Callable[[float], float] = partial(function, number) if number is not None else function
    return lambda row: [known(value) for value in row]


def normal(value: float) -> float:
    """Return the normal distribution function (scipy.special.ndtr)."""
    scaled = value * math.sqrt(0.5)
    if abs(scaled) < 1.0:
        return 0.5 + 0.5 * math.erf(scaled)
    tail = 0.5 * math.erfc(abs(scaled))
    return 1.0 - tail if scaled > 0 else tail


def _power(power: float, value: float) -> float:
    """Return the root of a number, as numpy.power gives it."""
    exponent = 1.0 / power
    if value == 0.0 and exponent < 0:
        odd = exponent.is_integer() and exponent % 2
        return math.copysign(math.inf, value) if odd else math.inf
    try:
        return math.pow(value, exponent)
    except OverflowError:
        odd = exponent.is_integer() and exponent % 2
        return -math.inf if odd and value < 0 else math.inf
    except ValueError:
        return math.nan


def _negative_binomial(alpha: float, value: float) -> float:
    below = alpha * (1.0 - exp(-value))
    return -1.0 / below if below else math.copysign(math.inf, -below)


_INVERSES: dict[str, Callable[..., float]] = {
    "CLogLog": lambda value: 1.0 - exp(-exp(value)),
    "Cauchy": lambda value: 0.5 + math.atan(value) / math.pi,
    "Log": exp,
    "LogC": lambda value: 1.0 - exp(value),
    "LogLog": lambda value: exp(-exp(-value)),
    "Logit": lambda value: 1.0 / (1.0 + exp(-value)),
    "NegativeBinomial": _negative_binomial,
    "Power": _power,
    "Probit": normal,
}

OPERATIONS = rowwise(inverse=inverse)
