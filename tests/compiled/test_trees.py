"""Tables of trees give the same leaves as a naive walk."""

import json
import math
import struct
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import lightgbm
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handler.backends.compiled import graph

MISSING_LEFT, ZERO_MISSING, CATEGORIES, UNKNOWN_LEFT, MISSING_ZERO = 1, 2, 4, 8, 16
WIDTH = 3
NAN = 0x7FF80000

EDGES = [math.nan, -math.inf, math.inf, 0.0, -0.0, 1e-36, 0.5, 1.0, 3.0, 31.0, 32.0, 69.0, 70.0, -1.0, 1e300]
VALUES = st.sampled_from(EDGES)


class Split(NamedTuple):
    """A column, what goes left of it (a threshold or a set of categories), flags, and two subtrees."""

    feature: int
    left: Any
    flags: int
    low: Any
    high: Any


LEAVES = st.tuples(st.floats(-10, 10), st.floats(-10, 10))
COLUMNS = st.integers(0, WIDTH - 1)
FLAGS = st.sampled_from([0, MISSING_LEFT, ZERO_MISSING, ZERO_MISSING | MISSING_LEFT, MISSING_ZERO])
TREES = st.recursive(
    LEAVES,
    lambda trees: st.one_of(
        st.builds(Split, COLUMNS, VALUES.filter(lambda value: value == value), FLAGS, trees, trees),  # noqa: PLR0124
        st.builds(
            Split,
            COLUMNS,
            st.frozensets(st.sampled_from([0, 1, 3, 31, 32, 69])),
            st.sampled_from([0, MISSING_LEFT, UNKNOWN_LEFT, MISSING_LEFT | UNKNOWN_LEFT]),
            trees,
            trees,
        ),
    ),
    max_leaves=12,
)


def goes_left(split: Split, value: float) -> bool:
    """Return whether a split sends a number left, step by step."""
    if split.flags & ZERO_MISSING and abs(value) <= 1e-35:
        value = math.nan
    if split.flags & MISSING_ZERO and math.isnan(value):
        value = 0.0
    if math.isnan(value):
        return bool(split.flags & MISSING_LEFT)
    if isinstance(split.left, frozenset):
        known = 32 * (max(split.left, default=-1) // 32 + 1)
        return int(value) in split.left if 0 <= value < known else bool(split.flags & UNKNOWN_LEFT)
    return bool(value <= split.left)


def leaf(tree: Any, row: tuple[float, ...]) -> tuple[float, float]:
    """The leaf that a row gets to, step by step."""
    while isinstance(tree, Split):
        tree = tree.low if goes_left(tree, row[tree.feature]) else tree.high
    return tree  # type: ignore[no-any-return]


def grow(forest: Any, tree: Any, *, depth_first: bool) -> None:
    """Add a tree, its nodes in one order or the other."""
    nodes: list[Any] = []
    children: list[list[int]] = []
    waiting = [(tree, -1)]
    while waiting:
        node, parent = waiting.pop(-1 if depth_first else 0)
        if parent >= 0:
            children[parent].append(len(nodes))
        sides = [(node.low, len(nodes)), (node.high, len(nodes))] if isinstance(node, Split) else []
        waiting += reversed(sides) if depth_first else sides
        nodes.append(node)
        children.append([])
    splits = [node if isinstance(node, Split) else Split(-2, -2.0, 0, None, None) for node in nodes]
    sets = [isinstance(node.left, frozenset) for node in splits]
    forest.add(
        [first for first, _ in (pair or (-1, -1) for pair in children)],
        [second for _, second in (pair or (-1, -1) for pair in children)],
        [node.feature for node in splits],
        [
            forest.categories(node.feature, set(node.left), node.flags) if chosen else node.left
            for node, chosen in zip(splits, sets, strict=True)
        ],
        [(0.0, 0.0) if isinstance(node, Split) else node for node in nodes],
        [node.flags | (CATEGORIES if chosen else 0) for node, chosen in zip(splits, sets, strict=True)],
    )


def linked(forest: Any, folder: Path, **options: Any) -> Any:
    """The function of a batch that a forest is."""
    from exporters.forms import Rows, Tables

    tables = Tables()
    root = forest.operation(Rows(WIDTH), tables, [0.25, -1.0], **options)
    (folder / "graph.json").write_text(json.dumps({"tables": tables.described, "root": root}))
    (folder / "arrays.bin").write_bytes(tables.data)
    return graph.Links(lambda name: (folder / name).read_bytes()).answer


@pytest.mark.parametrize("float32", [False, True])
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    trees=st.lists(TREES, min_size=1, max_size=4),
    rows=st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1),
    depth_first=st.booleans(),
)
def test_sums(tmp_path: Path, float32: bool, trees: list[Any], rows: list[Any], depth_first: bool) -> None:
    """Leaves are found and added up tree after tree, for few rows and for many, whatever the order of nodes was."""
    from exporters.forest import Forest

    forest = Forest(2)
    for tree in trees:
        grow(forest, tree, depth_first=depth_first)
    operation = linked(forest, tmp_path, float32=float32)
    expected = [array("f" if float32 else "d", [0.25, -1.0]) for _ in rows]
    for total, row in zip(expected, rows, strict=True):
        for tree in trees:
            for place, value in enumerate(leaf(tree, row)):
                total[place] += array("f", [value])[0] if float32 else value
    columns = [list(column) for column in zip(*expected, strict=True)]
    assert columns == operation(rows)
    assert [column * 200 for column in columns] == operation(rows * 200)


@pytest.mark.parametrize("options", [{"objective": "regression"}, {"objective": "multiclass", "num_class": 3}])
def test_one_row_again_and_again(options: dict[str, Any], compiled: Callable[..., Any]) -> None:
    """A row has the same sums in the first request as in the thousandth, when the kernel has tables for single rows."""
    numbers = np.random.default_rng(3).normal(size=(300, 3))
    data = lightgbm.Dataset(numbers, np.digitize(numbers.sum(axis=1), [-1, 1]))
    model = lightgbm.train({**options, "verbose": -1, "num_threads": 1}, data, num_boost_round=70)
    frame = pd.DataFrame(numbers[:8], columns=list("abc"))
    served, expected = compiled(model, frame), model.predict(frame).tolist()
    for index, row in enumerate(frame.to_dict(orient="records") * 130):
        [found] = served.predict({name: [value] for name, value in row.items()}, {})
        assert expected[index % 8] == (list(found) if isinstance(found, tuple) else found)


def test_nodes_in_preorder() -> None:
    """A left child follows its parent, a right one is where its parent says, and a leaf says where its values are."""
    from exporters.forest import Forest

    forest = Forest()
    forest.add([1, 3, -1, -1, -1], [2, 4, -1, -1, -1], [5, 6, -2, -2, -2], [0.5, 1.5, 0, 0, 0], [0, 0, 1, 2, 3])
    from exporters.forms import Rows, Tables

    tables = Tables()
    forest.operation(Rows(7), tables, [0.0])
    table = tables.described[2]
    data = tables.data[table["start"] : table["start"] + 80]
    nodes = list(struct.iter_unpack("<dii", data))
    assert [(0.5, 4, 5), (1.5, 2, 6)] == nodes[:2]
    assert [(place, NAN, 0, 0) for place in (1, 2, 0)] == list(struct.iter_unpack("<iiii", data))[2:]
