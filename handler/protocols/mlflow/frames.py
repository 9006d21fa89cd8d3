"""A DataFrame's columns as the signature has them: in order where it has no names, lists as tensors' rows."""

from math import prod
from typing import Any

from handler.protocols.mlflow.forms import Given
from handler.schema import Schema


def signed(given: Given, schema: Schema) -> Given:
    """The columns under the signature's names; what a tensor takes row by row, in the tensor's shape."""
    if schema.positional:
        given = _in_order(given, schema)
    columns = dict(given.columns)
    for column, spec in zip(schema.columns, schema.inputs or [], strict=True):
        if spec["type"] == "tensor" and column.name in columns:
            shape = spec["tensor-spec"]["shape"][1:]
            columns[column.name] = [shaped(value, shape) for value in columns[column.name]]
    return given._replace(columns=columns)


def _in_order(given: Given, schema: Schema) -> Given:
    names = [column.name for column in schema.columns]
    if schema.unnamed and schema.columns[0].type == "tensor" and len(given.columns) > 1:
        rows = [list(row) for row in zip(*given.columns.values(), strict=True)]
        return given._replace(columns={names[0]: rows}, path=lambda row, _: given.path(row, None))
    own = dict(zip(names, given.columns, strict=False))
    columns = {name: given.columns[there] for name, there in own.items()}
    return given._replace(columns=columns, path=lambda row, name: given.path(row, own.get(name or "", name)))


def shaped(value: Any, shape: list[int]) -> Any:
    """A row's values in a tensor's shape: a list of as many numbers as it holds, or the only one.

    What is not flat, or does not fill a shape known beforehand, stays as it is, to be taken or refused.
    """
    if not shape or min(shape) < 0:
        return value
    flat = value if isinstance(value, list) else [value]
    if len(flat) != prod(shape) or any(isinstance(inner, list) for inner in flat):
        return value
    for length in reversed(shape[1:]):
        flat = [flat[start : start + length] for start in range(0, len(flat), length)]
    return flat
