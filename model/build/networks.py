"""How far the answers of an exported neural network may be from MLflow's.

A network's float32 answers are not defined to the last bits: PyTorch itself answers a row alone otherwise than in a
batch, because it sums in another order. The figures are units in the last place (2**-23) of the largest number of an
answer or, if that is larger, of the column's median; docs/networks.md says what they were measured on.
"""

import json
from typing import Any, NamedTuple

UNITS = 256
"""A row's answer may differ by so many."""

TOLERANCE = UNITS * 2**-23

TYPICAL = 1 / 8
"""The median of all rows' differences may be this share of the tolerance: a wrong conversion moves every row."""

OWN = 8
"""Or as many times as far as MLflow's own answers to the row, alone and in a batch, are from each other ..."""

MOST = 256
"""... but no more than so many times the tolerance: beyond it, the answers depend on the batch."""

LARGE = 1e6
"""Numbers from which on sums cancel: inputs of a network are rarely as large, and generated rows often are."""

CANCELLED = 16
"""How many times as far the answer to a row with such a number may be."""

OVERFLOWS = 1e18
"""Numbers whose squares overflow float32, at another place in every library: such a row may have any answer."""


RANKED = "zero-shot"
"""The form of a bundle whose answers are tables of labels in the order of their scores."""


class Rules(NamedTuple):
    """How the answers of one network are compared with MLflow's.

    Attributes:
        tolerance: of a row of ordinary numbers.
        loses_missing: whether the library makes numbers of missing ones where it fuses layers, as TensorFlow does:
            a row with one may have any answer.
        ranked: whether an answer is a table of labels in the order of their scores.
    """

    tolerance: float
    loses_missing: bool = False
    ranked: bool = False

    def allowance(self, row: Any, own: float) -> float:
        """Return how far the answer to a row may be from MLflow's.

        Args:
            row: the row.
            own: how far MLflow's answers to it, alone and in a batch, are from each other.
        """
        size = largest(row)
        if size >= OVERFLOWS or (self.loses_missing and misses(row)):
            return float("inf")
        usual = CANCELLED * self.tolerance if size >= LARGE else self.tolerance
        return max(usual, min(OWN * own, MOST * self.tolerance))


def rules(options: dict[str, Any]) -> Rules | None:
    """Return the rules for a bundle with these options; None if it does not hold a network."""
    tolerance = options.get("tolerance")
    ranked = options.get("form") == RANKED
    return Rules(tolerance, options.get("loses_missing", False), ranked) if tolerance else None


def in_order_of_labels(answers: Any) -> Any:
    """Return one side's answers to a proof with ranked tables sorted by label, beside the scores in their own order.

    Two labels whose scores are as good as equal may be in either order.
    """
    names = ("single", "batch")
    sorted_answers = {name: [_by_label(answer) for answer in answers[name]] for name in names}
    sorted_answers |= {name: _by_label(answers.get(name)) for name in ("together", "example")}
    batches = [(places, _by_label(answer)) for places, answer in answers.get("batches") or []]
    return {**answers, **sorted_answers, "batches": batches}


def _by_label(answer: Any) -> Any:
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        return answer
    texts = [json.dumps({name: value for name, value in row.items() if name != "scores"}) for row in answer]
    scores = [row.get("scores") for row in answer]
    return {"in their order": scores, "by label": [list(pair) for pair in sorted(zip(texts, scores, strict=True))]}


def misses(value: Any) -> bool:
    """Return whether a number in a row is missing."""
    if isinstance(value, dict | list):
        return any(map(misses, value.values() if isinstance(value, dict) else value))
    return value is None


def largest(value: Any) -> float:
    """Return the size of the largest number in a row."""
    if isinstance(value, dict | list):
        return max(map(largest, value.values() if isinstance(value, dict) else value), default=0.0)
    return abs(value) if isinstance(value, int | float) else 0.0
