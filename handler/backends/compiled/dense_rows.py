"""Operations for large batches on rows: the kernel works on the columns that the rows are made of.

They take the place of operations of the same name, as those of `dense` do.
"""

import math
import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from operator import sub, truediv
from typing import Any

from handler.backends.compiled import checking, composing, linear
from handler.backends.compiled.functions import dot, expit
from handler.backends.compiled.graph import Maker, each
from handler.backends.compiled.trees import kernel

Apply = Callable[[Any], Any]
"""An operation on batches whose columns may be arrays, and whose rows may be `Rows`."""

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


def _of_rows(plain: Apply, apply: Apply) -> Apply:
    """Return an operation that applies to the columns of `Rows`, and the plain one for any others."""

    def choose(rows: Any) -> Any:
        return apply(rows.columns) if isinstance(rows, Rows) else plain(rows)

    return choose


def finite_rows(missing: bool, float32: bool, names: list[str | None] | None = None) -> Apply:
    """Refuse infinite and missing numbers, as `checking.finite_rows` does."""
    plain = each(checking.finite_rows(missing, float32, names))
    limit = checking.FLOAT32_MAX if float32 else sys.float_info.max

    def apply(rows: Any) -> Any:
        good = isinstance(rows, Rows) and all(kernel.refused(column, missing, limit) < 0 for column in rows.columns)
        return rows if good else plain(rows)

    return apply


def union(parts: list[Apply], widths: list[int]) -> Apply:
    """Concatenate the rows that several operations give, as `composing.union` does."""
    del widths

    def apply(batch: Any) -> Any:
        made = [part(batch) for part in parts]
        if all(isinstance(rows, Rows) for rows in made):
            return Rows([column for rows in made for column in rows.columns])
        return reduce(composing.joined, made)

    return apply


def transposed(_: None = None) -> Apply:
    """Transpose columns into rows, or rows into columns, as `composing.transposed` does."""
    plain = composing.transposed()

    def apply(batch: Any) -> Any:
        if isinstance(batch, Rows):
            return batch.columns
        return Rows(batch) if batch and all(isinstance(column, array) for column in batch) else plain(batch)

    return apply


def sums(weights: list[Any], intercepts: Any) -> Apply:
    """Return one weighted sum of a row for each output, as `linear.sums` does."""
    pairs = list(zip(weights, intercepts, strict=True))

    def apply(columns: list[Any]) -> Rows:
        return Rows([_sums(columns, weight, intercept) for weight, intercept in pairs])

    return _of_rows(each(linear.sums(weights, intercepts)), apply)


def _sums(columns: list[Any], weights: Any, intercept: float) -> Any:
    made = array("d", bytes(8 * len(columns[0])))
    kernel.dot(columns, weights, intercept, _EXACT, made)
    if kernel.refused(made, False, sys.float_info.max) >= 0:
        for row, value in enumerate(made):
            if not math.isfinite(value):  # the kernel's errors overflow before the sum does
                made[row] = dot([column[row] for column in columns], weights.tolist()) + intercept
    return made


def first(_: None = None) -> Apply:
    """Return the single value of a row, as `linear.first` does."""
    return _of_rows(each(linear.first()), lambda columns: columns[0])


def sign(classes: list[Any]) -> Apply:
    """Return the second of two labels if the single sum is positive, as `linear.sign` does."""
    plain = each(linear.sign(classes))
    return _of_rows(plain, lambda columns: [classes[value > 0] for value in columns[0]])


def highest(classes: list[Any]) -> Apply:
    """Return the label of the greatest value, as `linear.highest` does."""
    plain = each(linear.highest(classes))
    return _of_rows(plain, lambda columns: list(map(classes.__getitem__, kernel.highest(columns))))


def logistic(_: None = None) -> Apply:
    """Turn one sum into two probabilities, as `linear.logistic` does."""

    def apply(columns: list[Any]) -> Rows:
        second = array("d", map(expit, columns[0]))
        first = second[:]
        kernel.stretch(first, -1.0, 1.0)
        return Rows([first, second])

    return _of_rows(each(linear.logistic()), apply)


def softmax(_: None = None) -> Apply:
    """Turn sums into probabilities, as `linear.softmax` does."""

    def apply(columns: list[Any]) -> Rows:
        tops = list(map(max, *columns)) if len(columns) > 1 else columns[0]
        powers = [array("d", map(math.exp, map(sub, column, tops))) for column in columns]
        totals = list(map(sum, zip(*powers, strict=True)))
        return Rows([array("d", map(truediv, column, totals)) for column in powers])

    return _of_rows(each(linear.softmax()), apply)


MAKERS: dict[str, Maker] = {
    "checking.finite_rows": finite_rows,
    "composing.transposed": transposed,
    "composing.union": union,
    "linear.first": first,
    "linear.highest": highest,
    "linear.logistic": logistic,
    "linear.sign": sign,
    "linear.softmax": softmax,
    "linear.sums": sums,
}
