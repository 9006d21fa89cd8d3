"""Libraries called as C, by the standard library alone: where they are, what they take, what their answers mean."""

import ctypes
import math
from array import array
from collections.abc import Iterable
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from handler.errors import BundleError
from handler.schema import fields

Answer = list[float] | list[tuple[float, ...]]


class Library:
    """A package's shared library, in which a function gives 0, or something else and `last_error` says why."""

    def __init__(self, package: str, name: str, last_error: str) -> None:
        spec = find_spec(package)  # finds it without running it
        root = Path(((spec and spec.submodule_search_locations) or ["."])[0])
        found = [path for folder in (root / "lib", root) for path in folder.glob(f"{name}.*")]
        if not found:
            raise BundleError(f"the package {package} is not installed with its library {name}")
        self._functions = ctypes.CDLL(str(found[0]))
        self._last_error = self._functions[last_error]
        self._last_error.restype = ctypes.c_char_p

    def __call__(self, function: str, *arguments: Any) -> None:
        """Call a function.

        Raises:
            RuntimeError: what the library says of its failure.
        """
        if self._functions[function](*arguments):
            said = self._last_error().decode(errors="replace")
            raise RuntimeError(said.split("\nStack trace", maxsplit=1)[0])


class Matrix(NamedTuple):
    """A batch of numbers in one piece of memory: 64 or 32 bits each, column after column or row after row."""

    numbers: "array[float]"
    rows: int
    columns: int
    by_column: bool

    @property
    def double(self) -> bool:
        """Whether numbers have 64 bits."""
        return self.numbers.typecode == "d"

    @property
    def address(self) -> int:
        """Where it lies, for as long as this object does."""
        return self.numbers.buffer_info()[0]


def matrix(columns: dict[str, list[Any]], inputs: list[dict[str, Any]]) -> Matrix:
    """The numbers that the library's Python package makes of MLflow's DataFrame or tensor.

    Raises:
        TypeError: they are no numbers.
    """
    rows = len(next(iter(columns.values())))
    if inputs[0]["type"] == "tensor":
        [values] = columns.values()
        numbers = _numbers("d" if inputs[0]["tensor-spec"]["dtype"] == "float64" else "f", chain.from_iterable(values))
        return Matrix(numbers, rows, len(numbers) // rows, by_column=False)
    types = dict(zip(fields(inputs), (spec["type"] for spec in inputs), strict=True))
    numbers = array("d")
    for name, values in columns.items():
        numbers.extend(_numbers("d", _numbers("f", values) if types[name] == "float" else values))
    return Matrix(numbers, rows, len(columns), by_column=True)


def _numbers(code: str, values: Iterable[Any]) -> "array[float]":
    values = values if isinstance(values, list) else list(values)
    try:
        return array(code, values)
    except TypeError:
        return array(code, [math.nan if value is None else value for value in values])


def in_rows(numbers: list[float], each: int) -> Answer:
    """Numbers, or tuples of so many where a row has several."""
    return numbers if each == 1 else list(zip(*[iter(numbers)] * each, strict=True))


def greatest(row: tuple[float, ...]) -> int:
    """The position of a row's greatest number; the first of several."""
    return row.index(max(row))
