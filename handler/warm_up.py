"""Compare the output for the input example with the manifest's, without the parts that differ from call to call."""

import math
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

# How far the warm-up's output may be from the manifest's: another processor may round differently.
# The proof, made when the bundle was built, is stricter.
_RELATIVE, _ABSOLUTE = 1e-6, 1e-9

ANY = "*"
"""In a path, any index of a list."""

Path = Sequence[str | int]


def close(expected: Any, got: Any, tolerance: float | None = None) -> bool:
    """Return whether two JSON values are equal, except for the last digits of their numbers.

    Args:
        expected: the manifest's.
        got: what the model gives here.
        tolerance: how far a network's numbers may be from MLflow's, relative to the largest; None for other models.
    """
    absolute = _ABSOLUTE if tolerance is None else max(_ABSOLUTE, 2 * tolerance * _largest(expected))
    return _close(expected, got, absolute)


def _close(expected: Any, got: Any, absolute: float) -> bool:
    match expected, got:
        case float(), float():
            return math.isclose(expected, got, rel_tol=_RELATIVE, abs_tol=absolute)
        case list(), list():
            return len(expected) == len(got) and all(map(partial(_close, absolute=absolute), expected, got))
        case dict(), dict():
            return expected.keys() == got.keys() and all(_close(expected[key], got[key], absolute) for key in expected)
    return type(expected) is type(got) and bool(expected == got)


def _largest(value: Any) -> float:
    """Return the size of the largest float in a JSON value; 0 where there is none."""
    if isinstance(value, dict | list):
        return max(map(_largest, value.values() if isinstance(value, dict) else value), default=0.0)
    return abs(value) if isinstance(value, float) else 0.0


def steady(value: Any, varies: Iterable[Path]) -> Any:
    """Return a JSON value with null in the place of the parts at these paths."""
    for path in varies:
        value = _without(value, path)
    return value


def _without(value: Any, path: Path) -> Any:
    if not path:
        return None
    step, *rest = path
    match value:
        case dict() if step in value:
            return {**value, step: _without(value[step], rest)}
        case list():
            return [_without(inner, rest) if step in (ANY, index) else inner for index, inner in enumerate(value)]
    return value
