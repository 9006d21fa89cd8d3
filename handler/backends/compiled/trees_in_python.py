"""Evaluate the tables of trees, described in `trees.py`, in pure Python."""

import math
from array import array
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

from handler.backends.compiled.graph import Batch

Walk = Callable[[Any, Batch], list[int]]
"""A function of a tree and rows that returns the index of each row's leaf among the values."""

MISSING_LEFT, ZERO_MISSING, CATEGORIES, MISSING_ZERO = 1, 2, 4, 16
"""Flags of a view: missing sorts below any number; zero counts as missing (LightGBM's zero_as_missing); numbers are
categories; missing counts as zero."""

MANY = 100
"""From this number of rows on, a tree is copied out of the mapped file."""

_NEARLY_ZERO = 1.0000000180025095e-35  # LightGBM's kZeroThreshold: 1e-35 in float32
_BEYOND = 2**31  # just above the greatest int32


def adder(
    starts: Any,
    outputs: Any,
    nodes: Any,
    values: Any,
    columns: int,
    width: int,
    views: list[list[int]],
    sets: Any,
    float32: bool,
) -> Callable[[Batch, Batch], Batch]:
    """Check the tables and return the function that adds up leaves.

    Raises:
        ValueError: a table does not fit the others; names it.
    """
    check_shapes(starts, outputs, nodes, values, columns, width, views)
    bits = read_sets(sets)
    whole = memoryview(nodes).cast("B").cast("i")
    trees = [
        (nodes[2 * start : 2 * end : 2], *(whole[4 * start + half : 4 * end : 4] for half in (2, 3, 0)))
        for start, end in pairwise(starts)
    ]
    categories = frozenset(index for index, (_, flags) in enumerate(views, columns) if flags & CATEGORIES)
    for index, tree in enumerate(trees):
        check_nodes(index, tree, columns + len(views), len(values) // width, categories, bits)
    leaves = [values[place::width] for place in range(width)]
    walk: Walk = partial(_walk_categories, categories, bits) if categories else _walk
    rounded: Any = partial(array, "f") if float32 else list

    def add(rows: Batch, started: Batch) -> Batch:
        totals = [rounded(column) for column in started]
        many = len(rows) >= MANY
        rows = with_views(rows, views) if views else rows
        for tree, output in zip(trees, outputs, strict=True):
            places = walk(tuple(part.tolist() for part in tree) if many else tree, rows)
            for total, numbers in zip(totals[output : output + width], leaves, strict=True):
                for row, place in enumerate(places):
                    total[row] += numbers[place]
        return [list(total) for total in totals]

    return add


def check_shapes(
    starts: Any, outputs: Any, nodes: Any, values: Any, columns: int, width: int, views: list[list[int]]
) -> None:
    """Check the lengths of the tables.

    Raises:
        ValueError: a table does not fit the others; names it.
    """
    ends = [0, *starts, len(nodes) // 2]
    wrong = {
        "nodes": len(nodes) % 2,
        "starts": len(starts) != len(outputs) + 1
        or not all(0 <= start < end <= ends[-1] for start, end in pairwise(starts)),
        "columns": not 1 <= columns < _BEYOND - len(views),
        "values": not 1 <= width < _BEYOND or len(values) % width,
        "views": not all(0 <= column < columns and -_BEYOND <= flags < _BEYOND for column, flags in views),
        "outputs": min(outputs, default=0) < 0,
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise ValueError(f"{name} do not fit the other tables")


def read_sets(sets: Any) -> dict[float, int]:
    """Return each set of categories as an integer of bits, by its index.

    Raises:
        ValueError: a set is empty or reaches beyond the table.
    """
    bits = {}
    start = 0
    while start < len(sets):
        end = start + 1 + sets[start]
        if not start + 1 < end <= len(sets):
            raise ValueError("sets do not fit the other tables")
        bits[float(start)] = int.from_bytes(sets[start + 1 : end].tobytes(), "little", signed=True)
        start = end
    return bits


def check_nodes(
    index: int, tree: Any, row_width: int, leaf_count: int, categories: frozenset[int], sets: dict[float, int]
) -> None:
    """Check that each node's children come after it in its tree, and that its column, set or leaf exists.

    Raises:
        ValueError: a node fails the check; names it.
    """
    thresholds, rights, columns, leaves = (part.tolist() for part in tree)
    count = len(rights)
    for node, (threshold, right, column, place) in enumerate(zip(thresholds, rights, columns, leaves, strict=True)):
        if right:
            good = 1 < right < count - node and 0 <= column < row_width
            good = good and (column not in categories or threshold in sets)
        else:
            good = math.isnan(threshold) and 0 <= place < leaf_count and not column
        if not good:
            raise ValueError(f"node {node} of tree {index} leads outside of them")


def _walk(tree: Any, rows: Batch) -> list[int]:
    """Return the leaf of each row."""
    thresholds, rights, columns, leaves = tree
    places = []
    for row in rows:
        node = 0
        while right := rights[node]:
            node += 1 if row[columns[node]] <= thresholds[node] else right
        places.append(leaves[node])
    return places


def _walk_categories(categories: frozenset[int], sets: dict[float, int], tree: Any, rows: Batch) -> list[int]:
    """Return the leaf of each row where some nodes test categories: a set bit goes left."""
    thresholds, rights, columns, leaves = tree
    places = []
    for row in rows:
        node = 0
        while right := rights[node]:
            column = columns[node]
            if column in categories:
                node += 1 if sets[thresholds[node]] >> row[column] & 1 else right
            else:
                node += 1 if row[column] <= thresholds[node] else right
        places.append(leaves[node])
    return places


def with_views(rows: Batch, views: list[list[int]]) -> Batch:
    """Append the views to the rows."""
    columns = list(zip(*rows, strict=True))
    return list(zip(*columns, *(_view(columns[column], flags) for column, flags in views), strict=True))


def _view(column: Any, flags: int) -> Any:
    """Return a view of a column; categories become bit numbers of sets."""
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
