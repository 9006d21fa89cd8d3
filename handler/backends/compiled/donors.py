"""Fill missing values from the nearest fitted rows that have them (sklearn.impute.KNNImputer)."""

import math
from itertools import compress
from operator import and_, not_
from typing import Any

from handler.backends.compiled.functions import dot
from handler.backends.compiled.graph import Batch, Operation

Vector = tuple[float, ...]


def filled(points: Any, width: int, kept: list[int], count: int, weighted: bool, means: Any) -> Operation:
    """Fill each missing value by the mean of the nearest fitted rows that have one (KNNImputer).

    Args:
        points: the fitted rows, flattened, NaN for missing.
        width: the number of columns.
        kept: the columns to return.
        count: how many fitted rows give the mean that fills a value.
        weighted: whether they count by inverse distance.
        means: each column's mean, where no distance is known.
    """
    known: list[Vector] = [tuple(points[start : start + width]) for start in range(0, len(points), width)]
    donors = {column: [place for place, point in enumerate(known) if not math.isnan(point[column])] for column in kept}
    others = list(map(_Present, known))

    def completed(row: Vector) -> list[float]:
        lacking = [column for column in kept if math.isnan(row[column])]
        found = list(row)
        distances = _distances(_Present(row), others) if lacking else []
        for column in lacking:
            able = [(distances[place], place) for place in donors[column] if not math.isnan(distances[place])]
            nearest = [(distance, known[place][column]) for distance, place in sorted(able)[:count]]
            found[column] = _mean(nearest, weighted) if nearest else means[column]
        return [found[column] for column in kept]

    def apply(columns: Batch) -> Batch:
        return list(map(list, zip(*map(completed, zip(*columns, strict=True)), strict=True)))

    return apply


class _Present:
    """A row's values with zeros for missing ones, their squares, and where they are."""

    def __init__(self, row: Vector) -> None:
        self.values = [0.0 if math.isnan(value) else value for value in row]
        self.squares = [value * value for value in self.values]
        self.places = [not math.isnan(value) for value in row]
        self.length = dot(self.values, self.values)


def _distances(row: _Present, others: list[_Present]) -> list[float]:
    """Return the Euclidean distances by the columns that both have, scaled to all; NaN if there is none.

    They are rounded as in nan_euclidean_distances, which decides between points that are far away.
    """
    found = []
    for other in others:
        present = sum(map(and_, row.places, other.places))
        squared = max(-2.0 * dot(row.values, other.values) + row.length + other.length, 0.0)
        squared -= sum(compress(row.squares, map(not_, other.places)))
        squared -= sum(compress(other.squares, map(not_, row.places)))
        distance = math.sqrt(max(squared, 0.0) / present * len(row.values)) if present else math.nan
        found.append(distance)
    return found


def _mean(nearest: list[tuple[float, float]], weighted: bool) -> float:
    weights = [1.0] * len(nearest)
    if weighted:
        exact = any(distance == 0.0 for distance, _ in nearest)
        weights = [float(distance == 0.0) if exact else 1.0 / distance for distance, _ in nearest]
    return sum([weight * value for weight, (_, value) in zip(weights, nearest, strict=True)]) / sum(weights)


OPERATIONS = {"filled": filled}
