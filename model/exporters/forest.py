"""Trees of any library as the tables that `handler.backends.compiled.trees` walks."""

from typing import Any

from . import Rows, Tables

MISSING_LEFT, ZERO_MISSING, CATEGORIES, UNKNOWN_LEFT = 1, 2, 4, 8
"""Flags of a node; see `handler.backends.compiled.trees`."""

EXPORTERS: dict[str, Any] = {}


class Forest:
    """Collects trees node by node, each in preorder."""

    def __init__(self, width: int = 1) -> None:
        self.width = width
        self.roots: list[int] = []
        self.outputs: list[int] = []
        self.features: list[int] = []
        self.thresholds: list[float] = []
        self.rights: list[int] = []
        self.flags: list[int] = []
        self.categories: list[int] = []
        self.values: list[float] = []

    def tree(self, output: int = 0) -> None:
        """Begin a tree whose leaves add to the columns from `output` on."""
        self.roots.append(len(self.features))
        self.outputs.append(output)

    def split(self, feature: int, threshold: float, flags: int = 0) -> int:
        """Add an inner node; the next one added is its left child. Gives the node, for `right`."""
        self.features.append(feature)
        self.thresholds.append(threshold)
        self.rights.append(-1)
        self.flags.append(flags)
        return len(self.features) - 1

    def chosen(self, feature: int, left: set[int], flags: int = 0) -> int:
        """Add an inner node that sends some categories left; an unknown one goes right unless `flags` say so."""
        words = [0] * (max(left, default=-1) // 32 + 1)
        for category in left:
            words[category // 32] |= 1 << category % 32
        start = len(self.categories)
        self.categories += [len(words), *(word - (word >> 31 << 32) for word in words)]  # as int32
        return self.split(feature, float(start), flags | CATEGORIES)

    def right(self, node: int) -> None:
        """Say that the next node added is the right child of this one."""
        self.rights[node] = len(self.features)

    def leaf(self, *values: float) -> None:
        """Add a leaf."""
        self.split(-1, 0.0)
        self.rights[-1] = len(self.values) // self.width
        self.values += values

    def operation(self, rows: Rows, tables: Tables, base: list[float], *, float32: bool = False) -> dict[str, Any]:
        """The operation that adds up the leaves, of rows to columns; the proof is told of every threshold."""
        import numpy as np

        features, thresholds, flags = (np.array(part) for part in (self.features, self.thresholds, self.flags))
        inner = (features >= 0) & (flags & CATEGORIES == 0)
        for feature in range(rows.width):
            tables.hint(rows, feature, np.unique(thresholds[inner & (features == feature)]))
        return {
            "op": "trees.sums",
            "roots": tables.add(self.roots),
            "features": tables.add(features),
            "thresholds": tables.add(thresholds.astype("f8")),
            "rights": tables.add(self.rights),
            "flags": tables.add(flags) if flags.any() else None,
            "categories": tables.add(np.array(self.categories, "i4")) if self.categories else None,
            "values": tables.add(np.array(self.values, "f8")),
            "width": self.width,
            "outputs": tables.add(self.outputs),
            "base": base,
            "float32": float32,
        }
