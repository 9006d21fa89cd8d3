"""Match a DataFrame's columns to the signature: by position if it has no names, flat lists as rows of tensors."""

from math import prod
from typing import Any, NamedTuple

from handler.schema import Schema
from handler.schema.batch import Path


class RawColumns(NamedTuple):
    """Columns of decoded JSON values.

    Attributes:
        columns: values by column, each list `rows` long.
        rows: number of rows.
        path: returns the JSON path of a value.
        table: whether they come as a DataFrame, in which a tensor's row may be flat and columns may go by position.
    """

    columns: dict[str, list[Any]]
    rows: int
    path: Path
    table: bool = False


def fit_to_signature(given: RawColumns, schema: Schema) -> RawColumns:
    """Return the columns under the signature's names, and each row of a tensor in the tensor's shape."""
    if schema.positional:
        given = _by_position(given, schema)
    columns = dict(given.columns)
    for column, spec in zip(schema.columns, schema.inputs or [], strict=True):
        if spec["type"] == "tensor" and column.name in columns:
            shape = spec["tensor-spec"]["shape"][1:]
            columns[column.name] = [reshape(value, shape) for value in columns[column.name]]
    return given._replace(columns=columns)


def _by_position(given: RawColumns, schema: Schema) -> RawColumns:
    names = [column.name for column in schema.columns]
    if schema.unnamed and schema.columns[0].type == "tensor" and len(given.columns) > 1:
        rows = [list(row) for row in zip(*given.columns.values(), strict=True)]
        return given._replace(columns={names[0]: rows}, path=lambda row, _: given.path(row, None))
    own = dict(zip(names, given.columns, strict=False))
    columns = {name: given.columns[there] for name, there in own.items()}
    return given._replace(columns=columns, path=lambda row, name: given.path(row, own.get(name or "", name)))


def reshape(value: Any, shape: list[int]) -> Any:
    """Return a flat list of values, or a single value, as nested lists of a tensor's shape.

    A value that is nested, has the wrong length, or belongs to a shape with a free dimension is returned unchanged.
    """
    if not shape or min(shape) < 0:
        return value
    flat = value if isinstance(value, list) else [value]
    if len(flat) != prod(shape) or any(isinstance(inner, list) for inner in flat):
        return value
    for length in reversed(shape[1:]):
        flat = [flat[start : start + length] for start in range(0, len(flat), length)]
    return flat
