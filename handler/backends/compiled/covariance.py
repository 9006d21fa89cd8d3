"""Mahalanobis distances (sklearn.covariance)."""

import math
from typing import Any

from handler.backends.compiled.functions import dot
from handler.backends.compiled.graph import RowFunction, rowwise


def score(means: list[float], precision: list[Any], offset: float) -> RowFunction:
    """Return the negative squared Mahalanobis distance of a row, minus an offset (EllipticEnvelope)."""
    matrix = [weights.tolist() for weights in precision]

    def apply(row: Any) -> float:
        centred = [value - mean for value, mean in zip(row, means, strict=True)]
        squared = dot(centred, [dot(centred, weights) for weights in matrix])
        distance = math.sqrt(max(squared, 0.0))
        return -distance * distance - offset

    return apply


OPERATIONS = rowwise(score=score)
