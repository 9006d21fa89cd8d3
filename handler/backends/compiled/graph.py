"""Reads a compiled model's files and links its operations into one function of a row."""

import sys
from array import array
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from handler.errors import BundleError

Operation = Callable[[Any], Any]

ARRAYS = "arrays.bin"
GRAPH = "graph.json"


class Table(msgspec.Struct, frozen=True):
    """Where an array lies in `arrays.bin`: a typecode of Python's `array`, first byte, number of items."""

    type: str
    start: int
    count: int


class Graph(msgspec.Struct, frozen=True):
    """`graph.json`: a tree of operations, and the arrays they refer to by number."""

    tables: list[Table]
    root: dict[str, Any]


def load(folder: Path) -> Operation:
    """The function of a row that a compiled model is.

    Raises:
        BundleError: an operation or an array that this handler does not know.
    """
    described = msgspec.json.decode((folder / GRAPH).read_bytes(), type=Graph)
    data = memoryview((folder / ARRAYS).read_bytes())
    arrays = [_array(table, data) for table in described.tables]
    operation: Operation = _linked(described.root, arrays)
    return operation


def _array(table: Table, data: memoryview) -> "array[Any]":
    values = array(table.type)
    end = table.start + table.count * values.itemsize
    if not 0 <= table.start <= end <= len(data):
        raise BundleError(f"a table of {ARRAYS} ends after its end")
    values.frombytes(data[table.start : end])
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _linked(value: Any, arrays: list["array[Any]"]) -> Any:
    """A described value with arrays in the place of their numbers and functions in the place of operations."""
    if isinstance(value, list):
        return [_linked(inner, arrays) for inner in value]
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return arrays[value["array"]]
    linked = {name: _linked(inner, arrays) for name, inner in value.items() if name != "op"}
    return _operation(value["op"])(**linked) if "op" in value else linked


def _operation(name: str) -> Callable[..., Operation]:
    """An operation by its name, `family.operation`; a family is a file beside this one."""
    family, _, operation = name.partition(".")
    try:
        operations: dict[str, Callable[..., Operation]] = import_module(f"{__package__}.{family}").OPERATIONS
        return operations[operation]
    except (ImportError, KeyError, AttributeError):
        raise BundleError(f"the bundle wants the operation {name!r}, which this handler does not have") from None
