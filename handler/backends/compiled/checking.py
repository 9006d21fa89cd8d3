"""Refuse the input that the fitted model refuses (sklearn.utils.check_array)."""

import math
import sys
from itertools import chain, filterfalse
from typing import Any

from handler.backends.compiled.graph import Batch, Operation, rowwise
from handler.errors import InvalidValue

FLOAT32_MAX = 3.4028235677973362e38  # the largest double that rounds to a finite float32


def numbers(names: list[str | None]) -> Operation:
    """Convert raw columns to numbers, NaN for missing; refuse text that does not parse as a number."""

    def apply(columns: Batch) -> Batch:
        return [_numbers(column, name) for column, name in zip(columns, names, strict=True)]

    return apply


def _numbers(column: list[Any], name: str | None) -> list[float]:
    try:
        return list(map(float, column))
    except (TypeError, ValueError):
        return [_number(value, row, name) for row, value in enumerate(column)]


def _number(value: Any, row: int, name: str | None) -> float:
    try:
        return math.nan if value is None else float(value)
    except (TypeError, ValueError):
        raise InvalidValue("not a number", row=row, column=name) from None


def texts(indices: list[int]) -> Operation:
    """Replace missing texts by NaN, unless the whole column is missing, as pandas does since version 3."""

    def apply(columns: Batch) -> Batch:
        found = list(columns)
        for index in indices:
            column = columns[index]
            if None in column and column.count(None) < len(column):
                found[index] = [math.nan if value is None else value for value in column]
        return found

    return apply


def finite(missing: bool, float32: bool, names: list[str | None]) -> Operation:
    """Refuse infinite numbers in columns, and missing ones unless `missing` allows them."""
    refused, limit = _refusal(missing, float32), FLOAT32_MAX if float32 else sys.float_info.max

    def apply(columns: Batch) -> Batch:
        # With few rows, one check of all numbers is faster. Their norm is NaN if one of them is missing.
        if columns and len(columns[0]) < len(columns):
            if _norm(columns) < limit:
                return columns
            if _surely_finite([*chain.from_iterable(columns)], missing, float32):
                return columns
        for column, name in zip(columns, names, strict=True):
            if not _surely_finite(column, missing, float32):
                for row, value in enumerate(column):
                    if why := refused(value):
                        raise InvalidValue(why, row=row, column=name)
        return columns

    return apply


def _norm(columns: Batch) -> float:
    """Return the Euclidean norm of all numbers, which none of them exceeds; infinity if one is too large for it."""
    try:
        if len(columns[0]) == 1:
            return math.hypot(*[value for [value] in columns])
        return math.hypot(*chain.from_iterable(columns))
    except OverflowError:  # a whole number
        return math.inf


def finite_rows(missing: bool, float32: bool, names: list[str | None] | None = None) -> Any:
    """Refuse infinite and missing numbers in a row; `names` are the columns to report."""
    refused = _refusal(missing, float32)

    def apply(row: Any) -> Any:
        if not _surely_finite(row, missing, float32):
            for index, value in enumerate(row):
                if why := refused(value):
                    raise InvalidValue(why, column=names[index] if names else None)
        return row

    return apply


def finite_sparse(missing: bool, float32: bool) -> Any:
    """Refuse infinite and missing numbers in a sparse row."""
    check = finite_rows(missing, float32)

    def apply(row: dict[int, float]) -> dict[int, float]:
        check(row.values())
        return row

    return apply


def non_negative_rows(names: list[str | None] | None = None) -> Any:
    """Refuse negative numbers in a row; `names` are the columns to report."""

    def apply(row: Any) -> Any:
        if min(row, default=0.0) < 0.0:
            index = next(index for index, value in enumerate(row) if value < 0.0)
            column = names[index] if names else None
            raise InvalidValue("a negative number, which the model does not accept", column=column)
        return row

    return apply


def non_negative_sparse(names: None = None) -> Any:
    """Refuse negative numbers in a sparse row."""
    check = non_negative_rows(names)

    def apply(row: dict[int, float]) -> dict[int, float]:
        check(row.values())
        return row

    return apply


def _surely_finite(values: Any, missing: bool, float32: bool) -> bool:
    """Return whether a fast check finds nothing to refuse; False may be a false alarm."""
    total = sum(values)
    if missing and math.isnan(total):
        values = list(filterfalse(math.isnan, values))
        total = sum(values)
    if not math.isfinite(total):
        return False
    return not float32 or (min(values, default=0.0) >= -FLOAT32_MAX and max(values, default=0.0) <= FLOAT32_MAX)


def _refusal(missing: bool, float32: bool) -> Any:
    limit = FLOAT32_MAX if float32 else math.inf

    def refused(value: float) -> str | None:
        if value != value:  # noqa: PLR0124 - NaN
            return None if missing else "missing value, which the model does not accept"
        return "number too large" if abs(value) > limit or math.isinf(value) else None

    return refused


OPERATIONS = {
    "finite": finite,
    "numbers": numbers,
    "texts": texts,
    **rowwise(
        finite_rows=finite_rows,
        finite_sparse=finite_sparse,
        non_negative_rows=non_negative_rows,
        non_negative_sparse=non_negative_sparse,
    ),
}
