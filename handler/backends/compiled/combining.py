"""Combine the results of several operations on the same batch: votes, means, chains and codes."""

from collections.abc import Callable
from itertools import repeat
from operator import add, mul, neg
from typing import Any

from handler.backends.compiled.functions import dot
from handler.backends.compiled.graph import Batch, Operation


def chained(features: list[Operation], outputs: list[Operation], order: list[int]) -> Operation:
    """Evaluate a chain of models, each of which also sees a feature from each model before it (ClassifierChain).

    Args:
        features: operations that give the column each model passes on to the later ones.
        outputs: operations that give each model's output column.
        order: the position of each output column in the result.
    """

    def apply(columns: Batch) -> Batch:
        given = list(columns)
        made: Batch = [()] * len(order)
        for place, feature, output in zip(order, features, outputs, strict=True):
            [[*made[place]]] = [map(float, column) for column in output(given)]
            given = [*given, *(list(map(float, column)) for column in feature(given))]
        return made

    return apply


def mean(parts: list[Operation], weights: list[float], total: float) -> Operation:
    """Average the parts' columns, weighted (numpy.average)."""

    def apply(batch: Batch) -> Batch:
        results = [part(batch) for part in parts]
        return [_mean(columns, weights, total) for columns in zip(*results, strict=True)]

    return apply


def _mean(columns: Any, weights: list[float], total: float) -> list[float]:
    sums = list(map(mul, columns[0], repeat(weights[0])))
    for column, weight in zip(columns[1:], weights[1:], strict=True):
        sums = list(map(add, sums, map(mul, column, repeat(weight))))
    return [value / total for value in sums]


def votes(weights: list[float], classes: list[Any]) -> Operation:
    """Return the class with the most weighted votes, the first of equals; a column is one voter's class numbers."""

    def elected(row: Any) -> Any:
        totals = [0.0] * (max(row) + 1)
        for number, weight in zip(row, weights, strict=True):
            totals[number] += weight
        return classes[totals.index(max(totals))]

    def apply(columns: Batch) -> Batch:
        rows = list(zip(*columns, strict=True))
        winners = {row: elected(row) for row in set(rows)}
        return [winners[row] for row in rows]

    return apply


def shares(otherwise: float) -> Operation:
    """Divide columns by their sum in each row; where it is zero, add `otherwise` instead."""

    def apply(columns: Batch) -> Batch:
        totals = columns[0]
        for column in columns[1:]:
            totals = list(map(add, totals, column))
        return [
            [value / total if total else value + otherwise for value, total in zip(column, totals, strict=True)]
            for column in columns
        ]

    return apply


def pairs(count: int) -> Operation:
    """Score each class by the decisions and confidences of all pairs of classes (OneVsOneClassifier).

    The columns hold the decisions of all pairs, 1 for the second class, then their confidences.
    """
    both = [(first, second) for first in range(count) for second in range(first + 1, count)]

    def scores(row: Any) -> list[float]:
        votes, confidences = [0] * count, [0.0] * count
        for (first, second), decision, confidence in zip(both, row, row[len(both) :], strict=False):
            confidences[first] -= confidence
            confidences[second] += confidence
            votes[second if decision else first] += 1
        return [vote + value / (3 * (abs(value) + 1)) for vote, value in zip(votes, confidences, strict=True)]

    return lambda columns: list(map(scores, zip(*columns, strict=True)))


def nearest(codes: list[list[float]], classes: list[Any]) -> Operation:
    """Return the class whose code is nearest to the row (OutputCodeClassifier)."""
    halves = [sum(value * value for value in code) / 2 for code in codes]

    def decided(row: Any) -> Any:
        distances = [half - dot(row, code) for half, code in zip(halves, codes, strict=True)]
        return classes[distances.index(min(distances))]

    return lambda columns: list(map(decided, zip(*columns, strict=True)))


def above(least: float, classes: list[Any]) -> Operation:
    """Return the second of two labels where a value exceeds `least`, else the first."""
    return lambda values: [classes[value > least] for value in values]


def reaching(least: float, classes: list[Any]) -> Operation:
    """Return the second of two labels where a value is at least `least`, else the first."""
    return lambda values: [classes[value >= least] for value in values]


def named(classes: list[Any]) -> Operation:
    """Replace class numbers by labels."""
    return lambda values: list(map(classes.__getitem__, values))


def negated(_: None = None) -> Operation:
    """Negate values."""
    return lambda values: list(map(neg, values))


def complement(_: None = None) -> Operation:
    """Turn the second class's probability into those of both classes."""
    return lambda columns: [[1.0 - value for value in columns[0]], columns[0]]


def constant(value: Any, form: str) -> Operation:
    """Return the same value for each row of a batch of any form (DummyClassifier)."""
    count: Callable[[Batch], int] = (lambda columns: len(columns[0])) if form == "columns" else len
    return lambda batch: [value] * count(batch)


OPERATIONS = {
    "above": above,
    "chained": chained,
    "complement": complement,
    "constant": constant,
    "mean": mean,
    "named": named,
    "nearest": nearest,
    "negated": negated,
    "pairs": pairs,
    "reaching": reaching,
    "shares": shares,
    "votes": votes,
}
