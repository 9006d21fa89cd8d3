"""Nearest neighbours (sklearn.neighbors), found in the order in which scikit-learn finds them: it decides ties."""

import math
from typing import Any

from handler.backends.compiled.functions import log
from handler.backends.compiled.graph import RowFunction, rowwise
from handler.errors import InvalidValue

Neighbours = list[tuple[float, int]]

_ROUNDING = 1.0 + 1e-9


def nearest(
    points: Any, width: int, count: int, squared: bool, nodes: dict[str, Any], lows: Any, highs: Any, origin: int
) -> RowFunction:
    """The distances and places of the `count` points nearest to a row, by a k-d tree searched depth first (KDTree).

    Args:
        points: the points in the order of the tree's leaves, one after the other.
        width: numbers in one of them.
        count: how many are wanted.
        squared: whether distances are Euclidean, and compared by their squares, or sums of differences (Manhattan).
        nodes: `starts` and `ends` of each node's points, and whether they are `leaves`; children of i: 2i + 1, 2i + 2.
        lows: of each node, the least number of each feature.
        highs: of each node, the greatest.
        origin: the place of the first fitted point, which stands where distances are infinite.
    """
    tree = _Tree(points, width, squared, nodes, lows, highs)

    def apply(row: list[float]) -> Neighbours:
        values, places = [math.inf] * count, [origin] * count
        tree.visit(row, 0, 0.0, values, places)
        found = sorted(zip(values, places, strict=True))
        return [(math.sqrt(value), place) for value, place in found] if squared else found

    return apply


class _Tree:
    def __init__(self, points: Any, width: int, squared: bool, nodes: dict[str, Any], lows: Any, highs: Any) -> None:
        self.points = [tuple(points[start : start + width]) for start in range(0, len(points), width)]
        self.width, self.squared, self.lows, self.highs = width, squared, lows, highs
        self.starts, self.ends, self.leaves = nodes["starts"], nodes["ends"], nodes["leaves"]

    def visit(self, row: list[float], node: int, least: float, values: list[float], places: list[int]) -> None:
        """Keep what is nearer than the heap's farthest: the nearer child first, none that is farther away."""
        if least > values[0]:
            return
        if self.leaves[node]:
            self.collect(row, range(self.starts[node], self.ends[node]), values, places)
            return
        for distance, child in sorted((self.outside(row, child), child) for child in (2 * node + 1, 2 * node + 2)):
            self.visit(row, child, distance, values, places)

    def collect(self, row: list[float], leaf: range, values: list[float], places: list[int]) -> None:
        """Keep what is nearer of one leaf's points."""
        points, squared, dist = self.points, self.squared, math.dist
        reach = math.sqrt(values[0]) * _ROUNDING
        for place in leaf:
            point = points[place]
            if squared and dist(row, point) > reach:
                continue  # the quick answer is enough, except for a close decision
            distance = self.apart(row, point)
            if distance < values[0]:
                _push(values, places, distance, place)
                reach = math.sqrt(values[0]) * _ROUNDING

    def apart(self, row: list[float], point: tuple[float, ...]) -> float:
        """The distance, or its square, added up in scikit-learn's order."""
        total = 0.0
        for value, other in zip(row, point, strict=True):
            offset = value - other
            total += offset * offset if self.squared else abs(offset)
        return total

    def outside(self, row: list[float], node: int) -> float:
        """How far a row is from the box around a node's points."""
        total = 0.0
        for index, value in enumerate(row, node * self.width):
            offset = max(self.lows[index] - value, value - self.highs[index], 0.0)
            total += offset * offset if self.squared else offset
        return total


def _push(values: list[float], places: list[int], value: float, place: int) -> None:
    """Put a value in the place of the greatest one of a heap (sklearn.utils._heap)."""
    count, current = len(values), 0
    while (child := 2 * current + 1) < count:
        if child + 1 < count and values[child + 1] > values[child]:
            child += 1
        if values[child] <= value:
            break
        values[current], places[current] = values[child], places[child]
        current = child
    values[current], places[current] = value, place


def votes(targets: Any, count: int, weighted: bool) -> RowFunction:
    """How much of the neighbours' weight each of `count` classes has."""

    def apply(found: Neighbours) -> list[float]:
        weights = _weights(found, weighted)
        if not any(weights):
            raise InvalidValue("the model finds nothing near")
        total = [0.0] * count
        for weight, (_, place) in zip(weights, found, strict=True):
            total[targets[place]] += weight
        return total

    return apply


def shares(_: None = None) -> RowFunction:
    """Each class's part of the whole."""

    def apply(row: list[float]) -> list[float]:
        total = sum(row)
        return [value / total for value in row]

    return apply


def means(targets: list[Any], weighted: bool) -> RowFunction:
    """The weighted mean of the neighbours' numbers, for each target."""

    def apply(found: Neighbours) -> list[float]:
        weights = _weights(found, weighted)
        total = sum(weights)
        if not total:
            return [math.nan] * len(targets)
        return [
            sum([target[place] * weight for weight, (_, place) in zip(weights, found, strict=True)]) / total
            for target in targets
        ]

    return apply


def _weights(found: Neighbours, weighted: bool) -> list[float]:
    """One for each neighbour, or the inverse of its distance; neighbours at no distance leave none to the others."""
    if not weighted:
        return [1.0] * len(found)
    inverse = [1.0 / distance if distance else math.inf for distance, _ in found]
    return [float(weight == math.inf) for weight in inverse] if math.inf in inverse else inverse


def centroids(points: list[Any], squared: bool, scales: Any, priors: list[float] | None) -> RowFunction:
    """How near each class's centroid is (NearestCentroid): minus its distance, or a discriminant score.

    Args:
        points: the centroids, scaled.
        squared: whether distances are Euclidean, or sums of differences (Manhattan).
        scales: what each feature is divided by.
        priors: the share of each class, which makes a score of the distance's square; null for the distance alone.
    """
    known = [tuple(point) for point in points]
    added = None if priors is None else [2.0 * log(prior) for prior in priors]

    def apply(row: list[float]) -> list[float]:
        scaled = [value / scale for value, scale in zip(row, scales, strict=True)]
        found = [math.dist(scaled, point) if squared else _manhattan(scaled, point) for point in known]
        if added is None:
            return [-distance for distance in found]
        return [prior - distance * distance for distance, prior in zip(found, added, strict=True)]

    return apply


def _manhattan(row: list[float], point: tuple[float, ...]) -> float:
    return sum([abs(value - other) for value, other in zip(row, point, strict=True)])


OPERATIONS = rowwise(centroids=centroids, means=means, nearest=nearest, shares=shares, votes=votes)
