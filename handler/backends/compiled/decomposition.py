"""Rows projected onto components (sklearn.decomposition, sklearn.kernel_approximation)."""

import math
from typing import Any

from handler.backends.compiled.functions import dot
from handler.backends.compiled.graph import RowFunction, rowwise


def projected(components: Any, offsets: Any) -> RowFunction:
    """Weighted sums of a sparse row, many of them (TruncatedSVD).

    Args:
        components: the weights that the first index has in all sums, then those of the second, and so on.
        offsets: what is added to each sum.
    """
    added: list[float] = offsets.tolist()
    count = len(added)

    def apply(row: dict[int, float]) -> list[float]:
        if not row:
            return added
        values = tuple(row.values())
        weights = [components[index * count : (index + 1) * count].tolist() for index in row]
        return [dot(values, weight) + offset for weight, offset in zip(zip(*weights, strict=True), added, strict=True)]

    return apply


def whitened(scales: Any) -> RowFunction:
    """A row by the scales."""
    known = scales.tolist()
    return lambda row: [value / scale for value, scale in zip(row, known, strict=True)]


def cosines(factor: float) -> RowFunction:
    """Cosines of a row, times a factor (RBFSampler); NaN of what is infinite."""
    return lambda row: [(math.cos(value) if math.isfinite(value) else math.nan) * factor for value in row]


OPERATIONS = rowwise(cosines=cosines, projected=projected, whitened=whitened)
