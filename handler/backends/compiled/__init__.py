"""Evaluate compiled models with the standard library alone. docs/compiled.md describes the format."""

import gc
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from handler.backends.compiled import graph
from handler.backends.compiled.functions import float32s
from handler.backends.compiled.graph import Operation
from handler.bundle import Manifest
from handler.files import AnyPath
from handler.schema import elements

Casts = Mapping[str, Callable[[Any], Any]]


class CompiledModel:
    """A compiled model: a graph of operations on batches.

    Attributes:
        many: the number of rows from which on the kernel's loops over arrays are faster than lists.
    """

    chunk: int | None = 1000
    many: int = 64

    def __init__(self, manifest: Manifest, folder: AnyPath) -> None:
        self._links = graph.Links(folder)
        self._many: tuple[Casts, Operation] | None = None
        inputs = manifest.signature.inputs or []
        columns = elements(inputs)
        self._table = columns is not None
        self._types = [spec["type"] for spec in columns or inputs]

    def predict(
        self, columns: dict[str, list[Any]], params: dict[str, Any], _deadline: float | None = None
    ) -> list[Any]:
        """Evaluate a batch; compiled models have no params.

        Returns:
            A label, a number or a tuple of numbers for each row.

        Raises:
            InvalidValue: the fitted model refuses a row; reports its index.
        """
        del params
        inputs: Any = columns.values()
        if self._table:
            inputs = map(list, zip(*next(iter(inputs)), strict=True))
            inputs = list(inputs)
        count = len(next(iter(inputs)))
        casts, answer = (_CASTS, self._links.answer) if count < self.many else self._for_many()
        given = [
            casts[kind](values) if kind in casts else values for kind, values in zip(self._types, inputs, strict=True)
        ]
        with _without_collecting():
            answers = answer(given)
        return list(map(tuple, answers)) if isinstance(answers[0], list) else list(answers)

    def _for_many(self) -> tuple[Casts, Operation]:
        """Return the conversions of input columns, and the function, for large batches."""
        if self._many is None:
            from handler.backends.compiled import trees

            if trees.kernel:
                from handler.backends.compiled import dense, dense_rows, dense_text

                makers = dense.MAKERS | dense_rows.MAKERS | dense_text.MAKERS
                self._many = dense.CASTS, self._links.link_again(makers)
            else:
                self._many = _CASTS, self._links.answer
        return self._many


load = CompiledModel


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Pause garbage collection, which takes a tenth of the time and finds nothing: operations make no cycles."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _doubles(values: list[float | None]) -> list[float]:
    if None not in values:
        return values  # type: ignore[return-value]
    return [math.nan if value is None else value for value in values]


def _floats(values: list[float | None]) -> list[float]:
    return float32s(_doubles(values))


# By MLflow's type. In batches, missing numbers are NaN and missing texts None.
_CASTS: Casts = {"double": _doubles, "float": _floats}
