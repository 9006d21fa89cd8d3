"""Fill missing values from the nearest fitted rows that have them (sklearn.impute.KNNImputer)."""

import math
from typing import Any

from handler.backends.compiled.graph import Batch, Operation

Vector = tuple[float, ...]


def filled(points: Any, width: int, kept: list[int], count: int, weighted: bool, means: Any) -> Operation:
    """Fill missing values of columns.

    Args:
        points: the fitted rows, flattened, NaN for missing.
        width: the number of columns.
        kept: the columns to return.
        count: how many fitted rows give the mean that fills a value.
        weighted: whether they count by inverse distance.
        means: each column's mean, where no distance is known.
    """
    known: list[Vector] = [tuple(points[start : start + width]) for start in range(0, len(points), width)]
    donors = {
        column: [place for place, point in enumerate(known) if not math.isnan(point[column])] for column in kept
    }

    def completed(row: Vector) -> list[float]:
        lacking = [column for column in kept if math.isnan(row[column])]
        found = list(row)
        distances = [_distance(row, point) for point in known] if lacking else []
        for column in lacking:
            able = [(distances[place], place) for place in donors[column] if not math.isnan(distances[place])]
            nearest = [(distance, known[place][column]) for distance, place in sorted(able)[:count]]
            found[column] = _mean(nearest, weighted) if nearest else means[column]
        return [found[column] for column in kept]

    def apply(columns: Batch) -> Batch:
        return list(map(list, zip(*map(completed, zip(*columns, strict=True)), strict=True)))

    return apply


def _distance(row: Vector, point: Vector) -> float:
    """Return the Euclidean distance by the columns that both have, scaled to all; NaN if there is none."""
    total, present = 0.0, 0
    for value, other in zip(row, point, strict=True):
        offset = value - other
        if offset == offset:  # noqa: PLR0124 - not NaN
            total += offset * offset
            present += 1
    return math.sqrt(total / present * len(row)) if present else math.nan


def _mean(nearest: list[tuple[float, float]], weighted: bool) -> float:
    weights = [1.0] * len(nearest)
    if weighted:
        exact = any(distance == 0.0 for distance, _ in nearest)
        weights = [float(distance == 0.0) if exact else 1.0 / distance for distance, _ in nearest]
    return sum([weight * value for weight, (_, value) in zip(weights, nearest, strict=True)]) / sum(weights)


OPERATIONS = {"filled": filled}
