"""Encode categories as numbers (sklearn.preprocessing.OneHotEncoder, OrdinalEncoder, TargetEncoder)."""

import math
from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any

from handler.backends.compiled.graph import Batch, Operation, each
from handler.errors import InvalidValue


class Known(dict[Any, Any]):
    """A lookup from category to result that falls back on the codes for NaN and unknown categories, or refuses them.

    Args:
        column: `values` with their `codes`, the codes for `nan` and `unseen` categories (None to refuse them), whether
            infinity is refused (`finite`), and the column's `name`.
        outcomes: the result for each code.
    """

    def __init__(self, column: dict[str, Any], outcomes: Sequence[Any]) -> None:
        super().__init__(zip(column["values"], map(outcomes.__getitem__, column["codes"]), strict=True))
        for missing, code in ((math.nan, column["nan"]), (None, column["unseen"])):
            if code is not None:
                self.setdefault(missing, outcomes[code])
        self._column = column
        self._outcomes = outcomes

    def __missing__(self, value: Any) -> Any:
        column = self._column
        if column["finite"] and math.isinf(value):
            raise InvalidValue("number too large", column=column["name"])
        code = column["nan" if value != value else "unseen"]  # noqa: PLR0124 - NaN
        if code is None:
            missing = value is None or value != value  # noqa: PLR0124
            what = "missing value" if missing else "unknown category"
            raise InvalidValue(f"{what}, which the model was not trained with", column=column["name"])
        return self._outcomes[code]


def one_hot(columns: list[dict[str, Any]], one: float) -> Operation:
    """One-hot encode categories: columns to dense rows."""
    lookups = []
    for column in columns:
        width, zero = column["width"], one - one
        units = [tuple(one if place == code else zero for place in range(width)) for code in (*range(width), -1)]
        lookups.append(each(Known(column, units).__getitem__))
    return lambda batch: reduce(_beside, [lookup(column) for lookup, column in zip(lookups, batch, strict=True)])


def _beside(left: Batch, right: Batch) -> Batch:
    return list(map(add, left, right))


def sparse_one_hot(columns: list[dict[str, Any]], one: float) -> Operation:
    """One-hot encode categories: columns to sparse rows."""
    lookups, start = [], 0
    for column in columns:
        end = start + column["width"]
        lookups.append(each(Known(column, [*range(start, end), None]).__getitem__))
        start = end

    def apply(batch: Batch) -> Batch:
        found = [lookup(column) for lookup, column in zip(lookups, batch, strict=True)]
        rows = [dict.fromkeys(places, one) for places in zip(*found, strict=True)]
        for row in rows:
            row.pop(None, None)
        return rows

    return apply


def looked_up(columns: list[dict[str, Any]]) -> Operation:
    """Replace each column by one or more columns of numbers looked up by category."""
    lookups = [[each(Known(column, outcomes).__getitem__) for outcomes in column["outcomes"]] for column in columns]

    def apply(batch: Batch) -> Batch:
        return [lookup(column) for several, column in zip(lookups, batch, strict=True) for lookup in several]

    return apply


OPERATIONS = {"looked_up": looked_up, "one_hot": one_hot, "sparse_one_hot": sparse_one_hot}
