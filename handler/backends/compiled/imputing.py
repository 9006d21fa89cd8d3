"""Replace missing values (sklearn.impute).

Two arguments say which values are missing: NaN if `nan`, otherwise those equal to `missing`.
"""

from collections.abc import Callable
from typing import Any

from handler.backends.compiled.graph import Batch, Operation
from handler.errors import InvalidValue


def filled(indices: list[int], fills: list[Any], missing: Any, nan: bool) -> Operation:
    """Select columns and replace their missing values (SimpleImputer)."""
    pairs = list(zip(indices, fills, strict=True))
    if nan:
        return lambda columns: [
            [fill if value != value else value for value in columns[index]]  # noqa: PLR0124 - NaN
            for index, fill in pairs
        ]
    return lambda columns: [[fill if value == missing else value for value in columns[index]] for index, fill in pairs]


def indicators(indices: list[int], missing: Any, nan: bool) -> Operation:
    """Return whether each value of some columns is missing (MissingIndicator)."""
    masked = _mask(missing, nan)
    return lambda columns: [masked(columns[index]) for index in indices]


def none_missing(indices: list[int], names: list[str | None], missing: Any, nan: bool) -> Operation:
    """Refuse missing values in some columns."""
    masked = _mask(missing, nan)

    def apply(columns: Batch) -> Batch:
        for index, name in zip(indices, names, strict=True):
            mask = masked(columns[index])
            if True in mask:
                raise InvalidValue(
                    "missing value, which the model does not accept in this column", row=mask.index(True), column=name
                )
        return columns

    return apply


def _mask(missing: Any, nan: bool) -> Callable[[list[Any]], list[bool]]:
    if nan:
        return lambda column: [value != value for value in column]  # noqa: PLR0124 - NaN
    return lambda column: [value == missing for value in column]


OPERATIONS = {"filled": filled, "indicators": indicators, "none_missing": none_missing}
