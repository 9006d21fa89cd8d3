"""Turn CatBoost's symmetric trees into trees of nodes, which explanations walk."""

from array import array
from itertools import accumulate
from typing import Any, NamedTuple

from handler.backends.compiled.trees import Trees

_LEAF = 0x7FF8 << 48  # the bits of NaN


class _Place(NamedTuple):
    """A node's place in a symmetric tree: its level, and the leaves below it."""

    level: int
    first: int
    end: int


def as_nodes(arguments: dict[str, Any], weights: Any) -> tuple[Trees, Any]:
    """Return the tables of `trees.sums` for those of `catboost.sums`, and the cover of each node.

    The test of the highest bit of a leaf's number becomes the root, so that leaves keep their order.

    Args:
        arguments: the arguments of `catboost.sums`.
        weights: the weight of the training rows in each leaf, float64.
    """
    shapes = {depth: _places(depth) for depth in set(arguments["depths"])}
    splits, nodes, covers, starts = arguments["splits"], bytearray(), array("d"), array("q", [0])
    split = leaf = 0
    for depth in arguments["depths"]:
        below = [0.0, *accumulate(weights[leaf : leaf + (1 << depth)])]
        for level, first, end in shapes[depth]:
            covers.append(below[end] - below[first])
            if level == depth:
                nodes += (_LEAF + leaf + first).to_bytes(8, "little") + bytes(8)
                continue
            column, least = splits[2 * (split + depth - 1 - level) :][:2]
            nodes += array("d", [least - 1]).tobytes() + array("i", [1 << depth - level, column]).tobytes()
        split, leaf = split + depth, leaf + (1 << depth)
        starts.append(len(nodes) // 16)
    outputs = array("i", [0]) * len(arguments["depths"])
    rows = {"columns": arguments["columns"], "views": [], "sets": None, "float32": False}
    table = memoryview(bytes(nodes)).cast("d")
    return Trees(starts, outputs, table, values=arguments["leaves"], width=arguments["width"], **rows), covers


def _places(depth: int, level: int = 0, first: int = 0) -> list[_Place]:
    """Return the places of the nodes of a tree, in preorder."""
    half = 1 << depth - level >> 1
    own = _Place(level, first, first + (1 << depth - level))
    return [own, *_places(depth, level + 1, first), *_places(depth, level + 1, first + half)] if half else [own]
