"""Load a compiled model's files and link its operations into one function of a batch."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import msgspec

from handler.errors import BundleError, InvalidValue

Batch = list[Any]
"""The rows of a request in one of four forms: a list of columns, of rows, of sparse rows (dicts), or of values."""

Operation = Callable[[Batch], Batch]
Maker = Callable[..., Operation]
RowFunction = Callable[[Any], Any]
Opener = Callable[[str], Any]
"""A function that returns the bytes of a bundle's file by its name."""

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


class Links:
    """A compiled model: a graph whose operations are linked into one function of a batch, given as columns.

    Args:
        open_file: opens the bundle's files.

    Attributes:
        answer: the function.

    Raises:
        BundleError: an operation or an array type is unknown to this handler.
    """

    def __init__(self, open_file: Opener) -> None:
        self._root, self._arrays = read(open_file)
        self._made: dict[int, Operation] = {}
        self.answer: Operation = link(self._root, self._arrays, made=self._made)

    def link_again(self, makers: dict[str, Maker]) -> Operation:
        """Return the function with other makers of some operations; all others are used again."""
        operation: Operation = link(self._root, self._arrays, makers, self._made)
        return operation


def read(open_file: Opener) -> tuple[dict[str, Any], list[Any]]:
    """Return the described root operation, and the arrays that it refers to by number.

    A large file is mapped into memory and must not be rewritten in place: its tables are checked only once, when they
    are loaded.

    Args:
        open_file: opens the bundle's files.

    Raises:
        BundleError: an array type is unknown to this handler, or an array reaches beyond the file.
    """
    described = msgspec.json.decode(open_file(GRAPH), type=Graph)
    data = memoryview(open_file(ARRAYS))
    return described.root, [_array(table, data) for table in described.tables]


def link(
    value: Any, arrays: list[Any], makers: dict[str, Maker] | None = None, made: dict[int, Operation] | None = None
) -> Any:
    """Return a described value with arrays in the place of references, and functions of described operations.

    Args:
        value: the value.
        arrays: the arrays, by number.
        makers: other makers of some operations; operations that contain none of these are taken from `made`.
        made: the functions by the identity of their description; without `makers`, they are added to it.
    """
    if isinstance(value, list):
        plain = {list, dict}.isdisjoint(map(type, value))  # as are the terms of a text model, which may be many
        return value if plain else [link(inner, arrays, makers, made) for inner in value]
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return arrays[value["array"]]
    if "op" not in value:
        return {name: link(inner, arrays, makers, made) for name, inner in value.items()}
    if makers and made and not _contains(value, makers):
        return made[id(value)]
    arguments = {name: link(inner, arrays, makers, made) for name, inner in value.items() if name != "op"}
    make = (makers or {}).get(value["op"]) or _operation(value["op"])
    operation = make(**arguments)
    if made is not None and not makers:
        made[id(value)] = operation
    return operation


def _contains(value: Any, makers: dict[str, Maker]) -> bool:
    """Return whether a described operation, or one inside it, is among some makers."""
    if isinstance(value, list):
        return any(_contains(inner, makers) for inner in value if isinstance(inner, list | dict))
    if not isinstance(value, dict):
        return False
    return value.get("op") in makers or any(_contains(inner, makers) for inner in value.values())


def _array(table: Table, data: memoryview) -> Any:
    if table.type not in _SIZES:
        raise BundleError(f"unknown array type {table.type!r} in {GRAPH}; known are {', '.join(_SIZES)}")
    end = table.start + table.count * _SIZES[table.type]
    if not 0 <= table.start <= end <= len(data):
        raise BundleError(f"an array in {GRAPH} reaches beyond the end of {ARRAYS}")
    return data[table.start : end].cast(table.type)  # type: ignore[call-overload]


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
