"""Decision trees and sums of them, whoever grew them (sklearn.tree, sklearn.ensemble, LightGBM, XGBoost).

A node is 16 bytes: a threshold (float64), its right child and its column (int32 both). A tree's nodes lie in preorder:
the left child of a node follows it, the right one is counted from the node itself. A row goes left where its number is
at most the threshold. A leaf has 0 for its right child and its column, and for its threshold NaN, whose low half is its
place among the values.

What libraries do with missing values is done to whole columns before any walk, so that a walk need not ask.

Where `_trees.c` was compiled, it does the same faster, to the same bits.
"""

import math
from array import array
from collections.abc import Callable
from functools import partial
from importlib import import_module
from itertools import chain, pairwise
from typing import Any, NamedTuple

from handler.backends.compiled.functions import float32_columns
from handler.backends.compiled.graph import Batch, Operation, RowFunction, rowwise
from handler.errors import BundleError, InvalidValue

try:
    kernel: Any = import_module("handler.backends.compiled._trees")
except ImportError:
    kernel = None

Walk = Callable[[Any, Batch], list[int]]
"""Of a tree and rows, the place of each row's leaf among the values."""

MISSING_LEFT, ZERO_MISSING, CATEGORIES, MISSING_ZERO = 1, 2, 4, 16
"""What a view does to a column: a missing value is less than any number; zero is missing (LightGBM's zero_as_missing);
numbers are categories; a missing value is zero."""

MANY = 100
"""From so many rows on, it is worth taking a tree out of mapped memory."""

_NEARLY_ZERO = 1.0000000180025095e-35  # LightGBM's kZeroThreshold: 1e-35 in float32
_BEYOND = 2**31


class Trees(NamedTuple):
    """The tables of trees, as `sums` has them."""

    starts: Any
    outputs: Any
    nodes: Any
    values: Any
    columns: int
    width: int
    views: Any
    sets: Any
    float32: bool


Adder = Callable[[Batch, Batch], Batch]
"""Of rows, and of the columns that sums start with, the columns of sums."""


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
) -> Operation:
    """What the trees' leaves add up to, tree after tree: rows to columns.

    Args:
        starts: the first node of each tree, and the end of the last one.
        outputs: of each tree, the first column that its leaves add to; trees share all of their columns or none.
        nodes: of each node, two float64; see above.
        values: of each leaf, `width` numbers.
        columns: how many numbers a row has.
        width: how many numbers a leaf has.
        base: what each column starts with, or the operation, of rows to columns, that says so.
        views: columns made of the row's own, `[column, flags above]`; nodes count them after the row's.
        sets: sets of categories, whose places are the thresholds of nodes that look at categories: each the number of
            words, then so many of 32 bits: the missing value's, the categories', the last one for all others; or null.
        float32: whether each sum is rounded to float32.

    Raises:
        BundleError: the tables do not fit each other. The evaluator in Python does not look: nothing harms it.
    """
    trees = Trees(starts, outputs, nodes, values, columns, width, views, sets, float32)
    add = compiled(trees) if kernel else interpreted(trees)

    def apply(rows: Batch) -> Batch:
        return add(rows, base(rows) if callable(base) else [[start] * len(rows) for start in base])

    return apply


def compiled(trees: Trees) -> Adder:
    """What adds up leaves, in C."""
    try:
        tables = trees._replace(
            starts=array("q", trees.starts),
            outputs=array("i", trees.outputs),
            views=array("i", chain.from_iterable(trees.views)),
            sets=trees.sets or b"",
        )
        return partial(kernel.add, kernel.load(*tables))
    except (OverflowError, TypeError, ValueError) as error:
        raise BundleError(f"the bundle's tables of trees are damaged: {error}") from None


def interpreted(trees: Trees) -> Adder:
    """The same in Python."""
    starts, outputs, nodes, values, columns, width, views, sets, float32 = trees
    whole = nodes.cast("B").cast("i")
    listed = [
        (nodes[2 * start : 2 * end : 2], *(whole[4 * start + half : 4 * end : 4] for half in (2, 3, 0)))
        for start, end in pairwise(starts)
    ]
    leaves = [values[place::width] for place in range(width)]
    walk = _chosen(columns, views, _bits(sets)) if sets else _walk
    rounded: Any = partial(array, "f") if float32 else list

    def add(rows: Batch, started: Batch) -> Batch:
        totals = [rounded(column) for column in started]
        many = len(rows) >= MANY
        rows = _extended(rows, views) if views else rows
        for tree, output in zip(listed, outputs, strict=True):
            places = walk(tuple(part.tolist() for part in tree) if many else tree, rows)
            for total, numbers in zip(totals[output : output + width], leaves, strict=True):
                for row, place in enumerate(places):
                    total[row] += numbers[place]
        return [list(total) for total in totals]

    return add


