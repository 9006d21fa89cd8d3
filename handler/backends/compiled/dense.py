"""Operations for large batches: loops of the kernel over columns of numbers, which are arrays instead of lists.

They take the place of the operations of the same name, give the same bits and refuse the same rows. All other
operations take such columns as they are: as sequences of floats. `graph.Links` links both.
"""

import math
import sys
from array import array
from collections.abc import Callable, Sequence
from typing import Any

from handler.backends.compiled import checking, encoding, imputing, scaling, trees
from handler.backends.compiled.dense_rows import Apply, Rows
from handler.backends.compiled.graph import Maker
from handler.backends.compiled.trees import kernel
from handler.errors import InvalidValue


def numbers(values: Any) -> Any:
    """Return a column of numbers as an array, NaN for None; None if it has other values."""
    if isinstance(values, array):
        return values
    made = array("d", bytes(8 * len(values)))
    return made if isinstance(values, list) and kernel.read(values, made) == len(values) else None


def all_numbers(columns: Any) -> Any:
    """Return columns of numbers as arrays; None if there are none, or any has other values."""
    made = list(map(numbers, columns))
    return made if made and None not in made else None


def float32(values: Any) -> Any:
    """Return a column of numbers as an array, rounded to float32."""
    return _changed(kernel.narrow, numbers(values))


def _changed(change: Callable[..., None], column: Any, *arguments: float) -> Any:
    """Return a changed copy of a column."""
    made = column[:]
    change(made, *arguments)
    return made


def _dense(plain: Apply, apply: Apply) -> Apply:
    """Return an operation that applies to columns of numbers, and the plain one for any others."""

    def choose(columns: Any) -> Any:
        made = all_numbers(columns)
        return plain(columns) if made is None else apply(made)

    return choose


def checked_numbers(names: list[str | None]) -> Apply:
    """Convert raw columns to numbers, as `checking.numbers` does."""
    plain = checking.numbers(names)
    return _dense(lambda columns: [array("d", column) for column in plain(columns)], lambda columns: columns)


def finite(missing: bool, float32: bool, names: list[str | None]) -> Apply:
    """Refuse infinite and missing numbers, as `checking.finite` does."""
    plain, limit = checking.finite(missing, float32, names), checking.FLOAT32_MAX if float32 else sys.float_info.max

    def apply(columns: Any) -> Any:
        made = all_numbers(columns)
        good = made and all(kernel.refused(column, missing, limit) < 0 for column in made)
        return columns if good else plain(columns)

    return apply


def filled(indices: list[int], fills: list[Any], missing: Any, nan: bool) -> Apply:
    """Select columns and replace their missing values, as `imputing.filled` does."""
    pairs = [
        (index, fill, imputing.filled([index], [fill], missing, nan))
        for index, fill in zip(indices, fills, strict=True)
    ]
    known = math.nan if nan else missing

    def apply(columns: Any) -> Any:
        return [
            _changed(kernel.fill, columns[index], known, fill)
            if isinstance(columns[index], array) and isinstance(fill, float) and isinstance(known, float | int)
            else plain(columns)[0]
            for index, fill, plain in pairs
        ]

    return apply


def standardized(means: Any, scales: Any) -> Apply:
    """Subtract the means and divide by the scales, as `scaling.standardized` does."""
    return _dense(scaling.standardized(means, scales), _each(kernel.standardize, means, scales))


def stretched(factors: Any, offsets: Any) -> Apply:
    """Multiply columns by their factors and add their offsets, as `scaling.stretched` does."""
    return _dense(scaling.stretched(factors, offsets), _each(kernel.stretch, factors, offsets))


def _each(change: Callable[..., None], *arguments: Any) -> Apply:
    """Return the operation that changes each column with its own arguments."""
    known = list(zip(*arguments, strict=True))
    return lambda columns: [_changed(change, column, *own) for column, own in zip(columns, known, strict=True)]


def narrowed(missing: float | None) -> Apply:
    """Round columns to float32; then replace `missing` by NaN, as `xgboost_boosters.narrowed` does."""
    from handler.backends.compiled import xgboost_boosters

    def apply(columns: Any) -> Any:
        made = list(map(float32, columns))
        for column in made if missing is not None else ():
            kernel.fill(column, missing, math.nan)
        return made

    return _dense(xgboost_boosters.narrowed(missing), apply)


def looked_up(columns: list[dict[str, Any]]) -> Apply:
    """Replace each column by columns of numbers looked up by category, as `encoding.looked_up` does."""
    if any(outcomes.format != "d" for column in columns for outcomes in column["outcomes"]):
        return encoding.looked_up(columns)
    lookups = [[_lookup(column, outcomes) for outcomes in column["outcomes"]] for column in columns]
    return lambda batch: [look(values) for several, values in zip(lookups, batch, strict=True) for look in several]


def one_hot(columns: list[dict[str, Any]], one: float) -> Apply:
    """One-hot encode categories, as `encoding.one_hot` does."""
    if not isinstance(one, float):  # whole numbers stay whole
        return encoding.one_hot(columns, one)
    lookups = [(_lookup(column, [*map(float, range(column["width"])), -1.0]), column["width"]) for column in columns]

    def apply(batch: Any) -> Rows:
        made: list[Any] = []
        for (look, width), values in zip(lookups, batch, strict=True):
            units = [array("d", bytes(8 * len(values))) for _ in range(width)]
            kernel.spread(look(values), one, units)
            made += units
        return Rows(made)

    return apply


def _lookup(column: dict[str, Any], outcomes: Sequence[float]) -> Callable[[Any], Any]:
    known = encoding.Known(column, outcomes)

    def look(values: Any) -> Any:
        values = values if isinstance(values, list) else list(values)
        made = array("d", bytes(8 * len(values)))
        row = kernel.translate(known, values, 0, made)
        while row < len(values):
            try:
                made[row] = known[values[row]]
            except InvalidValue as error:
                raise InvalidValue(error.detail, row=row, column=error.column) from None
            row = kernel.translate(known, values, row + 1, made)
        return made

    return look


CASTS: dict[str, Callable[[Any], Any]] = {"double": numbers, "float": float32}
"""Conversions of input columns by MLflow's type."""

MAKERS: dict[str, Maker] = {
    "checking.finite": finite,
    "checking.numbers": checked_numbers,
    "encoding.looked_up": looked_up,
    "encoding.one_hot": one_hot,
    "imputing.filled": filled,
    "scaling.standardized": standardized,
    "scaling.stretched": stretched,
    "trees.float32": lambda _=None: _dense(trees.float32(), lambda columns: list(map(float32, columns))),
    "xgboost_boosters.narrowed": narrowed,
}
