"""Operations made of operations, and columns put beside each other."""

from typing import Any

from handler.backends.compiled.graph import Operation


def chain(steps: list[Operation]) -> Operation:
    """One after the other (sklearn.pipeline.Pipeline)."""

    def apply(row: Any) -> Any:
        for step in steps:
            row = step(row)
        return row

    return apply


def column(index: int) -> Operation:
    """One value of a row, by itself."""
    return lambda row: row[index]


def columns(indices: list[int]) -> Operation:
    """Some values of a row."""
    return lambda row: [row[index] for index in indices]


def union(parts: list[Operation]) -> Operation:
    """What several operations make of a row, one after the other (ColumnTransformer, FeatureUnion): dense."""
    return lambda row: [value for part in parts for value in part(row)]


def sparse_union(parts: list[Operation], widths: list[int]) -> Operation:
    """The same as `union` for sparse parts, of which the result is one."""

    def apply(row: Any) -> dict[int, float]:
        joined: dict[int, float] = {}
        offset = 0
        for part, width in zip(parts, widths, strict=True):
            for index, value in part(row).items():
                joined[offset + index] = value
            offset += width
        return joined

    return apply


def dense(width: int) -> Operation:
    """A sparse row written out."""

    def apply(row: dict[int, float]) -> list[float]:
        values = [0.0] * width
        for index, value in row.items():
            values[index] = value
        return values

    return apply


def sparse(_: None = None) -> Operation:
    """A dense row without its zeros."""
    return lambda row: {index: value for index, value in enumerate(row) if value}


OPERATIONS = {
    "chain": chain,
    "column": column,
    "columns": columns,
    "dense": dense,
    "sparse": sparse,
    "sparse_union": sparse_union,
    "union": union,
}
