"""Assign rows to cluster centres (sklearn.cluster)."""

import math
from typing import Any

from handler.backends.compiled.graph import RowFunction, rowwise


def distances(centres: list[Any]) -> RowFunction:
    """Return the Euclidean distance to each centre (KMeans.transform)."""
    known = [tuple(centre) for centre in centres]
    return lambda row: [math.dist(row, centre) for centre in known]


def nearest(_: None = None) -> RowFunction:
    """Return the index of the smallest value, the first of equals (numpy.argmin)."""
    return lambda row: row.index(min(row))


OPERATIONS = rowwise(distances=distances, nearest=nearest)
