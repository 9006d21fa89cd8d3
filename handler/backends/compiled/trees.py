"""Decision trees and sums of them, whoever grew them (sklearn.tree, sklearn.ensemble, LightGBM, XGBoost).

All trees lie in the same arrays, each in preorder: the left child of node i is i + 1, the right one `rights[i]`.
A leaf has the feature -1, and its place among the values in `rights`.
"""

from array import array
from collections.abc import Callable
from typing import Any

from handler.backends.compiled.graph import Batch, Operation

Walk = Callable[[int, Batch], list[int]]

MISSING_LEFT = 1
"""A node's flags: a missing value goes left,"""
ZERO_MISSING = 2
"""zero counts as missing (LightGBM's zero_as_missing),"""
CATEGORIES = 4
"""a set of categories goes left, which `thresholds` has the place of,"""
UNKNOWN_LEFT = 8
"""and a category beyond the set's last word goes left."""

_NEARLY_ZERO = 1e-35  # LightGBM's kZeroThreshold


def sums(
    roots: Any,
    features: Any,
    thresholds: Any,
    rights: Any,
    flags: Any,
    categories: Any,
    values: Any,
    width: int,
    outputs: Any,
    base: list[float],
    float32: bool,
) -> Operation:
    """What the trees' leaves add up to, tree after tree: columns.

    Args:
        roots: the first node of each tree.
        features: of each node, the column it looks at; -1 for a leaf.
        thresholds: of each node, the greatest number that goes left.
        rights: of each node, its right child; of a leaf, its place among the values.
        flags: of each node, the flags above; null where no node has any.
        categories: sets of categories: the number of words, then so many words of 32 bits; null where there are none.
        values: of each leaf, `width` numbers.
        width: how many numbers a leaf has.
        outputs: of each tree, the first column that its leaves add to.
        base: what each column starts with.
        float32: whether each sum is rounded to float32.
    """
    walk = _plain(features, thresholds, rights)
    if flags is not None:
        walk = _flagged(features, thresholds, rights, flags, categories)

    def apply(rows: Batch) -> Batch:
        totals = [[start] * len(rows) for start in base]
        for root, output in zip(roots, outputs, strict=True):
            leaves = walk(root, rows)
            for place in range(width):
                added = [
                    total + values[leaf * width + place]
                    for total, leaf in zip(totals[output + place], leaves, strict=True)
                ]
                totals[output + place] = array("f", added).tolist() if float32 else added
        return totals

    return apply


def _plain(features: Any, thresholds: Any, rights: Any) -> Walk:
    """Every node asks whether a number is at most its threshold; what is missing is not."""

    def walk(root: int, rows: Batch) -> list[int]:
        leaves = []
        for row in rows:
            node = root
            while (feature := features[node]) >= 0:
                node = node + 1 if row[feature] <= thresholds[node] else rights[node]
            leaves.append(rights[node])
        return leaves

    return walk


def _flagged(features: Any, thresholds: Any, rights: Any, flags: Any, categories: Any) -> Walk:
    """The same with missing values that go left and sets of categories."""

    def left(node: int, value: float) -> bool:
        flag = flags[node]
        if value != value or (flag & ZERO_MISSING and abs(value) <= _NEARLY_ZERO):  # noqa: PLR0124 - NaN
            return bool(flag & MISSING_LEFT)
        if not flag & CATEGORIES:
            return bool(value <= thresholds[node])
        start = int(thresholds[node])
        if not 0 <= value < 32 * categories[start]:
            return bool(flag & UNKNOWN_LEFT)
        word, bit = divmod(int(value), 32)
        return bool(categories[start + 1 + word] >> bit & 1)

    def walk(root: int, rows: Batch) -> list[int]:
        leaves = []
        for row in rows:
            node = root
            while (feature := features[node]) >= 0:
                value = row[feature]
                if flags[node]:
                    node = node + 1 if left(node, value) else rights[node]
                else:
                    node = node + 1 if value <= thresholds[node] else rights[node]
            leaves.append(rights[node])
        return leaves

    return walk


OPERATIONS = {"sums": sums}