def _bits(sets: Any) -> dict[float, int]:
    """The sets of categories, by their place."""
    bits = {}
    start = 0
    while start < len(sets):
        end = start + 1 + sets[start]
        bits[float(start)] = int.from_bytes(sets[start + 1 : end].tobytes(), "little", signed=True)
        start = end
    return bits


def _walk(tree: Any, rows: Batch) -> list[int]:
    """The leaf of each row."""
    thresholds, rights, columns, leaves = tree
    places = []
    for row in rows:
        node = 0
        while right := rights[node]:
            node += 1 if row[columns[node]] <= thresholds[node] else right
        places.append(leaves[node])
    return places


def _chosen(first: int, views: list[list[int]], bits: dict[float, int]) -> Walk:
    """The same where some nodes look at categories: those whose bit is set go left."""
    categories = frozenset(index for index, (_, flags) in enumerate(views, first) if flags & CATEGORIES)

    def walk(tree: Any, rows: Batch) -> list[int]:
        thresholds, rights, columns, leaves = tree
        places = []
        for row in rows:
            node = 0
            while right := rights[node]:
                column = columns[node]
                if column in categories:
                    node += 1 if bits[thresholds[node]] >> row[column] & 1 else right
                else:
                    node += 1 if row[column] <= thresholds[node] else right
            places.append(leaves[node])
        return places

    return walk


def _extended(rows: Batch, views: list[list[int]]) -> Batch:
    """The rows with their views after their own numbers."""
    columns = list(zip(*rows, strict=True))
    return list(zip(*columns, *(_view(columns[column], flags) for column, flags in views), strict=True))


def _view(column: Any, flags: int) -> Any:
    """A column as some nodes see it; categories as their bit's number in a set."""
    if flags & ZERO_MISSING:
        column = [math.nan if abs(value) <= _NEARLY_ZERO else value for value in column]
    if flags & MISSING_ZERO:
        column = [0.0 if math.isnan(value) else value for value in column]
    if flags & CATEGORIES:
        return [_bit(value) for value in column]
    if flags & MISSING_LEFT and math.isnan(sum(column)):
        return [-math.inf if math.isnan(value) else value for value in column]
    return column


def _bit(category: float) -> int:
    if math.isnan(category):
        return 0
    return int(category) + 1 if 0 <= category < _BEYOND else _BEYOND


def blocks(inner: Operation, size: int) -> Operation:
    """The columns that an operation makes of a batch, so many rows at a time: rows that take much memory."""

    def apply(rows: Batch) -> Batch:
        parts = [inner(rows[start : start + size]) for start in range(0, len(rows), size)]
        return [list(chain.from_iterable(column)) for column in zip(*parts, strict=True)]

    return apply


def float32(_: None = None) -> Operation:
    """Columns rounded to float32."""
    return float32_columns


def sparse_float32(_: None = None) -> RowFunction:
    """A sparse row rounded to float32, in which large numbers become infinite: they are refused."""

    def apply(row: dict[int, float]) -> dict[int, float]:
        rounded = array("f", row.values())
        if not all(map(math.isfinite, rounded)):
            raise InvalidValue("the model takes no number that large")
        return dict(zip(row, rounded, strict=True))

    return apply


def ones(_: None = None) -> RowFunction:
    """A sparse row with ones in the given places, ascending (RandomTreesEmbedding)."""
    return lambda places: dict.fromkeys(map(int, places), 1.0)


def divided(by: float) -> Operation:
    """Columns divided by a number."""
    return lambda columns: [[value / by for value in column] for column in columns]


OPERATIONS = {
    "blocks": blocks,
    "divided": divided,
    "float32": float32,
    "sums": sums,
    **rowwise(ones=ones, sparse_float32=sparse_float32),
}
