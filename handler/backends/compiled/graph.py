"""Load a compiled model's files and link its operations into one function of a batch."""

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
    """Position of an array in `arrays.bin`: its typecode (as in Python's `struct`), first byte and number of items."""

    type: str
    start: int
    count: int


class Graph(msgspec.Struct, frozen=True):
    """`graph.json`: a tree of operations, and the arrays they refer to by number."""

    tables: list[Table]
    root: dict[str, Any]


def rowwise(**makers: Callable[..., RowFunction]) -> dict[str, Maker]:
    """Turn functions of one row into operations; a refusal reports the row's index."""
    return {name: _lifted(make) for name, make in makers.items()}


def each(function: RowFunction) -> Operation:
    """Return the operation that applies a function to each row, or each value."""

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
    """Load a compiled model as a function of a batch, given as columns.

    Raises:
        BundleError: an operation or an array type is unknown to this handler.
    """
    described = msgspec.json.decode((folder / GRAPH).read_bytes(), type=Graph)
    data = _mapped(folder / ARRAYS)
    arrays = [_array(table, data) for table in described.tables]
    operation: Operation = _linked(described.root, arrays)
    return operation


def _mapped(path: Path) -> memoryview:
    """Map a file into memory; pages are read when they are used.

    The file must not be rewritten in place while it is mapped: its tables are checked only once,
    when they are loaded.
    """
    with path.open("rb") as stream:
        empty = not path.stat().st_size  # an empty file cannot be mapped
        return memoryview(b"" if empty else mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))


def _array(table: Table, data: memoryview) -> Any:
    if table.type not in _SIZES:
        raise BundleError(f"unknown array type {table.type!r} in {GRAPH}; known are {', '.join(_SIZES)}")
    end = table.start + table.count * _SIZES[table.type]
    if not 0 <= table.start <= end <= len(data):
        raise BundleError(f"an array in {GRAPH} reaches beyond the end of {ARRAYS}")
    return data[table.start : end].cast(table.type)  # type: ignore[call-overload]


def _linked(value: Any, arrays: list[Any]) -> Any:
    """Replace array references by arrays, and described operations by functions."""
    if isinstance(value, list):
        return [_linked(inner, arrays) for inner in value]
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return arrays[value["array"]]
    linked = {name: _linked(inner, arrays) for name, inner in value.items() if name != "op"}
    return _operation(value["op"])(**linked) if "op" in value else linked


def _operation(name: str) -> Maker:
    """Return an operation by its name, `family.operation`; a family is a module of this package."""
    family, _, operation = name.partition(".")
    try:
        operations: dict[str, Maker] = import_module(f"{__package__}.{family}").OPERATIONS
        return operations[operation]
    except (ImportError, KeyError, AttributeError):
        raise BundleError(
            f"unknown operation {name!r} in {GRAPH}; the bundle was built for another version of the handler"
        ) from None
