"""Reads a compiled model's files and links its operations into one function of a batch."""

import mmap
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from handler.errors import BundleError, InvalidValue

Batch = list[Any]
"""The rows of a request in one of four forms: a list of columns, of rows, of sparse rows (dicts), or of values."""

Operation = Callable[[Batch], Batch]
Maker = Callable[..., Operation]
RowFunction = Callable[[Any], Any]

ARRAYS = "arrays.bin"
GRAPH = "graph.json"

_SIZES = {"d": 8, "f": 4, "i": 4, "q": 8}


class Table(msgspec.Struct, frozen=True):
    """Where an array lies in `arrays.bin`: a typecode of Python's `struct`, first byte, number of items."""

    type: str
    start: int
    count: int


class Graph(msgspec.Struct, frozen=True):
    """`graph.json`: a tree of operations, and the arrays they refer to by number."""

    tables: list[Table]
    root: dict[str, Any]


def rowwise(**makers: Callable[..., RowFunction]) -> dict[str, Maker]:
    """Operations out of functions that look at one row at a time; what one refuses gets its number."""
    return {name: _lifted(make) for name, make in makers.items()}


def each(function: RowFunction) -> Operation:
    """The operation that is one function of every row, or value."""

    def apply(rows: Batch) -> Batch:
        try:
            return list(map(function, rows))
        except InvalidValue:
            _refuse(function, rows)
            raise

    return apply


def _lifted(make: Callable[..., RowFunction]) -> Maker:
    return lambda **arguments: each(make(**arguments))


def _refuse(function: RowFunction, rows: Batch) -> None:
    for index, row in enumerate(rows):
        try:
            function(row)
        except InvalidValue as error:
            raise InvalidValue(error.detail, row=index, column=error.column) from None


def load(folder: Path) -> Operation:
    """The function of a batch, given as columns, that a compiled model is.

    Raises:
        BundleError: an operation or an array that this handler does not know.
    """
    described = msgspec.json.decode((folder / GRAPH).read_bytes(), type=Graph)
    data = _mapped(folder / ARRAYS)
    arrays = [_array(table, data) for table in described.tables]
    operation: Operation = _linked(described.root, arrays)
    return operation


def _mapped(path: Path) -> memoryview:
    """A file's bytes, read from the disk only where they are used."""
    with path.open("rb") as stream:
        empty = not path.stat().st_size  # which cannot be mapped
        return memoryview(b"" if empty else mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))


def _array(table: Table, data: memoryview) -> Any:
    if table.type not in _SIZES:
        raise BundleError(f"a table of {ARRAYS} has the type {table.type!r}; there are {', '.join(_SIZES)}")
    end = table.start + table.count * _SIZES[table.type]
    if not 0 <= table.start <= end <= len(data):
        raise BundleError(f"a table of {ARRAYS} ends after its end")
    return data[table.start : end].cast(table.type)  # type: ignore[call-overload]


def _linked(value: Any, arrays: list[Any]) -> Any:
    """A described value with arrays in the place of their numbers and functions in the place of operations."""
    if isinstance(value, list):
        return [_linked(inner, arrays) for inner in value]
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return arrays[value["array"]]
    linked = {name: _linked(inner, arrays) for name, inner in value.items() if name != "op"}
    return _operation(value["op"])(**linked) if "op" in value else linked


def _operation(name: str) -> Maker:
    """An operation by its name, `family.operation`; a family is a file beside this one."""
    family, _, operation = name.partition(".")
    try:
        operations: dict[str, Maker] = import_module(f"{__package__}.{family}").OPERATIONS
        return operations[operation]
    except (ImportError, KeyError, AttributeError):
        raise BundleError(f"the bundle wants the operation {name!r}, which this handler does not have") from None
