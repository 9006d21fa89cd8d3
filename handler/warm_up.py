"""Compare the output for the input example with the manifest's, without the parts that differ from call to call."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

# How far the warm-up's output may be from the manifest's: another processor may round differently.
# The proof, made when the bundle was built, is stricter.
_RELATIVE, _ABSOLUTE = 1e-6, 1e-9

ANY = "*"
"""In a path, any index of a list."""

Path = Sequence[str | int]


def close(expected: Any, got: Any) -> bool:
    """Return whether two JSON values are equal, except for the last digits of their numbers."""
    match expected, got:
        case float(), float():
            return math.isclose(expected, got, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
        case list(), list():
            return len(expected) == len(got) and all(map(close, expected, got))
        case dict(), dict():
            return expected.keys() == got.keys() and all(close(expected[key], got[key]) for key in expected)
    return type(expected) is type(got) and bool(expected == got)


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
