"""Assign rows to cluster centres (sklearn.cluster)."""

import math
from typing import Any

from handler.backends.compiled.functions import dot
from handler.backends.compiled.graph import RowFunction, rowwise


def distances(centres: list[Any]) -> RowFunction:
    """Return the Euclidean distance to each centre (KMeans.transform)."""
    known = [tuple(centre) for centre in centres]
    return lambda row: [math.dist(row, centre) for centre in known]


def nearest(_: None = None) -> RowFunction:
    """Return the index of the smallest value, the first of equals (numpy.argmin)."""
    return lambda row: row.index(min(row))


def descended(nodes: list[dict[str, Any]]) -> RowFunction:
    """Descend a tree of clusters to the nearer of two centres, and return the label of a leaf (BisectingKMeans).

    Args:
        nodes: each has a `label`, or the two `centres` and the indices of the two `children`; the root is the first.
    """

    def apply(row: Any) -> int:
        node = nodes[0]
        while "label" not in node:
            # The row's own norm is the same for both centres and left out, as in _update_chunk_dense.
            first, second = (dot(centre, centre) - 2.0 * dot(row, centre) for centre in node["centres"])
            node = nodes[node["children"][first > second]]
        label: int = node["label"]
        return label

    return apply


def pooled(labels: list[int], sizes: list[int]) -> RowFunction:
    """Return the mean of each group of features (FeatureAgglomeration)."""

    def apply(row: Any) -> list[float]:
        totals = [0.0] * len(sizes)
        for label, value in zip(labels, row, strict=True):
            totals[label] += value
        return [total / size for total, size in zip(totals, sizes, strict=True)]

    return apply


OPERATIONS = rowwise(descended=descended, distances=distances, nearest=nearest, pooled=pooled)
