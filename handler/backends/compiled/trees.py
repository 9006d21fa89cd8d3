"""Decision trees and sums of them, whoever grew them (sklearn.tree, sklearn.ensemble, LightGBM, XGBoost).

A node is 16 bytes: a threshold (float64), its right child and its column (int32 both). A tree's nodes lie in preorder:
the left child of node i is i + 1, the right one is counted from the tree's root. A row goes left where its number is at
most the threshold. A leaf has 0 for its right child, and its place among the values for its column.

What libraries do with missing values is done to whole columns before any walk, so that a walk need not ask.
"""

import math
from array import array
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, pairwise
from operator import add
from typing import Any

from handler.backends.compiled.bitwise import Leaves, prepare
from handler.backends.compiled.graph import Batch, Operation, RowFunction, rowwise
from handler.errors import InvalidValue

Walk = Callable[[list[Any], Batch], list[int]]
"""Of trees and rows, the place of each row's leaf in each tree, tree after tree."""

Finder = Callable[[int, Batch], Iterator[tuple[list[int] | None, list[int]]]]
"""Of a group's trees, one after the other: the places of the leaves, and of each row which of them, counted from 1, is
its own; or None and the place itself."""

MISSING_LEFT, ZERO_MISSING, CATEGORIES, MISSING_ZERO = 1, 2, 4, 16
"""What a view does to a column: a missing value is less than any number; zero is missing (LightGBM's zero_as_missing);
numbers are categories; a missing value is zero."""

MANY = 100
"""From so many rows on, it is worth preparing the trees."""

_NEARLY_ZERO = 1.0000000180025095e-35  # LightGBM's kZeroThreshold: 1e-35 in float32
_BEYOND = 2**31


def sums(
    starts: Any,
    outputs: Any,
    nodes: Any,
    values: Any,
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
        width: how many numbers a leaf has.
        base: what each column starts with, or the operation, of rows to columns, that says so.
        views: columns made of the row's own, `[column, flags above]`; nodes count them after the row's.
        sets: sets of categories, whose places are the thresholds of nodes that look at categories: each the number of
            words, then so many of 32 bits: the missing value's, the categories', the last one for all others; or null.
        float32: whether each sum is rounded to float32.
    """
    whole = nodes.cast("B").cast("i")
    groups: dict[int, list[Any]] = {}
    for (start, end), output in zip(pairwise(starts), outputs, strict=True):
        tree = nodes[2 * start : 2 * end : 2], whole[4 * start + 2 : 4 * end : 4], whole[4 * start + 3 : 4 * end : 4]
        groups.setdefault(output, []).append(tree)
    leaves = [values[place::width] for place in range(width)]
    bits = _bits(sets) if sets else {}
    walk = _chosen(views, bits) if sets else _walk
    rounded: Any = partial(array, "f") if float32 else list
    find = _finder(groups, walk, bits, views)

    def apply(rows: Batch) -> Batch:
        started = base(rows) if callable(base) else [[start] * len(rows) for start in base]
        totals = [rounded(column) for column in started]
        rows = _extended(rows, views) if views else rows
        for output, trees in groups.items():
            columns = range(output, output + width)
            if len(rows) < MANY:
                places = walk(trees, rows)
                for column, numbers in zip(columns, leaves, strict=True):
                    _add_each(totals[column], numbers, places)
                continue
            for own, positions in find(output, rows):
                for column, numbers in zip(columns, leaves, strict=True):
                    listed = [0.0, *map(numbers.__getitem__, own)] if own is not None else numbers
                    totals[column] = rounded(map(add, totals[column], map(listed.__getitem__, positions)))
        return [list(total) for total in totals]

    return apply


def _finder(groups: dict[int, list[Any]], walk: Walk, bits: dict[float, int], views: list[list[int]]) -> Finder:
    """What finds the leaves of many rows: bit by bit where that can be prepared, else by walking."""
    known: dict[int, list[Leaves] | None] = {}

    def find(output: int, rows: Batch) -> Iterator[tuple[list[int] | None, list[int]]]:
        trees = groups[output]
        if output not in known:
            known[output] = prepare(list(map(_listed, trees)), bits, _categories(views, rows))
        if parts := known[output]:
            columns = list(zip(*rows, strict=True))
            return chain.from_iterable(part.find(columns) for part in parts)
        return ((None, walk([_listed(tree)], rows)) for tree in trees)

    return find


def _listed(tree: Any) -> Any:
    """A tree as lists, which are faster than mapped memory."""
    return tuple(part.tolist() for part in tree)


def _categories(views: list[list[int]], rows: Batch) -> frozenset[int]:
    """The columns of extended rows that hold categories."""
    first = len(rows[0]) - len(views)
    return frozenset(index for index, (_, flags) in enumerate(views, first) if flags & CATEGORIES)


def _bits(sets: Any) -> dict[float, int]:
    """The sets of categories, by their place."""
    bits = {}
    start = 0
    while start < len(sets):
        end = start + 1 + sets[start]
        bits[float(start)] = int.from_bytes(sets[start + 1 : end].tobytes(), "little", signed=True)
        start = end
    return bits


def _add_each(total: Any, numbers: Any, places: list[int]) -> None:
    """Add up one row after the other, which is faster for few rows."""
    count = len(total)
    for index in range(count):
        for place in places[index::count]:
            total[index] += numbers[place]


def _walk(trees: list[Any], rows: Batch) -> list[int]:
    """The leaf of each row in each tree, tree after tree, as its place among the values."""
    places = []
    for thresholds, rights, columns in trees:
        for row in rows:
            node = 0
            while right := rights[node]:
                node = node + 1 if row[columns[node]] <= thresholds[node] else right
            places.append(columns[node])
    return places


def _chosen(views: list[list[int]], bits: dict[float, int]) -> Walk:
    """The same where some nodes look at categories: those whose bit is set go left."""

    def walk(trees: list[Any], rows: Batch) -> list[int]:
        categories = _categories(views, rows)
        places = []
        for thresholds, rights, columns in trees:
            for row in rows:
                node = 0
                while right := rights[node]:
                    column = columns[node]
                    if column in categories:
                        node = node + 1 if bits[thresholds[node]] >> row[column] & 1 else right
                    else:
                        node = node + 1 if row[column] <= thresholds[node] else right
                places.append(columns[node])
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
    return lambda columns: [array("f", column).tolist() for column in columns]


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
