"""Outlier scores, graphs and maps from the nearest neighbours of a row (sklearn.neighbors, sklearn.manifold)."""

import math
from typing import Any

from handler.backends.compiled.functions import dot, manhattan
from handler.backends.compiled.graph import Batch, Operation, RowFunction, rowwise
from handler.backends.compiled.neighbors import Neighbours
from handler.backends.compiled.solving import backward, cholesky, forward


def within(points: Any, width: int, radius: float, squared: bool) -> RowFunction:
    """Return the distances and indices of the points within a radius of a row.

    Args:
        points: the points, flattened.
        width: the length of a point.
        radius: the greatest distance.
        squared: whether distances are Euclidean, compared by their squares, or Manhattan.
    """
    known = [tuple(points[start : start + width]) for start in range(0, len(points), width)]
    limit = radius * radius if squared else radius
    apart = _squared if squared else manhattan

    def apply(row: Any) -> Neighbours:
        distances = [(apart(row, point), place) for place, point in enumerate(known)]
        found = [pair for pair in distances if pair[0] <= limit]
        return [(math.sqrt(value), place) for value, place in found] if squared else found

    return apply


def _squared(row: list[float], point: tuple[float, ...]) -> float:
    return sum([(value - other) * (value - other) for value, other in zip(row, point, strict=True)])


def graph(places: Any, distances: bool) -> RowFunction:
    """Return a sparse row with the distance of each neighbour, or one, at its index (KNeighborsTransformer).

    Args:
        places: the index of each fitted point.
        distances: whether to return distances; distances of zero are left out.
    """

    def apply(found: Neighbours) -> dict[int, float]:
        pairs = sorted((places[place], distance if distances else 1.0) for distance, place in found)
        return {index: value for index, value in pairs if value}

    return apply


def alone(place: int) -> RowFunction:
    """Replace zeros, the votes of a row without neighbours, by a vote for one class (RadiusNeighborsClassifier)."""

    def apply(votes: list[float]) -> list[float]:
        return votes if any(votes) else [float(index == place) for index in range(len(votes))]

    return apply


def outlying(reaches: Any, densities: Any, offset: float) -> RowFunction:
    """Return minus the local outlier factor, minus an offset (LocalOutlierFactor).

    Args:
        reaches: the distance of each point from the last of its own neighbours.
        densities: the local reachability density of each point.
        offset: what is subtracted, zero for scores.
    """

    def apply(found: Neighbours) -> float:
        count = len(found)
        mean = sum([max(distance, reaches[place]) for distance, place in found]) / count
        density: float = 1.0 / (mean + 1e-10)
        score: float = -(sum([densities[place] / density for _, place in found]) / count)
        return score - offset

    return apply


def geodesic(distances: Any, count: int) -> RowFunction:
    """Return -0.5 times the squared length of the shortest path to each of `count` points by a neighbour (Isomap).

    Args:
        distances: the length of the paths from each point to all, flattened.
        count: the number of points.
    """

    def apply(found: Neighbours) -> list[float]:
        paths = [
            [length + distance for length in distances[place * count : (place + 1) * count]]
            for distance, place in found
        ]
        return [-0.5 * (length * length) for length in map(min, zip(*paths, strict=True))]

    return apply


def barycentric(search: Operation, points: Any, width: int, targets: list[Any], ridge: float) -> Operation:
    """Map a row to the weighted mean of its neighbours' targets (LocallyLinearEmbedding).

    The weights are those that best reconstruct the row, with a penalty (barycenter_weights).

    Args:
        search: finds the neighbours.
        points: the fitted points, flattened.
        width: the length of a point.
        targets: for each output, a number for each point.
        ridge: the penalty, relative to the sum of the squared distances.
    """
    known = [tuple(points[start : start + width]) for start in range(0, len(points), width)]

    def mapped(row: Any, found: Neighbours) -> list[float]:
        places = [place for _, place in found]
        offsets = [[other - value for value, other in zip(row, known[place], strict=True)] for place in places]
        gram = [[dot(one, other) for other in offsets] for one in offsets]
        trace = sum([line[index] for index, line in enumerate(gram)])
        for index, line in enumerate(gram):
            line[index] += ridge * trace if trace > 0 else ridge
        lower = cholesky(gram)
        weights = backward(lower, forward(lower, [1.0] * len(gram)))
        total = sum(weights)
        shares = [weight / total for weight in weights]
        return [dot([target[place] for place in places], shares) for target in targets]

    def apply(rows: Batch) -> Batch:
        return [mapped(row, found) for row, found in zip(rows, search(rows), strict=True)]

    return apply


OPERATIONS = {
    "barycentric": barycentric,
    **rowwise(alone=alone, geodesic=geodesic, graph=graph, outlying=outlying, within=within),
}
