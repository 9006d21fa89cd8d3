"""Evaluate compiled models with the standard library alone. docs/compiled.md describes the format."""

import gc
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from handler.backends.compiled import graph
from handler.backends.compiled.functions import float32s
from handler.backends.compiled.graph import Batch, Operation
from handler.bundle import Manifest, open_file, read_file
from handler.errors import MissingColumn
from handler.files import AnyPath
from handler.schema import elements

if TYPE_CHECKING:
    from handler.backends.compiled.explaining import Explainer, Explanation

ABSENT = [...]
"""An optional column that a row does not have, where the graph takes such rows."""

Casts = Mapping[str, Callable[[Any], Any]]


class CompiledModel:
    """A compiled model: a graph of operations on batches.

    Attributes:
        many: the number of rows from which on the kernel's loops over arrays are faster than lists.
    """

    chunk: int | None = 1000
    many: int = 64

    def __init__(self, manifest: Manifest, folder: AnyPath) -> None:
        self._open = partial(open_file, folder, manifest)
        self._links = graph.Links(self._open)
        self._many: tuple[Casts, Operation] | None = None
        if manifest.options.get("batches") == "whole":  # answers depend on the batch
            self.chunk = None
        self._folder, self._manifest = folder, manifest
        self._takes_absent = "absent" in manifest.options
        self._explainer: Explainer | None = None
        inputs = manifest.signature.inputs or []
        columns = elements(inputs)
        self._table = columns is not None
        self._names = [spec["name"] for spec in columns or inputs]
        self._types = [spec["type"] for spec in columns or inputs]
        self._has_floats = "float" in self._types
        params = (manifest.signature.params or []) if manifest.options.get("params") else []
        self._params = {spec["name"]: spec.get("default") for spec in params}

    def predict(
        self, columns: dict[str, list[Any]], params: dict[str, Any], _deadline: float | None = None
    ) -> list[Any]:
        """Evaluate a batch; if the graph takes params, their values are columns after the others.

        Returns:
            A label, a number or a tuple of numbers for each row.

        Raises:
            InvalidValue: the fitted model refuses a row; reports its index.
        """
        inputs = self._inputs(columns)
        if len(inputs[0]) < self.many:
            if self._has_floats or _has_none(inputs):  # most requests have nothing to cast, as one look at all tells
                inputs = self._cast(inputs, _CASTS)
            answers = self._links.answer(self._with_params(inputs, params) if self._params else inputs)
        else:
            casts, answer = self._for_many()
            with _without_collecting():
                answers = answer(self._with_params(self._cast(inputs, casts), params))
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

    def explain(self, columns: dict[str, list[Any]]) -> "list[list[Explanation]]":
        """Explain each margin of each row of a batch.

        Raises:
            Unexplained: the model has no explanations; says why.
            InvalidValue: the fitted model refuses a row; reports its index.
        """
        return self.explainer()(self._cast(self._inputs(columns), _CASTS))

    def margins(self, columns: dict[str, list[Any]]) -> list[list[float]]:
        """Return the margins of each row, which explanations add up to.

        Raises:
            Unexplained, InvalidValue: as `explain` does.
        """
        return self.explainer().margins(self._cast(self._inputs(columns), _CASTS))

    def explainer(self) -> "Explainer":
        """Return what explains the model; it is made when it is first asked for.

        Raises:
            Unexplained: the model has no explanations; says why.
            BundleError: a file is not the one that was proved.
        """
        if self._explainer is None:
            from handler.backends.compiled.explaining import COVERS, Explainer

            read_file(self._folder, self._manifest, COVERS)  # checks its hash, which a start does not
            self._explainer = Explainer(self._open, self._folder, self._names)
        return self._explainer

    def _inputs(self, columns: dict[str, list[Any]]) -> Batch:
        """Return a request's columns as a list; a tensor's elements are columns.

        Raises:
            MissingColumn: an optional column is not there, and the graph needs it.
        """
        if self._table:
            return list(map(list, zip(*next(iter(columns.values())), strict=True)))
        if len(columns) == len(self._names):
            return list(columns.values())
        if not self._takes_absent:
            absent = next(name for name in self._names if name not in columns)
            raise MissingColumn(
                f"the model needs the column {absent}, though its signature calls it optional", column=absent
            )
        return [columns.get(name, ABSENT) for name in self._names]

    def _with_params(self, inputs: Batch, params: dict[str, Any]) -> Batch:
        """Return columns with one for each param after them, if the graph takes params."""
        if not self._params:
            return inputs
        count = len(inputs[0])
        return inputs + [[params.get(name, default)] * count for name, default in self._params.items()]

    def _cast(self, inputs: Batch, casts: Casts) -> Batch:
        """Return columns as the graph takes them."""
        return [
            casts[kind](values) if kind in casts and values is not ABSENT else values
            for kind, values in zip(self._types, inputs, strict=True)
        ]


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


def _has_none(columns: Batch) -> bool:
    if len(columns[0]) > 1:
        return None in chain.from_iterable(columns)
    for [value] in columns:  # one row: identity is compared faster than equality  # noqa: SIM110
        if value is None:
            return True
    return False


def _doubles(values: list[float | None]) -> list[float]:
    if None not in values:
        return values  # type: ignore[return-value]
    return [math.nan if value is None else value for value in values]


def _floats(values: list[float | None]) -> list[float]:
    return float32s(_doubles(values))


# By MLflow's type. In batches, missing numbers are NaN and missing texts None.
_CASTS: Casts = {"double": _doubles, "float": _floats}
