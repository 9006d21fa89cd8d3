"""Finds the leaves that rows fall into in many small trees, all trees at once.

A tree's leaves are the bits of a word, from left to right. A node that sends a row to the right rules out the leaves
on its left; what all nodes of a column together rule out is known in advance for each place that a number can have
among their thresholds. The first leaf that no column rules out is the one.
"""

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from functools import partial
from itertools import accumulate
from operator import or_
from typing import Any

from handler.backends.compiled.graph import Batch

WORDS = {"I": 32, "Q": 64}
"""The sizes that a tree's word may have, by typecode."""

TREES = 256
"""How many trees are taken together: with more, what is known in advance takes more memory."""

MEMORY = 2**26
"""How many bytes all of it may take."""

Tree = tuple[list[float], list[int], list[int]]
"""Of each node the threshold, the right child (0 for a leaf) and the column (of a leaf, its place)."""


class Leaves:
    """Of a few hundred trees, what each column rules out."""

    def __init__(self, trees: list[Tree], code: str, sets: dict[float, int], categories: frozenset[int]) -> None:
        size = WORDS[code]
        ruled: dict[int, dict[float, int]] = {}
        for number, (thresholds, rights, columns) in enumerate(trees):
            before = list(accumulate((not right for right in rights), initial=0))
            for node, right in enumerate(rights):
                if right:
                    own = ruled.setdefault(columns[node], {})
                    bits = (1 << before[right]) - (1 << before[node]) << number * size
                    own[thresholds[node]] = own.get(thresholds[node], 0) | bits
        self._code, self._bytes = code, len(trees) * size // 8
        self._firsts = sum(1 << number * size for number in range(len(trees)))
        self._columns = [
            (column, _Chosen(own, sets) if column in categories else _Compared(own)) for column, own in ruled.items()
        ]
        self._places = [[place for place, right in zip(tree[2], tree[1], strict=True) if not right] for tree in trees]

    def find(self, columns: Batch) -> Iterator[tuple[list[int], list[int]]]:
        """For each tree the places of its leaves, and of each row the position of its leaf among them, from 1 on."""
        rows = [0] * len(columns[0])
        for column, known in self._columns:
            rows = list(map(or_, rows, known.out(columns[column])))
        # Of each word, the lowest zero and the ones below it: as long as the zero's position.
        firsts, size = self._firsts, self._bytes
        words = array(self._code, b"".join([(row + firsts ^ row).to_bytes(size, "little") for row in rows]))
        positions = list(map(int.bit_length, words))
        for number, places in enumerate(self._places):
            yield places, positions[number :: len(self._places)]


class _Compared:
    """What numbers rule out: those above a threshold go right, and so do missing ones."""

    def __init__(self, ruled: dict[float, int]) -> None:
        self._thresholds = sorted(ruled)
        self._out = list(accumulate((ruled[threshold] for threshold in self._thresholds), or_, initial=0))

    def out(self, column: Any) -> Any:
        """Of each number, the leaves ruled out."""
        below = partial(bisect_left, self._thresholds)
        if math.isnan(sum(column)):
            return [self._out[-1 if math.isnan(value) else below(value)] for value in column]
        return map(self._out.__getitem__, map(below, column))


class _Chosen(dict[int, int]):
    """What categories rule out, by their bit in a set: those that are not in it go right."""

    def __init__(self, ruled: dict[float, int], sets: dict[float, int]) -> None:
        super().__init__()
        self._sets = [(sets[place], bits) for place, bits in ruled.items()]
        self._last = max(chosen.bit_length() for chosen, _ in self._sets)  # from it on, bits are the same

    def __missing__(self, bit: int) -> int:
        out = 0
        for chosen, bits in self._sets:
            if not chosen >> bit & 1:
                out |= bits
        self[bit] = out
        return out

    def out(self, column: Any) -> Any:
        """Of each category, the leaves ruled out."""
        last = self._last
        return [self[min(bit, last)] for bit in column]


def prepare(trees: list[Tree], sets: dict[float, int], categories: frozenset[int]) -> list[Leaves] | None:
    """What finds the leaves of trees, some hundreds of them each; None where trees or memory are too large.

    Args:
        trees: in the order in which they are added up.
        sets: sets of categories, by what nodes have for a threshold.
        categories: the columns that hold categories.
    """
    most = max(rights.count(0) for _, rights, _ in trees)
    code = next((code for code, size in WORDS.items() if most <= size), None)
    if code is None:
        return None
    parts = [trees[start : start + TREES] for start in range(0, len(trees), TREES)]
    known = sum(
        len({(column, threshold) for tree in part for threshold, right, column in zip(*tree, strict=True) if right})
        * len(part)
        for part in parts
    )
    if known * WORDS[code] // 8 > MEMORY:
        return None
    return [Leaves(part, code, sets, categories) for part in parts]
