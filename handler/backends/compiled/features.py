"""Some columns of rows (sklearn.feature_selection); of columns, `composing.columns` picks them."""

from operator import itemgetter
from typing import Any

from handler.backends.compiled.graph import Batch, Operation, RowFunction, rowwise


def rows(indices: list[int]) -> Operation:
    """The values of a row at some places."""
    if len(indices) == 1:
        [only] = indices
        return lambda batch: [(row[only],) for row in batch]
    pick = itemgetter(*indices)

    def apply(batch: Batch) -> Batch:
        return list(map(pick, batch))

    return apply


def sparse(places: Any) -> RowFunction:
    """The values of a sparse row that have a place in the new one; others have -1."""
    return lambda row: {place: value for index, value in row.items() if (place := places[index]) >= 0}


OPERATIONS = {"rows": rows, **rowwise(sparse=sparse)}
