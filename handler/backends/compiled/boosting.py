"""Category codes as HistGradientBoosting reads them before scikit-learn 1.4: as single bytes."""

import math
from typing import Any

from handler.backends.compiled.graph import Batch, Operation

_BEYOND = 2**31


def byte_categories(indices: list[int], wrap: bool) -> Operation:
    """Cast the category codes in some columns to one byte, as C does; negative ones become NaN unless they `wrap`."""
    chosen = frozenset(indices)
    cast = _byte if wrap else _byte_or_missing

    def apply(columns: Batch) -> Batch:
        return [list(map(cast, column)) if index in chosen else column for index, column in enumerate(columns)]

    return apply


def _byte_or_missing(value: float) -> Any:
    return math.nan if value < 0.0 else _byte(value)


def _byte(value: float) -> Any:
    """Cast a number to one byte as x86 does: numbers beyond 32 bits give 0."""
    if value != value:  # noqa: PLR0124 - NaN
        return value
    return float(int(value) & 255) if -_BEYOND <= value < _BEYOND else 0.0


OPERATIONS = {"byte_categories": byte_categories}
