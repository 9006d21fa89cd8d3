"""CatBoost's trees, from its own file: symmetric ones, whose nodes of a level test the same, and others."""

from __future__ import annotations

from typing import Any

from .catboost_bins import Bins
from .flatbuffer import Table
from .forest import Forest
from .forms import Rows, Tables


def leaves(trees: Table, bins: Bins, tables: Tables) -> list[dict[str, Any]]:
    """Return the operations that add up the leaves of all trees, from columns of bins to columns of numbers."""
    return (asymmetric if len(trees.vector(10, 4)) else symmetric)(trees, bins, tables)


def symmetric(trees: Table, bins: Bins, tables: Tables) -> list[dict[str, Any]]:
    """Return the operation that adds up the leaves of symmetric trees."""
    import numpy as np

    depths, weights = trees.array(2, "<i4"), trees.array(9, "<f8")
    known = len(weights) == (1 << depths).sum()
    added = {
        "op": "catboost.sums",
        "depths": tables.add_as(depths, "<i4"),
        "splits": tables.add_as([bins.tests[split] for split in trees.array(1, "<i4")], "<i4"),
        "leaves": tables.add_as(trees.array(8, "<f8"), "<f8"),
        "columns": bins.width,
        "width": trees.number(0),
        "covers": tables.add_covers(np.split(weights, np.cumsum(1 << depths)[:-1])) if known else None,
    }
    return [added]


def asymmetric(trees: Table, bins: Bins, tables: Tables) -> list[dict[str, Any]]:
    """Return the operations that add up the leaves of other trees."""
    width = trees.number(0)
    forest = Forest(width)
    for start, size in zip(trees.array(3, "<i4").tolist(), trees.array(2, "<i4").tolist()):
        add_tree(forest, trees, start, size, bins.tests)
    added = forest.operation(Rows(bins.width, "rows"), tables, [0.0] * width)
    return [{"op": "catboost.rows", "width": bins.width}, added]


def add_tree(forest: Forest, trees: Table, start: int, size: int, tests: list[tuple[int, int]]) -> None:
    """Add a tree: a bin goes right if it passes the test.

    A node says how far away its children are. On a side without a child, the node itself is the leaf.
    """
    import numpy as np

    nodes = slice(start, start + size)
    steps = trees.array(10, [("left", "<u2"), ("right", "<u2")])[nodes]
    inner = (steps["left"] > 0) | (steps["right"] > 0)
    alone = [np.flatnonzero(inner & (steps[side] == 0)) for side in ("left", "right")]
    added = np.concatenate(alone)
    none = np.full(len(added), -1)
    left, right = (np.append(np.where(inner, np.arange(size) + steps[side], -1), none) for side in ("left", "right"))
    left[alone[0]] = size + np.arange(len(alone[0]))
    right[alone[1]] = size + len(alone[0]) + np.arange(len(alone[1]))
    tested = zip(trees.array(1, "<i4")[nodes].tolist(), inner)
    found = [tests[split] if is_inner else (0, 0) for split, is_inner in tested] + [(0, 0)] * len(added)
    places = trees.array(11, "<u4")[nodes].astype("i8")
    places = np.append(np.where(inner, 0, places), places[added])
    weights = trees.array(9, "<f8")
    covers = weights[places // forest.width] if len(weights) else None
    if covers is not None:
        for place in np.flatnonzero(inner)[::-1]:  # children come after their parents
            covers[place] = covers[left[place]] + covers[right[place]]
    values = trees.array(8, "<f8")[places[:, None] + np.arange(forest.width)]
    tested_columns, least = zip(*found)
    forest.add(left, right, tested_columns, np.array(least) - 1.0, values, covers=covers)
