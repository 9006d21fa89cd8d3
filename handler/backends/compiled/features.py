"""Select features of rows (sklearn.feature_selection); `composing.columns` selects columns."""

from operator import itemgetter
from typing import Any

from handler.backends.compiled.graph import Batch, Operation, RowFunction, rowwise


def rows(indices: list[int]) -> Operation:
    """Select values of a row by index."""
    if len(indices) == 1:
        [only] = indices
        return lambda batch: [(row[only],) for row in batch]
    pick = itemgetter(*indices)

    def apply(batch: Batch) -> Batch:
        return list(map(pick, batch))

    return apply


def sparse(places: Any) -> RowFunction:
    """Select values of a sparse row; `places` maps each index to its new one, or -1 to drop it."""
    return lambda row: {place: value for index, value in row.items() if (place := places[index]) >= 0}


OPERATIONS = {"rows": rows, **rowwise(sparse=sparse)}
