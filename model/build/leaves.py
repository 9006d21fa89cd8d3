"""The values in an answer, each with its path."""

import math
import statistics
from collections.abc import Iterator
from typing import Any

Path = tuple[Any, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Return every value within lists and objects with its path; an empty one is a value itself."""
    match value:
        case dict() if value:
            for name, inner in value.items():
                yield from leaves(inner, (*path, name))
        case list() if value:
            for index, inner in enumerate(value):
                yield from leaves(inner, (*path, index))
        case _:
            yield path, value


def is_number(value: Any) -> bool:
    """Return whether a value is a number, finite or not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def finite(value: Any) -> Any:
    """Return a value as JSON has it: null for a float that is not finite."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def medians(answers: list[Any]) -> dict[Path, float]:
    """Return the median size of a number, by its path in an answer."""
    sizes: dict[Path, list[float]] = {}
    for answer in answers:
        for path, value in leaves(answer):
            if is_number(value) and math.isfinite(value):
                sizes.setdefault(path, []).append(abs(value))
    return {path: statistics.median(found) for path, found in sizes.items()}
