"""Trees of any library as the tables that `handler.backends.compiled.trees` walks."""

from typing import Any

from . import Rows, Tables

MISSING_LEFT, ZERO_MISSING, CATEGORIES, UNKNOWN_LEFT, MISSING_ZERO = 1, 2, 4, 8, 16
"""Flags of a node: a missing value goes left (else right); zero counts as missing (LightGBM's zero_as_missing);
it looks at categories; those that are not in the set go left; a missing value counts as zero."""

EXPORTERS: dict[str, Any] = {}


class Forest:
    """Collects trees: whole ones by `add`, or node by node in preorder."""

    def __init__(self, width: int = 1) -> None:
        self.width = width
        self._outputs: list[int] = []
        self._trees: list[Any] = []
        self._values: list[Any] = []
        self._leaves = 0
        self._sets: list[int] = []
        self._categories: dict[int, int] = {}
        self._nodes: list[tuple[float, int, int, int]] = []
        self._numbers: list[float] = []
        self._output: int | None = None

    def add(
        self, left: Any, right: Any, feature: Any, threshold: Any, values: Any, flags: Any = 0, output: int = 0
    ) -> None:
        """Add a tree.

        Args:
            left: the left child of each node; a leaf's is negative or 0.
            right: the right child of each node.
            feature: the column that each node looks at.
            threshold: of each node the greatest number that goes left, or what `categories` gave for it.
            values: `width` numbers for each node, of which the leaves' count.
            flags: of each node, the flags above.
            output: the first column that its leaves add to.
        """
        import numpy as np

        self._finish()
        left, right = np.asarray(left), np.asarray(right)
        inner = left > 0
        nodes = np.zeros(len(left), [("threshold", "<f8"), ("right", "<i4"), ("feature", "<i4"), ("flags", "u1")])
        place = _preorder(left, right, inner)
        nodes["threshold"][place] = np.where(inner, threshold, 0.0)
        nodes["right"][place[inner]] = place[right[inner]]
        nodes["feature"][place[inner]] = np.asarray(feature)[inner]
        nodes["flags"][place] = np.where(inner, flags, 0)
        leaves = np.flatnonzero(~inner)
        nodes["feature"][place[leaves]] = np.arange(self._leaves, self._leaves + len(leaves))
        self._leaves += len(leaves)
        self._trees.append(nodes)
        self._values.append(np.asarray(values, "f8").reshape(len(left), self.width)[leaves])
        self._outputs.append(output)

    def tree(self, output: int = 0) -> None:
        """Begin a tree whose leaves add to the columns from `output` on."""
        self._finish()
        self._output = output

    def split(self, feature: int, threshold: float, flags: int = 0) -> int:
        """Add an inner node; the next one added is its left child. Gives the node, for `right`."""
        self._nodes.append((threshold, 0, feature, flags))
        return len(self._nodes) - 1

    def chosen(self, feature: int, left: set[int], flags: int = 0, known: int | None = None) -> int:
        """Add an inner node that sends some categories left; see `categories`."""
        return self.split(feature, self.categories(feature, left, flags, known), flags | CATEGORIES)

    def right(self, node: int) -> None:
        """Say that the next node added is the right child of this one."""
        threshold, _, feature, flags = self._nodes[node]
        self._nodes[node] = threshold, len(self._nodes), feature, flags

    def leaf(self, *values: float) -> None:
        """Add a leaf."""
        self._nodes.append((0.0, 0, self._leaves, 0))
        self._leaves += 1
        self._numbers += values

    def categories(self, feature: int, left: set[int], flags: int = 0, known: int | None = None) -> float:
        """Add a set of categories that go left; gives what a node has for a threshold.

        Args:
            feature: the column.
            left: the categories, none negative.
            flags: what a missing value does, and those that are unknown, negative ones among them.
            known: the categories from this one on are unknown; by default those after the last word of 32 that
                `left` needs.
        """
        import numpy as np

        self._categories[feature] = max(self._categories.get(feature, 0), *left, known or 0)
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
        """The operation that adds up the leaves, of rows to columns; the proof is told of every threshold.

        Args:
            rows: what it is given: rows that are not sparse, NaN for missing.
            tables: where the numbers go.
            base: what each column starts with, or the operation, of rows to columns, that says so.
            float32: whether each sum is rounded to float32.
        """
        import numpy as np

        self._finish()
        nodes = np.concatenate(self._trees)
        self._hint(rows, tables, nodes)
        inner = nodes["right"] > 0
        in_sets = np.where(nodes["flags"] & CATEGORIES, MISSING_LEFT, 0) | UNKNOWN_LEFT
        seen = nodes["feature"].astype("i8") * 256 + (nodes["flags"] & ~in_sets)
        views = np.unique(seen[inner & (seen % 256 > 0)])
        changed = inner & (seen % 256 > 0)
        nodes["feature"][changed] = rows.width + np.searchsorted(views, seen[changed])
        packed = np.ascontiguousarray(nodes[["threshold", "right", "feature"]].astype(nodes.dtype.descr[:3]))
        return {
            "op": "trees.sums",
            "starts": tables.add(np.cumsum([0, *map(len, self._trees)])),
            "outputs": tables.add(np.array(self._outputs)),
            "nodes": tables.add(packed.view("<f8")),
            "values": tables.add(np.concatenate(self._values).astype("f4" if float32 else "f8")),
            "width": self.width,
            "base": base,
            "views": [[int(view) // 256, int(view) % 256] for view in views],
            "sets": tables.add(np.array(self._sets, "i4")) if self._sets else None,
            "float32": float32,
        }

    def _finish(self) -> None:
        """Pack the tree that was begun node by node."""
        import numpy as np

        if self._output is None:
            return
        kinds = [("threshold", "<f8"), ("right", "<i4"), ("feature", "<i4"), ("flags", "u1")]
        self._trees.append(np.array(self._nodes, kinds))
        self._values.append(np.array(self._numbers, "f8").reshape(-1, self.width))
        self._outputs.append(self._output)
        self._nodes, self._numbers, self._output = [], [], None

    def _hint(self, rows: Rows, tables: Tables, nodes: Any) -> None:
        """Note the thresholds and categories of columns that come from raw ones."""
        import numpy as np

        if not rows.origins:
            return
        compared = nodes[(nodes["right"] > 0) & (nodes["flags"] & CATEGORIES == 0)]
        compared = compared[np.argsort(compared["feature"], kind="stable")]
        bounds = np.searchsorted(compared["feature"], np.arange(rows.width + 1))
        for feature in range(rows.width):
            part = compared["threshold"][bounds[feature] : bounds[feature + 1]]
            tables.hint(rows, feature, np.unique(part))
        for feature, highest in self._categories.items():
            tables.hint(rows, feature, [float(category) for category in range(-1, highest + 2)])


def _preorder(left: Any, right: Any, inner: Any) -> Any:
    """The place of each node when left children follow their parents at once."""
    import numpy as np

    count = len(left)
    if (left[inner] == np.flatnonzero(inner) + 1).all():
        return np.arange(count)
    levels = [np.zeros(1, "i8")]
    while len(levels[-1]):
        above = levels[-1][inner[levels[-1]]]
        levels.append(np.concatenate([left[above], right[above]]))
    sizes = np.ones(count, "i8")
    for level in reversed(levels):
        above = level[inner[level]]
        sizes[above] += sizes[left[above]] + sizes[right[above]]
    place = np.zeros(count, "i8")
    for level in levels:
        above = level[inner[level]]
        place[left[above]] = place[above] + 1
        place[right[above]] = place[above] + 1 + sizes[left[above]]
    return place
