"""Explain sums of trees in pure Python, as `_explain.h` does in C."""

from collections.abc import Callable
from typing import Any

from handler.backends.compiled import trees_in_python as evaluator
from handler.backends.compiled.graph import Batch
from handler.backends.compiled.trees import Trees

DEEPEST = 500
"""Levels of a tree: each one is a call."""

State = tuple[float, float]
"""Whether a row passes all tests of a player on the path, 1 or 0, and the share of the training rows that do."""


class _Tables:
    """The tables of trees, for one node at a time.

    Raises:
        ValueError: a table does not fit the others; names it.
    """

    def __init__(self, tables: Trees, covers: Any, players: list[int], count: int) -> None:
        evaluator.adder(*tables)  # checks them
        if len(players) != tables.columns + len(tables.views) or not all(0 <= player < count for player in players):
            raise ValueError("players do not fit the other tables")
        if len(covers) != len(tables.nodes) // 2 or not all(0.0 <= cover < float("inf") for cover in covers):
            raise ValueError("covers do not fit the other tables")
        whole = memoryview(tables.nodes).cast("B").cast("i")
        self.thresholds, self.rights = tables.nodes[::2].tolist(), whole[2::4].tolist()
        self.columns, self.leaves = whole[3::4].tolist(), whole[::4].tolist()
        self.values, self.width = tables.values, tables.width
        self.covers, self.players = covers, players
        self.sets = evaluator.read_sets(tables.sets)
        kinds = enumerate(tables.views, tables.columns)
        self.categories = frozenset(index for index, (_, flags) in kinds if flags & evaluator.CATEGORIES)

    def leaf(self, node: int) -> Any:
        """Return the values of a leaf, one for each output."""
        return self.values[self.leaves[node] * self.width : (self.leaves[node] + 1) * self.width]

    def children(self, node: int) -> list[tuple[int, float]]:
        """Return both children of a node, each with its share of the node's training rows."""
        cover = self.covers[node]
        pair = node + 1, node + self.rights[node]
        return [(child, self.covers[child] / cover if cover > 0.0 else 0.0) for child in pair]

    def goes_left(self, node: int, row: Any) -> bool:
        """Return whether a row passes the test of a node."""
        column = self.columns[node]
        if column in self.categories:
            return bool(self.sets[self.thresholds[node]] >> row[column] & 1)
        passes: bool = row[column] <= self.thresholds[node]
        return passes

    def survey(self, node: int, path: tuple[int, ...], part: float, means: list[float]) -> int:
        """Add a node's part of the training rows times its value to the means; return the most players on a path."""
        if len(path) > DEEPEST:
            raise ValueError("levels do not fit the other tables")
        if not self.rights[node]:
            for out, value in enumerate(self.leaf(node)):
                means[out] += part * value
            return len(set(path))
        path = (*path, self.players[self.columns[node]])
        return max(self.survey(child, path, part * share, means) for child, share in self.children(node))


def explainer(
    tables: Trees, covers: Any, players: list[int], count: int, quadrature: Any
) -> tuple[list[float], Callable[[Batch], Batch]]:
    """Check the tables; return the means and the function from rows to columns of contributions, as `trees.explainer`.

    Raises:
        ValueError: a table does not fit the others; names it.
    """
    known = _Tables(tables, covers, players, count)
    roots, outputs, width = tables.starts[:-1], tables.outputs, tables.width
    totals = [0.0] * (max(outputs, default=-width) + width)
    points = []
    for root, output in zip(roots, outputs, strict=True):
        own = [0.0] * width
        points.append(_points(quadrature, (known.survey(root, (), 1.0, own) + 3) // 4))
        totals[output : output + width] = map(sum, zip(totals[output : output + width], own, strict=True))

    def explain(rows: Batch) -> Batch:
        found = []
        for row in evaluator.with_views(rows, tables.views):
            contributions = [[0.0] * count for _ in totals]
            for root, output, (times, weights) in zip(roots, outputs, points, strict=True):
                _explain(known, row, times, root, weights, {}, contributions[output : output + width])
            found.append([value for of_output in contributions for value in of_output])
        return [list(column) for column in zip(*found, strict=True)]

    return totals, explain


def _points(quadrature: Any, pairs: int) -> tuple[Any, Any]:
    """Return the points and weights of some pairs."""
    start = 3 * pairs * (pairs - 1)
    return quadrature[start : start + 2 * pairs], quadrature[start + 4 * pairs : start + 6 * pairs]


def _explain(
    tables: _Tables, row: Any, times: Any, node: int, products: Any, states: dict[int, State], contributions: Any
) -> list[list[float]]:
    """Add the contributions below a node; return the sums of its leaves for each output, times the factors below."""
    if not tables.rights[node]:
        return [[value] * len(times) for value in tables.leaf(node)]
    sums = [[0.0] * len(times) for _ in range(tables.width)]
    player = tables.players[tables.columns[node]]
    known = states.get(player)
    passes, share = known or (1.0, 1.0)
    left = tables.goes_left(node, row)
    for child, part in tables.children(node):
        now = (passes if left == (child == node + 1) else 0.0), share * part
        if now == (0.0, 0.0):
            continue  # no training row, and not this one
        gain = now[0] - now[1]
        factors = [now[0] * time + now[1] * (1.0 - time) for time in times]
        weights = [product * gain for product in products]
        if known:  # the factor of the tests above is replaced, and so is their contribution
            above = [1.0 / (passes * time + share * (1.0 - time)) for time in times]
            factors = [factor * other for factor, other in zip(factors, above, strict=True)]
            weights = [
                product * other * (gain - factor * (passes - share))
                for product, other, factor in zip(products, above, factors, strict=True)
            ]
        inner = [product * factor for product, factor in zip(products, factors, strict=True)]
        below = _explain(tables, row, times, child, inner, {**states, player: now}, contributions)
        for out, numbers in enumerate(below):
            contributions[out][player] += sum(map(float.__mul__, weights, numbers))
            sums[out] = [
                total + factor * number for total, factor, number in zip(sums[out], factors, numbers, strict=True)
            ]
    return sums
