"""Operations for large batches: loops of the kernel over columns of numbers, which are arrays instead of lists.

They take the place of the operations of the same name, give the same bits and refuse the same rows. All other
operations take such columns as they are: as sequences of floats. `graph.Links` links both.
"""

import math
import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from operator import sub, truediv
from typing import Any

from handler.backends.compiled import checking, composing, encoding, imputing, linear, scaling, trees
from handler.backends.compiled.functions import dot, expit
from handler.backends.compiled.graph import Batch, Maker, Operation
from handler.backends.compiled.trees import kernel
from handler.errors import InvalidValue

_EXACT = sys.version_info >= (3, 12)  # `dot` is math.sumprod


class Rows(Sequence[tuple[float, ...]]):
    """The rows of columns, made when something else than the kernel asks for them.

    Attributes:
        columns: arrays of equal length.
    """

    def __init__(self, columns: list[Any]) -> None:
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns[0])

    def __iter__(self) -> Iterator[tuple[float, ...]]:
        return zip(*self.columns, strict=True)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Rows([column[index] for column in self.columns])
        return tuple(column[index] for column in self.columns)


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


def _dense(plain: Operation, apply: Operation) -> Operation:
    """Return an operation that applies to columns of numbers, and the plain one for any others."""

    def choose(columns: Batch) -> Batch:
        made = all_numbers(columns)
        return plain(columns) if made is None else apply(made)

    return choose


def _of_rows(plain: Operation, apply: Operation) -> Operation:
    """Return an operation that applies to the columns of `Rows`, and the plain one for any others."""
    return lambda rows: apply(rows.columns) if isinstance(rows, Rows) else plain(rows)


def checked_numbers(names: list[str | None]) -> Operation:
    """Convert raw columns to numbers, as `checking.numbers` does."""
    plain = checking.numbers(names)
    return _dense(lambda columns: [array("d", column) for column in plain(columns)], lambda columns: columns)


def finite(missing: bool, float32: bool, names: list[str | None]) -> Operation:
    """Refuse infinite and missing numbers, as `checking.finite` does."""
    plain, limit = checking.finite(missing, float32, names), checking.FLOAT32_MAX if float32 else sys.float_info.max

    def apply(columns: Batch) -> Batch:
        made = all_numbers(columns)
        good = made and all(kernel.refused(column, missing, limit) < 0 for column in made)
        return columns if good else plain(columns)

    return apply


def finite_rows(missing: bool, float32: bool, names: list[str | None] | None = None) -> Operation:
    """Refuse infinite and missing numbers, as `checking.finite_rows` does."""
    plain = checking.OPERATIONS["finite_rows"](missing=missing, float32=float32, names=names)
    limit = checking.FLOAT32_MAX if float32 else sys.float_info.max

    def apply(rows: Batch) -> Batch:
        good = isinstance(rows, Rows) and all(kernel.refused(column, missing, limit) < 0 for column in rows.columns)
        return rows if good else plain(rows)

    return apply


def filled(indices: list[int], fills: list[Any], missing: Any, nan: bool) -> Operation:
    """Select columns and replace their missing values, as `imputing.filled` does."""
    pairs = [
        (index, fill, imputing.filled([index], [fill], missing, nan))
        for index, fill in zip(indices, fills, strict=True)
    ]
    known = math.nan if nan else missing

    def apply(columns: Batch) -> Batch:
        return [
            _changed(kernel.fill, columns[index], known, fill)
            if isinstance(columns[index], array) and isinstance(fill, float) and isinstance(known, float | int)
            else plain(columns)[0]
            for index, fill, plain in pairs
        ]

    return apply


def standardized(means: Any, scales: Any) -> Operation:
    """Subtract the means and divide by the scales, as `scaling.standardized` does."""
    return _dense(scaling.standardized(means, scales), _each(kernel.standardize, means, scales))


def stretched(factors: Any, offsets: Any) -> Operation:
    """Multiply columns by their factors and add their offsets, as `scaling.stretched` does."""
    return _dense(scaling.stretched(factors, offsets), _each(kernel.stretch, factors, offsets))


def _each(change: Callable[..., None], *arguments: Any) -> Operation:
    """Return the operation that changes each column with its own arguments."""
    known = list(zip(*arguments, strict=True))
    return lambda columns: [_changed(change, column, *own) for column, own in zip(columns, known, strict=True)]


def narrowed(missing: float | None) -> Operation:
    """Round columns to float32; then replace `missing` by NaN, as `xgboost_boosters.narrowed` does."""
    from handler.backends.compiled import xgboost_boosters

    def apply(columns: Batch) -> Batch:
        made = list(map(float32, columns))
        for column in made if missing is not None else ():
            kernel.fill(column, missing, math.nan)
        return made

    return _dense(xgboost_boosters.narrowed(missing), apply)


