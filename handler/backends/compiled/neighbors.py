"""Nearest neighbours (sklearn.neighbors), searched in scikit-learn's order, which decides ties."""

import math
from typing import Any

from handler.backends.compiled.functions import log, manhattan
from handler.backends.compiled.graph import RowFunction, rowwise
from handler.errors import InvalidValue

Neighbours = list[tuple[float, int]]

_ROUNDING = 1.0 + 1e-9


def nearest(
    points: Any, width: int, count: int, squared: bool, nodes: dict[str, Any], lows: Any, highs: Any, origin: int
) -> RowFunction:
    """Return the distances and indices of the `count` points nearest to a row, by a depth-first search (KDTree).

    Args:
        points: the points in the order of the tree's leaves, flattened.
        width: the length of a point.
        count: the number of neighbours.
        squared: whether distances are Euclidean, compared by their squares, or Manhattan.
        nodes: `starts` and `ends` of each node's points, and whether it is one of the `leaves`; the children of node i
            are 2i + 1 and 2i + 2.
        lows: each node's lowest value of each feature.
        highs: each node's highest.
        origin: the index of the first fitted point, the result where distances are infinite.
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
        """Update the heap from a node, the nearer child first; skip nodes beyond the heap's farthest point."""
        if least > values[0]:
            return
        if self.leaves[node]:
            self.collect(row, range(self.starts[node], self.ends[node]), values, places)
            return
        for distance, child in sorted((self.outside(row, child), child) for child in (2 * node + 1, 2 * node + 2)):
            self.visit(row, child, distance, values, places)

    def collect(self, row: list[float], leaf: range, values: list[float], places: list[int]) -> None:
        """Update the heap from a leaf's points."""
        points, squared, dist = self.points, self.squared, math.dist
        reach = math.sqrt(values[0]) * _ROUNDING
        for place in leaf:
            point = points[place]
            if squared and dist(row, point) > reach:
                continue  # the fast distance decides unless it is close
            distance = self.apart(row, point)
            if distance < values[0]:
                _push(values, places, distance, place)
                reach = math.sqrt(values[0]) * _ROUNDING

    def apart(self, row: list[float], point: tuple[float, ...]) -> float:
        """Return the distance, or its square, summed in scikit-learn's order."""
        total = 0.0
        for value, other in zip(row, point, strict=True):
            offset = value - other
            total += offset * offset if self.squared else abs(offset)
        return total

    def outside(self, row: list[float], node: int) -> float:
        """Return the distance of a row from the bounding box of a node's points."""
        total = 0.0
        for index, value in enumerate(row, node * self.width):
            offset = max(self.lows[index] - value, value - self.highs[index], 0.0)
            total += offset * offset if self.squared else offset
        return total


def _push(values: list[float], places: list[int], value: float, place: int) -> None:
    """Replace the greatest value of a heap (sklearn.utils._heap)."""
    count, current = len(values), 0
    while (child := 2 * current + 1) < count:
        if child + 1 < count and values[child + 1] > values[child]:
            child += 1
        if values[child] <= value:
            break
        values[current], places[current] = values[child], places[child]
        current = child
    values[current], places[current] = value, place


def votes(targets: Any, count: int, weighted: bool, strict: bool = True) -> RowFunction:
    """Return each class's share of the neighbours' weight, not normalized.

    Args:
        targets: the class of each point.
        count: number of classes.
        weighted: whether neighbours count by inverse distance.
        strict: whether a row without a neighbour at a finite distance is refused, as by scikit-learn since 1.4.
    """

    def apply(found: Neighbours) -> list[float]:
        weights = _weights(found, weighted)
        if strict and not any(weights):
            raise InvalidValue("no neighbour at a finite distance")
        total = [0.0] * count
        for weight, (_, place) in zip(weights, found, strict=True):
            total[targets[place]] += weight
        return total

    return apply


def shares(_: None = None) -> RowFunction:
    """Normalize a row to sum to one."""

    def apply(row: list[float]) -> list[float]:
        total = sum(row)
        return [value / total for value in row] if total else row

    return apply


def means(targets: list[Any], weighted: bool) -> RowFunction:
    """Return the weighted mean of the neighbours' targets, for each output."""

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
    """Return each neighbour's weight: 1 or its inverse distance; neighbours at distance zero take all of it."""
    if not weighted:
        return [1.0] * len(found)
    inverse = [1.0 / distance if distance else math.inf for distance, _ in found]
    return [float(weight == math.inf) for weight in inverse] if math.inf in inverse else inverse


def centroids(points: list[Any], squared: bool, scales: Any, priors: list[float] | None) -> RowFunction:
    """Score each class by its centroid: minus the distance, or a discriminant score (NearestCentroid).

    Args:
        points: the centroids, scaled.
        squared: whether distances are Euclidean or Manhattan.
        scales: divide each feature.
        priors: each class's prior, for a discriminant score; null for the distance.
    """
    known = [tuple(point) for point in points]
    added = None if priors is None else [2.0 * log(prior) for prior in priors]

    def apply(row: list[float]) -> list[float]:
        scaled = [value / scale for value, scale in zip(row, scales, strict=True)]
        found = [math.dist(scaled, point) if squared else manhattan(scaled, point) for point in known]
        if added is None:
            return [-distance for distance in found]
        return [prior - distance * distance for distance, prior in zip(found, added, strict=True)]

    return apply


OPERATIONS = rowwise(centroids=centroids, means=means, nearest=nearest, shares=shares, votes=votes)
