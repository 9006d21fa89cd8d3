"""What a fitted model refuses before it computes anything (sklearn.utils.check_array)."""

import math
from typing import Any

from handler.backends.compiled.graph import Operation
from handler.errors import InvalidValue

_FLOAT32_MAX = 3.4028235677973362e38  # the largest double that rounds to a finite float32


def finite(missing: bool, float32: bool) -> Operation:
    """The row as numbers, if none of them is infinite, or missing where that is not let through."""
    limit = _FLOAT32_MAX if float32 else math.inf

    def apply(row: Any) -> list[float]:
        numbers = [_number(value) for value in row]
        for value in numbers:
            if value != value:  # noqa: PLR0124 - NaN
                if not missing:
                    raise InvalidValue("the model takes no missing value")
            elif abs(value) > limit or math.isinf(value):
                raise InvalidValue("the model takes no number that large")
        return numbers

    return apply


def _number(value: Any) -> float:
    """A raw column's value as scikit-learn casts it: text that is no number is refused."""
    if isinstance(value, float):
        return value
    if value is None:
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise InvalidValue("the model takes numbers where it was given something else") from None


OPERATIONS = {"finite": finite}