def looked_up(columns: list[dict[str, Any]]) -> Operation:
    """Replace each column by columns of numbers looked up by category, as `encoding.looked_up` does."""
    if any(outcomes.format != "d" for column in columns for outcomes in column["outcomes"]):
        return encoding.looked_up(columns)
    lookups = [[_lookup(column, outcomes) for outcomes in column["outcomes"]] for column in columns]
    return lambda batch: [look(values) for several, values in zip(lookups, batch, strict=True) for look in several]


def one_hot(columns: list[dict[str, Any]], one: float) -> Operation:
    """One-hot encode categories, as `encoding.one_hot` does."""
    lookups = [(_lookup(column, [*map(float, range(column["width"])), -1.0]), column["width"]) for column in columns]

    def apply(batch: Batch) -> Rows:
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


def union(parts: list[Operation], widths: list[int]) -> Operation:
    """Concatenate the rows that several operations give, as `composing.union` does."""

    def apply(batch: Batch) -> Batch:
        made = [part(batch) for part in parts]
        if all(isinstance(rows, Rows) for rows in made):
            return Rows([column for rows in made for column in rows.columns])
        return composing.union([lambda _, rows=rows: rows for rows in made], widths)(batch)

    return apply


def transposed(_: None = None) -> Operation:
    """Transpose columns into rows, or rows into columns, as `composing.transposed` does."""
    plain = composing.transposed()

    def apply(batch: Batch) -> Batch:
        if isinstance(batch, Rows):
            return batch.columns
        return Rows(batch) if batch and all(isinstance(column, array) for column in batch) else plain(batch)

    return apply


def sums(weights: list[Any], intercepts: Any) -> Operation:
    """Return one weighted sum of a row for each output, as `linear.sums` does."""
    pairs = list(zip(weights, intercepts, strict=True))

    def apply(columns: list[Any]) -> Rows:
        return Rows([_sums(columns, weight, intercept) for weight, intercept in pairs])

    return _of_rows(linear.OPERATIONS["sums"](weights=weights, intercepts=intercepts), apply)


def _sums(columns: list[Any], weights: Any, intercept: float) -> Any:
    made = array("d", bytes(8 * len(columns[0])))
    kernel.dot(columns, weights, intercept, _EXACT, made)
    if kernel.refused(made, False, sys.float_info.max) >= 0:
        for row, value in enumerate(made):
            if not math.isfinite(value):  # the kernel's errors overflow before the sum does
                made[row] = dot([column[row] for column in columns], weights.tolist()) + intercept
    return made


def first(_: None = None) -> Operation:
    """Return the single value of a row, as `linear.first` does."""
    return _of_rows(linear.OPERATIONS["first"](), lambda columns: columns[0])


def sign(classes: list[Any]) -> Operation:
    """Return the second of two labels if the single sum is positive, as `linear.sign` does."""
    plain = linear.OPERATIONS["sign"](classes=classes)
    return _of_rows(plain, lambda columns: [classes[value > 0] for value in columns[0]])


def highest(classes: list[Any]) -> Operation:
    """Return the label of the greatest value, as `linear.highest` does."""
    plain = linear.OPERATIONS["highest"](classes=classes)
    return _of_rows(plain, lambda columns: list(map(classes.__getitem__, kernel.highest(columns))))


def logistic(_: None = None) -> Operation:
    """Turn one sum into two probabilities, as `linear.logistic` does."""

    def apply(columns: list[Any]) -> Rows:
        second = array("d", map(expit, columns[0]))
        return Rows([_changed(kernel.stretch, second, -1.0, 1.0), second])

    return _of_rows(linear.OPERATIONS["logistic"](), apply)


def softmax(_: None = None) -> Operation:
    """Turn sums into probabilities, as `linear.softmax` does."""

    def apply(columns: list[Any]) -> Rows:
        tops = list(map(max, *columns)) if len(columns) > 1 else columns[0]
        powers = [array("d", map(math.exp, map(sub, column, tops))) for column in columns]
        totals = list(map(sum, zip(*powers, strict=True)))
        return Rows([array("d", map(truediv, column, totals)) for column in powers])

    return _of_rows(linear.OPERATIONS["softmax"](), apply)


CASTS = {"double": numbers, "float": float32}
"""Conversions of input columns by MLflow's type."""

OPERATIONS: dict[str, Maker] = {
    "checking.finite": finite,
    "checking.finite_rows": finite_rows,
    "checking.numbers": checked_numbers,
    "composing.transposed": transposed,
    "composing.union": union,
    "encoding.looked_up": looked_up,
    "encoding.one_hot": one_hot,
    "imputing.filled": filled,
    "linear.first": first,
    "linear.highest": highest,
    "linear.logistic": logistic,
    "linear.sign": sign,
    "linear.softmax": softmax,
    "linear.sums": sums,
    "scaling.standardized": standardized,
    "scaling.stretched": stretched,
    "trees.float32": lambda _=None: _dense(trees.float32(), lambda columns: list(map(float32, columns))),
    "xgboost_boosters.narrowed": narrowed,
}
