"""Project rows onto components (sklearn.decomposition, sklearn.kernel_approximation)."""

import math
from typing import Any

from handler.backends.compiled.functions import dot
from handler.backends.compiled.graph import RowFunction, rowwise


def projected(components: Any, offsets: Any) -> RowFunction:
    """Project a sparse row onto components (TruncatedSVD).

    Args:
        components: the first index's weight in every component, then the second index's, and so on.
        offsets: added to each component.
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
    """Divide a row by the scales."""
    known = scales.tolist()
    return lambda row: [value / scale for value, scale in zip(row, known, strict=True)]


def cosines(factor: float) -> RowFunction:
    """Take the cosine of each value, times a factor (RBFSampler); NaN for infinity."""
    return lambda row: [(math.cos(value) if math.isfinite(value) else math.nan) * factor for value in row]


OPERATIONS = rowwise(cosines=cosines, projected=projected, whitened=whitened)
