"""Combine the predictions of an ensemble's members (sklearn.ensemble)."""

import math
from itertools import accumulate
from operator import add
from typing import Any

from handler.backends.compiled.graph import Batch, Operation


def added(members: list[Operation], places: list[list[int]], width: int, logarithms: bool) -> Operation:
    """Add up the columns of all members.

    Args:
        members: operations that give columns.
        places: for each member, the result columns that its columns are added to.
        width: the number of result columns.
        logarithms: whether members give logarithms, and the result holds the logarithms of sums.
    """
    together, nothing = (_logaddexp, -math.inf) if logarithms else (add, 0.0)

    def apply(batch: Batch) -> Batch:
        made = [member(batch) for member in members]
        totals = [[nothing] * len(made[0][0]) for _ in range(width)]
        for columns, own in zip(made, places, strict=True):
            for place, column in zip(own, columns, strict=True):
                totals[place] = list(map(together, totals[place], column))
        return totals

    return apply


def _logaddexp(one: float, other: float) -> float:
    """Return the logarithm of the sum of two exponentials (numpy.logaddexp)."""
    if one == other:
        return one + math.log(2.0)
    low, high = sorted((one, other))
    return high + math.log1p(math.exp(low - high))


def votes(members: list[Operation], names: list[Any], hits: list[float], misses: list[float]) -> Operation:
    """Score each class: the hits of members that predict it plus the misses of the others; columns.

    Args:
        members: operations that give labels.
        names: each class's label.
        hits: what each member adds to the class that it predicts.
        misses: what it adds to the other classes.
    """

    def apply(batch: Batch) -> Batch:
        said = [member(batch) for member in members]
        totals = []
        for name in names:
            total = [0.0] * len(said[0])
            for labels, hit, miss in zip(said, hits, misses, strict=True):
                total = [before + (hit if label == name else miss) for before, label in zip(total, labels, strict=True)]
            totals.append(total)
        return totals

    return apply


def apart(_: None = None) -> Operation:
    """Subtract the first of two columns from the second, into a single column."""
    return lambda columns: [[second - first for first, second in zip(*columns, strict=True)]]


def centred(least: float, factor: float, most: float = math.inf) -> Operation:
    """Take logarithms of clipped probabilities, subtract each row's mean, and multiply by a factor."""

    def apply(columns: Batch) -> Batch:
        logarithms = [[math.log(min(max(value, least), most)) for value in column] for column in columns]
        means = [sum(row) / len(row) for row in zip(*logarithms, strict=True)]
        return [[factor * (value - mean) for value, mean in zip(column, means, strict=True)] for column in logarithms]

    return apply


def medians(weights: list[float]) -> Operation:
    """Return the weighted median of each row (AdaBoostRegressor): columns to values."""

    def median(row: Any) -> Any:
        order = sorted(range(len(row)), key=row.__getitem__)
        sums = list(accumulate(weights[index] for index in order))
        return next(row[index] for index, total in zip(order, sums, strict=True) if total >= 0.5 * sums[-1])

    return lambda columns: list(map(median, zip(*columns, strict=True)))


def logits(least: float, factor: float) -> Operation:
    """Return the logit of the second column's clipped probabilities, times a factor, as a single column."""

    def logit(probability: float) -> float:
        clipped = min(max(probability, least), 1.0 - least)
        return factor * math.log(clipped / (1.0 - clipped))

    return lambda columns: [list(map(logit, columns[1]))]


def isolation(denominator: float) -> Operation:
    """Turn path lengths into scores (IsolationForest.score_samples)."""
    return lambda columns: [
        [-(2.0 ** -(depth / denominator if denominator else 1.0)) for depth in column] for column in columns
    ]


def less(by: float) -> Operation:
    """Subtract a number from columns."""
    return lambda columns: [[value - by for value in column] for column in columns]


def signs(_: None = None) -> Operation:
    """Return -1 for negative values, else 1."""
    return lambda values: [-1 if value < 0 else 1 for value in values]


OPERATIONS = {
    "added": added,
    "apart": apart,
    "centred": centred,
    "isolation": isolation,
    "less": less,
    "logits": logits,
    "medians": medians,
    "signs": signs,
    "votes": votes,
}
