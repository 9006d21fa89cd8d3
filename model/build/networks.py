"""How far the answers of an exported neural network may be from MLflow's.

A network's float32 answers are not defined to the last bits: PyTorch itself answers a row alone otherwise than in a
batch, because it sums in another order. The figures are units in the last place (2**-23) of the largest number of an
answer or, if that is larger, of the column's median; docs/networks.md says what they were measured on.
"""

from typing import Any

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


def allowance(row: Any, own: float, tolerance: float) -> float:
    """Return how far the answer to a row may be from MLflow's.

    Args:
        row: the row.
        own: how far MLflow's answers to it, alone and in a batch, are from each other.
        tolerance: the tolerance of a row of ordinary numbers.
    """
    size = largest(row)
    if size >= OVERFLOWS:
        return float("inf")
    return max(CANCELLED * tolerance if size >= LARGE else tolerance, min(OWN * own, MOST * tolerance))


def largest(value: Any) -> float:
    """Return the size of the largest number in a row."""
    if isinstance(value, dict | list):
        return max(map(largest, value.values() if isinstance(value, dict) else value), default=0.0)
    return abs(value) if isinstance(value, int | float) else 0.0
