"""Compose operations, and convert batches between their four forms."""

from functools import reduce
from itertools import chain as concatenated
from operator import add
from typing import Any

from handler.backends.compiled.functions import float32_columns
from handler.backends.compiled.graph import Batch, Operation, rowwise


def chain(steps: list[Operation]) -> Operation:
    """Apply operations one after the other (sklearn.pipeline.Pipeline)."""
    steps = list(steps)
    for index in range(len(steps) - 1, 0, -1):
        of_columns = getattr(steps[index], "of_columns", None)
        if of_columns and steps[index - 1] is _transpose:
            narrow = index > 1 and steps[index - 2] is float32_columns
            steps[index - 1 - narrow : index + 1] = [of_columns(narrow)]

    def apply(batch: Batch) -> Batch:
        for step in steps:
            batch = step(batch)
        return batch

    return apply


def column(index: int) -> Operation:
    """Select one column, as values."""
    return lambda columns: columns[index]


def columns(indices: list[int]) -> Operation:
    """Select columns."""
    if indices and indices == list(range(indices[0], indices[-1] + 1)):
        those = slice(indices[0], indices[-1] + 1)
        return lambda columns: columns[those]
    return lambda columns: [columns[index] for index in indices]


def single(_: None = None) -> Operation:
    """Turn values into a single column."""
    return lambda values: [values]


def transposed(_: None = None) -> Operation:
    """Transpose columns into rows, or rows into columns."""
    return _transpose


def _transpose(batch: Batch) -> Batch:
    return list(zip(*batch, strict=True))


def union(parts: list[Operation], widths: list[int]) -> Operation:
    """Concatenate the rows that several operations give (ColumnTransformer, FeatureUnion)."""
    del widths  # for other readers of the graph

    def apply(batch: Batch) -> Batch:
        return reduce(joined, [part(batch) for part in parts])

    return apply


def joined(left: Batch, right: Batch) -> Batch:
    """Return the rows of two batches, each row of the second after that of the first."""
    return list(map(add, map(tuple, left), map(tuple, right)))


def columns_union(parts: list[Operation]) -> Operation:
    """Concatenate the columns that several operations give."""
    return lambda batch: list(concatenated.from_iterable([part(batch) for part in parts]))


def sparse_union(parts: list[Operation], widths: list[int]) -> Operation:
    """Concatenate the sparse rows that several operations give."""
    offsets = [sum(widths[:index]) for index in range(len(widths))]

    def apply(batch: Batch) -> Batch:
        first, *others = [part(batch) for part in parts]
        joined = [dict(row) for row in first]
        for offset, rows in zip(offsets[1:], others, strict=True):
            for whole, row in zip(joined, rows, strict=True):
                for index, value in row.items():
                    whole[offset + index] = value
        return joined

    return apply


def weighted_columns(weight: float) -> Operation:
    """Multiply columns by a weight (`transformer_weights`)."""
    return lambda columns: [[value * weight for value in column] for column in columns]


def weighted_sparse(weight: float) -> Any:
    """Multiply a sparse row by a weight (`transformer_weights`)."""
    return lambda row: {index: value * weight for index, value in row.items()}


def dense(width: int, zero: float = 0.0) -> Any:
    """Convert a sparse row into a dense one; `zero` is what it leaves out, of the numbers' type."""

    def apply(row: dict[int, float]) -> list[float]:
        values = [zero] * width
        for index, value in row.items():
            values[index] = value
        return values

    return apply


def sparse(_: None = None) -> Any:
    """Convert a dense row into a sparse one."""
    return lambda row: {index: value for index, value in enumerate(row) if value}


OPERATIONS = {
    "chain": chain,
    "column": column,
    "columns": columns,
    "columns_union": columns_union,
    "single": single,
    "sparse_union": sparse_union,
    "transposed": transposed,
    "union": union,
    "weighted_columns": weighted_columns,
    **rowwise(dense=dense, sparse=sparse, weighted_sparse=weighted_sparse),
}
