"""Topics of a document (sklearn.decomposition.LatentDirichletAllocation)."""

import math
from typing import Any

from handler.backends.compiled.functions import dot
from handler.backends.compiled.graph import RowFunction, rowwise

_EPSILON = math.ulp(1.0)
_EULER = 0.577215664901532860606512090082402431
_TINY = 1e-6  # below it, the digamma function is all but -1 / x
_LARGE = 6.0  # from it on, its asymptotic series is used


def shares(words: Any, topics: int, prior: float, tolerance: float, iterations: int) -> RowFunction:
    """Return each topic's share of a sparse row of counts, by variational inference (_update_doc_distribution).

    Args:
        words: the weight of each word in each topic, one word after the other.
        topics: the number of topics.
        prior: the prior weight of a topic.
        tolerance: the mean change at which to stop.
        iterations: the greatest number of iterations.
    """
    start = math.exp(_digamma(1.0) - _digamma(float(topics)))

    def apply(row: dict[int, float]) -> list[float]:
        known = [words[index * topics : (index + 1) * topics].tolist() for index in row]
        by_topic = list(zip(*known, strict=True)) or [()] * topics
        counts = list(row.values())
        weights, expected = [1.0] * topics, [start] * topics
        for _ in range(iterations):
            before = weights
            shared = [count / (dot(expected, word) + _EPSILON) for count, word in zip(counts, known, strict=True)]
            weights = [own * dot(shared, topic) + prior for own, topic in zip(expected, by_topic, strict=True)]
            total = _digamma(sum(weights))
            expected = [math.exp(_digamma(weight) - total) for weight in weights]
            if sum([abs(one - other) for one, other in zip(before, weights, strict=True)]) / topics < tolerance:
                break
        whole = sum(weights)
        return [weight / whole for weight in weights]

    return apply


def _digamma(value: float) -> float:
    """Return the digamma function of a positive number, as scikit-learn does: Bernardo, algorithm AS 103 (1976)."""
    if value <= _TINY:
        return -_EULER - 1.0 / value
    result = 0.0
    while value < _LARGE:
        result -= 1.0 / value
        value += 1.0
    inverse = 1.0 / value
    result += math.log(value) - 0.5 * inverse
    square = inverse * inverse
    return result - square * ((1.0 / 12.0) - square * ((1.0 / 120.0) - square * (1.0 / 252.0)))


OPERATIONS = rowwise(shares=shares)
