"""Replace numbers by the bins that they lie in (sklearn.preprocessing.KBinsDiscretizer)."""

from bisect import bisect_right
from functools import partial
from itertools import chain
from typing import Any

from handler.backends.compiled.graph import Batch, Operation


def ordinal(edges: list[Any]) -> Operation:
    """Replace each number by the number of its bin; `edges` holds the inner edges of each column's bins."""
    known = _finders(edges)
    return lambda columns: [list(map(float, map(find, column))) for find, column in zip(known, columns, strict=True)]


def one_hot(edges: list[Any]) -> Operation:
    """One-hot encode the bin of each number: columns to rows."""
    known = [
        (find, [tuple(float(index == number) for index in range(len(column) + 1)) for number in range(len(column) + 1)])
        for find, column in zip(_finders(edges), edges, strict=True)
    ]

    def apply(columns: Batch) -> Batch:
        coded = [
            [codes[number] for number in map(find, column)]
            for (find, codes), column in zip(known, columns, strict=True)
        ]
        return [tuple(chain.from_iterable(row)) for row in zip(*coded, strict=True)]

    return apply


def sparse_one_hot(edges: list[Any]) -> Operation:
    """One-hot encode the bin of each number: columns to sparse rows."""
    widths = [len(column) + 1 for column in edges]
    known = [(find, sum(widths[:index])) for index, find in enumerate(_finders(edges))]

    def apply(columns: Batch) -> Batch:
        placed = [
            [start + number for number in map(find, column)]
            for (find, start), column in zip(known, columns, strict=True)
        ]
        return [dict.fromkeys(row, 1.0) for row in zip(*placed, strict=True)]

    return apply


def _finders(edges: list[Any]) -> list[Any]:
    """Return, for each column, the function from a number to its bin."""
    return [partial(bisect_right, column.tolist()) for column in edges]


OPERATIONS = {"one_hot": one_hot, "ordinal": ordinal, "sparse_one_hot": sparse_one_hot}
