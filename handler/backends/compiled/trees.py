"""Decision trees and sums of them (sklearn.tree, sklearn.ensemble, LightGBM, XGBoost).

A node takes 16 bytes: a threshold (float64), its right child and its column (both int32). A tree's nodes are stored in
preorder: a node's left child follows it; the right child is given as an offset from the node. A row goes left if its
number is at most the threshold. A leaf has right child 0, column 0, and a NaN threshold whose low 32 bits are its index
among the values.

Missing values are replaced in whole columns before a walk, so that walks do not check for them.

`_trees.c` evaluates trees where it was compiled, `trees_in_python.py` elsewhere: same bits, same checks.
"""

import math
import os
from array import array
from collections.abc import Callable
from functools import lru_cache, partial
from importlib import import_module
from itertools import chain
from typing import Any, NamedTuple

from handler.backends.compiled import trees_in_python
from handler.backends.compiled.functions import float32_columns
from handler.backends.compiled.graph import Batch, Operation, RowFunction, rowwise
from handler.errors import BundleError, InvalidValue

try:
    kernel: Any = import_module("handler.backends.compiled._trees")
except ImportError:
    kernel = None


class Trees(NamedTuple):
    """The tables of trees; see `sums`."""

    starts: Any
    outputs: Any
    nodes: Any
    values: Any
    columns: int
    width: int
    views: Any
    sets: Any
    float32: bool


_FEW = 7  # rows for which the kernel reads columns

Adder = Callable[[Batch, Batch], Batch]
"""A function of rows and of the columns that the sums start with; it returns the columns of sums."""


def sums(
    starts: Any,
    outputs: Any,
    nodes: Any,
    values: Any,
    columns: int,
    width: int,
    base: Any,
    views: list[list[int]],
    sets: Any,
    float32: bool,
    covers: dict[str, Any] | None = None,
) -> Operation:
    """Add up the leaves of all trees, in their order: rows to columns.

    Args:
        starts: the first node of each tree, and the end of the last tree.
        outputs: each tree's first output column; two trees share all of their columns or none.
        nodes: two float64 for each node; see above.
        values: `width` numbers for each leaf.
        columns: the length of a row.
        width: the number of values of a leaf.
        base: the start value of each output column, or an operation from rows to start columns.
        views: derived columns, `[column, flags]`; nodes refer to them by indices after the row's own.
        sets: sets of categories, or null. A node that tests a category has its set's index as threshold. A set is its
            number of 32-bit words, then the words: one bit for missing, one for each category, the last for all others.
        float32: whether each sum is rounded to float32.
        covers: where `covers.bin` holds the weight of the training rows in each node, which explanations need.

    Raises:
        BundleError: the tables are inconsistent.
    """
    del covers  # for other readers of the graph
    return Sums(Trees(starts, outputs, nodes, values, columns, width, views, sets, float32), base)


class Sums:
    """The operation `sums`."""

    def __init__(self, trees: Trees, base: Any) -> None:
        self._add = compiled(trees) if kernel else interpreted(trees)
        self._base = base

    def __call__(self, rows: Batch) -> Batch:
        """Return the columns of sums of rows."""
        base = self._base
        return self._add(rows, base(rows) if callable(base) else [[start] * len(rows) for start in base])

    def of_columns(self, narrow: bool) -> Operation:
        """Return the operation on columns, rounded to float32 if `narrow`; rows are not made if there are few."""
        add, base = self._add, self._base

        def apply(columns: Batch) -> Batch:
            return self(list(zip(*(float32_columns(columns) if narrow else columns), strict=True)))

        if not isinstance(add, InKernel) or callable(base):
            return apply
        few, of_one = add.few, [[start] for start in base]

        def apply_to_few(columns: Batch) -> Batch:
            count = len(columns[0])
            if count == 1:
                return few(columns, of_one, narrow)
            return few(columns, [[start] * count for start in base], narrow) if count <= _FEW else apply(columns)

        return apply_to_few


def compiled(trees: Trees) -> Adder:
    """Return the function that adds up leaves in C."""
    try:
        tables = plain(trees)
        handle = kernel.load(*tables._replace(views=array("i", chain.from_iterable(tables.views))))
    except (OverflowError, TypeError, ValueError) as error:
        raise BundleError(f"the bundle's tables of trees are damaged: {error}") from None

    return InKernel(handle)


class InKernel:
    """The function that adds up leaves in C.

    Attributes:
        few: does the same with columns in the place of fewer than eight rows; if the last argument is true, it rounds
            them to float32.
    """

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self.few: Callable[[Batch, Batch, bool], Batch] = partial(kernel.add_few, handle)

    def __call__(self, rows: Batch, started: Batch) -> Batch:
        """Add the leaves of rows, or of `dense.Rows`, to columns."""
        columns = getattr(rows, "columns", None)
        if columns:
            return kernel.add_columns(self._handle, columns, started, threads())  # type: ignore[no-any-return]
        return kernel.add(self._handle, rows, started)  # type: ignore[no-any-return]


@lru_cache
def threads() -> int:
    """Return how many threads a large batch may take: OMP_NUM_THREADS, as for other libraries; by default one."""
    allowed = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, int(allowed)) if allowed.isdecimal() else 1


def interpreted(trees: Trees) -> Adder:
    """Return the function that adds up leaves in Python."""
    try:
        return trees_in_python.adder(*plain(trees))
    except (OverflowError, TypeError, ValueError) as error:
        raise BundleError(f"the bundle's tables of trees are damaged: {error}") from None


def plain(trees: Trees) -> Trees:
    """Convert the tables to the types that evaluators read.

    Raises:
        ValueError: nodes, values or sets have another type.
        OverflowError, TypeError: a table holds values of another type.
    """
    trees = trees._replace(
        starts=array("q", trees.starts), outputs=array("i", trees.outputs), sets=trees.sets or memoryview(array("i"))
    )
    for name, kind in {"nodes": "d", "values": "f" if trees.float32 else "d", "sets": "i"}.items():
        if memoryview(getattr(trees, name)).format != kind:
            raise ValueError(f"{name} have another type")
    if any(len(view) != 2 for view in trees.views):  # noqa: PLR2004 - a column and its flags
        raise ValueError("views do not fit the other tables")
    return trees


def blocks(inner: Operation, size: int) -> Operation:
    """Apply an operation to blocks of `size` rows, to limit memory."""

    def apply(rows: Batch) -> Batch:
        parts = [inner(rows[start : start + size]) for start in range(0, len(rows), size)]
        return [list(chain.from_iterable(column)) for column in zip(*parts, strict=True)]

    return apply


def float32(_: None = None) -> Operation:
    """Round columns to float32."""
    return float32_columns


def sparse_float32(_: None = None) -> RowFunction:
    """Round a sparse row to float32; refuse numbers that overflow."""

    def apply(row: dict[int, float]) -> dict[int, float]:
        rounded = array("f", row.values())
        if not all(map(math.isfinite, rounded)):
            raise InvalidValue("number too large")
        return dict(zip(row, rounded, strict=True))

    return apply


def ones(_: None = None) -> RowFunction:
    """Return a sparse row of ones at the given ascending indices (RandomTreesEmbedding)."""
    return lambda places: dict.fromkeys(map(int, places), 1.0)


def divided(by: float) -> Operation:
    """Divide columns by a number."""
    return lambda columns: [[value / by for value in column] for column in columns]


OPERATIONS = {
    "blocks": blocks,
    "divided": divided,
    "float32": float32,
    "sums": sums,
    **rowwise(ones=ones, sparse_float32=sparse_float32),
}
