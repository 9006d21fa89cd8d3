"""Operations made of operations, and batches brought from one form into another."""

from functools import reduce
from operator import add
from typing import Any

from handler.backends.compiled.graph import Batch, Operation, rowwise


def chain(steps: list[Operation]) -> Operation:
    """One after the other (sklearn.pipeline.Pipeline)."""

    def apply(batch: Batch) -> Batch:
        for step in steps:
            batch = step(batch)
        return batch

    return apply


def column(index: int) -> Operation:
    """One column, as values."""
    return lambda columns: columns[index]


def columns(indices: list[int]) -> Operation:
    """Some columns."""
    return lambda columns: [columns[index] for index in indices]


def single(_: None = None) -> Operation:
    """Values, as the only column."""
    return lambda values: [values]


def transposed(_: None = None) -> Operation:
    """Columns as rows, or rows as columns."""
    return lambda batch: list(zip(*batch, strict=True))


def union(parts: list[Operation], widths: list[int]) -> Operation:
    """What several operations make of a batch, beside each other (ColumnTransformer, FeatureUnion): rows."""
    del widths  # what reads the graph may want them

    def apply(batch: Batch) -> Batch:
        return reduce(_joined, [part(batch) for part in parts])

    return apply


def _joined(left: Batch, right: Batch) -> Batch:
    return list(map(add, map(tuple, left), map(tuple, right)))


def columns_union(parts: list[Operation]) -> Operation:
    """The same as `union` for parts that give columns, as the result is."""
    return lambda batch: [column for part in parts for column in part(batch)]


def sparse_union(parts: list[Operation], widths: list[int]) -> Operation:
    """The same as `union` for sparse parts, of which the result is one."""
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
    """Columns of numbers, multiplied (`transformer_weights`)."""
    return lambda columns: [[value * weight for value in column] for column in columns]


def weighted_sparse(weight: float) -> Any:
    """The same of a sparse row."""
    return lambda row: {index: value * weight for index, value in row.items()}


def dense(width: int) -> Any:
    """A sparse row written out."""

    def apply(row: dict[int, float]) -> list[float]:
        values = [0.0] * width
        for index, value in row.items():
            values[index] = value
        return values

    return apply


def sparse(_: None = None) -> Any:
    """A row without its zeros."""
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
