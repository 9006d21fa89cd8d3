"""Collect trees of any library into the tables that `handler.backends.compiled.trees` evaluates."""

from __future__ import annotations

from typing import Any

from .forms import Rows, Tables

MISSING_LEFT, ZERO_MISSING, CATEGORIES, UNKNOWN_LEFT, MISSING_ZERO = 1, 2, 4, 8, 16
"""Flags of a node: missing values go left (else right); zero counts as missing (LightGBM's zero_as_missing); the node
tests categories; categories not in the set go left; missing counts as zero."""

NODE = [("threshold", "<f8"), ("right", "<i4"), ("feature", "<i4")]

LEAF = 0x7FF8 << 48
"""The bits of NaN; a leaf's index among the values is added to them."""

EXPORTERS: dict[str, Any] = {}


class Forest:
    """Collect trees."""

    def __init__(self, width: int = 1) -> None:
        self.width = width
        self._outputs: list[int] = []
        self._trees: list[Any] = []
        self._values: list[Any] = []
        self._covers: list[Any] = []
        self._leaves = 0
        self._views: dict[int, int] = {}
        self._sets: list[int] = []
        self._members: dict[int, set[int]] = {}

    def add(
        self,
        left: Any,
        right: Any,
        feature: Any,
        threshold: Any,
        values: Any,
        flags: Any = 0,
        output: int = 0,
        covers: Any = None,
    ) -> None:
        """Add a tree.

        Args:
            left: the left child of each node; negative or 0 for a leaf.
            right: the right child of each node.
            feature: the column that each node tests.
            threshold: the greatest number that goes left at each node, or the result of `categories`.
            values: `width` numbers for each node; only those of leaves count.
            flags: the flags of each node.
            output: the tree's first output column.
            covers: the weight of the training rows in each node, for explanations; None, or none, if not known.
        """
        import numpy as np

        left, right, feature = np.asarray(left), np.asarray(right), np.array(feature, "i8")
        leaf = left <= 0
        viewed = np.flatnonzero(~leaf & (np.broadcast_to(flags, leaf.shape) > 0))
        if len(viewed):
            feature[viewed] = self._viewed(feature[viewed], np.broadcast_to(flags, leaf.shape)[viewed])
        nodes = np.zeros(len(left), NODE)
        places = (LEAF + self._leaves + np.cumsum(leaf) - 1).view("f8")
        nodes["threshold"] = np.where(leaf, places, threshold)
        nodes["feature"] = np.where(leaf, 0, feature)
        order, place = _preorder(left, right, leaf)
        nodes["right"] = np.where(leaf, 0, place[right] - place)
        self._trees.append(nodes[order])
        if covers is not None and len(covers) == len(left):
            self._covers.append(np.asarray(covers, "f8")[order])
        self._values.append(np.asarray(values, "f8").reshape(len(left), self.width)[leaf])
        self._leaves += int(leaf.sum())
        self._outputs.append(output)

    def categories(self, feature: int, left: set[int], flags: int = 0, known: int | None = None) -> float:
        """Add a set of categories that go left, and return the threshold of its node.

        Args:
            feature: the column.
            left: the categories, not negative.
            flags: where missing values and unknown categories, such as negative ones, go.
            known: the first unknown category; by default the one after the last 32-bit word that `left` needs.
        """
        import numpy as np

        self._members.setdefault(feature, set()).update(left, [known] if known else [])
        bits = sum(1 << int(category) + 1 for category in left) | flags & MISSING_LEFT
        if flags & UNKNOWN_LEFT:
            bits |= -1 << 1 + (known if known is not None else 32 * (max(left, default=-1) // 32 + 1))
        words = bits.bit_length() // 32 + 1
        place = len(self._sets)
        self._sets += [words, *np.frombuffer(bits.to_bytes(4 * words, "little", signed=True), "<i4").tolist()]
        return float(place)

    def operation(
        self, rows: Rows, tables: Tables, base: list[float] | dict[str, Any], *, float32: bool = False
    ) -> dict[str, Any]:
        """Return the operation that adds up the leaves, from rows to columns; note every threshold for the proof.

        Args:
            rows: the form of the input: dense rows, NaN for missing.
            tables: receives the numbers.
            base: the start value of each column, or an operation from rows to start columns.
            float32: whether each sum is rounded to float32.
        """
        import numpy as np

        nodes = np.concatenate(self._trees)
        self._hint(rows, tables, nodes)
        nodes["feature"] = np.where(nodes["feature"] < 0, rows.width - 1 - nodes["feature"], nodes["feature"])
        return {
            "op": "trees.sums",
            "starts": tables.add(np.cumsum([0, *map(len, self._trees)])),
            "outputs": tables.add(np.array(self._outputs)),
            "nodes": tables.add(nodes.view("<f8")),
            "values": tables.add(np.concatenate(self._values).astype("f4" if float32 else "f8")),
            "columns": rows.width,
            "width": self.width,
            "base": base,
            "views": [[view // 256, view % 256] for view in self._views],
            "sets": tables.add(np.array(self._sets, "i4")) if self._sets else None,
            "float32": float32,
            "covers": tables.add_covers(self._covers) if len(self._covers) == len(self._trees) else None,
        }

    def _viewed(self, feature: Any, flags: Any) -> Any:
        """Return the views that flagged nodes test, as negative indices until the rows' width is known."""
        import numpy as np

        in_sets = np.where(flags & CATEGORIES, MISSING_LEFT | UNKNOWN_LEFT, 0)
        kinds = flags & ~in_sets
        found, which = np.unique(feature * 256 + kinds, return_inverse=True)
        numbers = [-1 - self._views.setdefault(int(view), len(self._views)) for view in found]
        return np.array(numbers)[which]

    def _hint(self, rows: Rows, tables: Tables, nodes: Any) -> None:
        """Note the thresholds and categories of columns that are computed from raw ones."""
        import numpy as np

        if not rows.origins:
            return
        compared = nodes[nodes["right"] > 0]
        columns = [rows.width if view & CATEGORIES else view // 256 for view in self._views]
        sources = np.array([*range(rows.width), *reversed(columns)])[compared["feature"]]
        order = np.argsort(sources, kind="stable")
        bounds = np.searchsorted(sources[order], np.arange(rows.width + 1))
        for feature in range(rows.width):
            part = order[bounds[feature] : bounds[feature + 1]]
            tables.hint(rows, feature, np.unique(compared["threshold"][part]))
        for feature, chosen in self._members.items():
            tables.hint(rows, feature, sorted(map(float, chosen)))


def _preorder(left: Any, right: Any, leaf: Any) -> tuple[Any, Any]:
    """Return the nodes in preorder, and the position of each node in it."""
    import numpy as np

    levels = [np.zeros(1, "i8")]
    while len(levels[-1]):
        above = levels[-1][~leaf[levels[-1]]]
        levels.append(np.concatenate([left[above], right[above]]))
    sizes = np.ones(len(left), "i8")
    for level in reversed(levels):
        above = level[~leaf[level]]
        sizes[above] += sizes[left[above]] + sizes[right[above]]
    place = np.zeros(len(left), "i8")
    for level in levels:
        above = level[~leaf[level]]
        place[left[above]] = place[above] + 1
        place[right[above]] = place[above] + 1 + sizes[left[above]]
    return np.argsort(place), place
