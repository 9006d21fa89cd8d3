"""Add up tables that are looked up by bins of columns (interpret's explainable boosting machines)."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from handler.backends.compiled.graph import Batch, Operation


def scores(starts: list[float], bins: list[dict[str, Any]], terms: list[dict[str, Any]]) -> Operation:
    """Add up terms, in their order, on top of `starts`: columns to columns.

    Each of `bins` numbers the values of the column at `index`: 0 is missing; a number's bin is one more than how many
    of the `cuts` it reaches; a category's is in `codes`, beside `values`, and an unknown one's is `unseen`. A term
    adds, to each sum, the number that one of its `tables` has at the sum of its `bins` times `strides`.
    """
    makers = [_binned(**one) for one in bins]

    def apply(columns: Batch) -> Batch:
        binned = [make(columns) for make in makers]
        totals = [[start] * len(columns[0]) for start in starts]
        for term in terms:
            places = _places([binned[one] for one in term["bins"]], term["strides"])
            for number, table in enumerate(term["tables"]):
                totals[number] = [total + table[place] for total, place in zip(totals[number], places, strict=True)]
        return totals

    return apply


def _places(binned: list[list[int]], strides: list[int]) -> list[int]:
    first, *others = [[place * stride for place in one] for one, stride in zip(binned, strides, strict=True)]
    return [sum(several) for several in zip(first, *others, strict=True)] if others else first


def _binned(
    index: int,
    cuts: Sequence[float] | None = None,
    values: list[Any] | None = None,
    codes: list[int] | None = None,
    unseen: int = 0,
) -> Any:
    if cuts is not None:
        return lambda columns: [
            0 if value is None or value != value else bisect_right(cuts, value) + 1  # noqa: PLR0124 - NaN
            for value in columns[index]
        ]
    known = dict(zip(values or [], codes or [], strict=True))
    known[None] = 0
    return lambda columns: [0 if value != value else known.get(value, unseen) for value in columns[index]]  # noqa: PLR0124


OPERATIONS = {"scores": scores}
