"""Call a shared library of a Python package through ctypes: find it, pass it a matrix, unpack its results."""

import ctypes
import math
from array import array
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from handler.bundle import Manifest
from handler.errors import BundleError
from handler.schema import fields

Predictions = list[float] | list[tuple[float, ...]]
Converter = Callable[[Predictions, list[Any]], list[Any]]
"""Turns scores into answers, given the classes."""


class Library:
    """A package's shared library: its functions return 0 on success, and `last_error` returns why one failed."""

    def __init__(self, package: str, name: str, last_error: str) -> None:
        spec = find_spec(package)  # finds the package without importing it
        root = Path(((spec and spec.submodule_search_locations) or ["."])[0])
        found = [path for folder in (root / "lib", root) for path in folder.glob(f"{name}.*")]
        if not found:
            raise BundleError(f"the package {package} is not installed, or lacks its library {name}")
        self._functions = ctypes.CDLL(str(found[0]))
        self._last_error = self._functions[last_error]
        self._last_error.restype = ctypes.c_char_p

    def __call__(self, function: str, *arguments: Any) -> None:
        """Call a function.

        Raises:
            RuntimeError: the call failed; the message is the library's own.
        """
        if self._functions[function](*arguments):
            message = self._last_error().decode(errors="replace")
            raise RuntimeError(message.split("\nStack trace", maxsplit=1)[0])


class Booster:
    """A booster that a library scores, and how its estimator turns scores into labels, probabilities or values."""

    chunk: int | None = None

    def __init__(self, manifest: Manifest, convert: Converter) -> None:
        self._convert = convert
        self._classes = manifest.classes or []
        self._inputs = manifest.signature.inputs or []

    def predict(
        self, columns: dict[str, list[Any]], params: dict[str, Any], _deadline: float | None = None
    ) -> list[Any]:
        """Predict all rows in one call; params are ignored, the model has none."""
        del params
        return self._convert(self.score(matrix(columns, self._inputs)), self._classes)

    def score(self, data: "Matrix") -> Predictions:
        """Return the library's number, or numbers, for each row."""
        raise NotImplementedError


class Matrix(NamedTuple):
    """A batch of float64 or float32 numbers in contiguous memory, column-major or row-major."""

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
        """Memory address of the first number; valid while this object lives."""
        return self.numbers.buffer_info()[0]


def matrix(columns: dict[str, list[Any]], inputs: list[dict[str, Any]]) -> Matrix:
    """Return the matrix that the library's Python package builds from MLflow's DataFrame or tensor.

    Raises:
        TypeError: a value is not a number.
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


def in_rows(numbers: list[float], each: int) -> Predictions:
    """Return one number a row, or a tuple of `each` numbers a row where `each` is above 1."""
    return numbers if each == 1 else list(zip(*[iter(numbers)] * each, strict=True))


def argmax(row: tuple[float, ...]) -> int:
    """Return the index of a row's greatest number, the first one on a tie (argmax)."""
    return row.index(max(row))
