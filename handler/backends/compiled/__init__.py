"""Evaluate compiled models with the standard library alone. docs/compiled.md describes the format."""

import gc
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from handler.backends.compiled import graph
from handler.backends.compiled.functions import float32s
from handler.backends.compiled.graph import Batch
from handler.bundle import Manifest, read_file
from handler.files import AnyPath
from handler.schema import elements

if TYPE_CHECKING:
    from handler.backends.compiled.explaining import Explainer, Explanation


class CompiledModel:
    """A compiled model: a graph of operations on batches."""

    chunk: int | None = 1000

    def __init__(self, manifest: Manifest, folder: AnyPath) -> None:
        self._answer = graph.load(folder)
        if manifest.options.get("batches") == "whole":  # answers depend on the batch
            self.chunk = None
        self._folder, self._manifest = folder, manifest
        self._explainer: Explainer | None = None
        inputs = manifest.signature.inputs or []
        columns = elements(inputs)
        self._table = columns is not None
        self._names = [spec["name"] for spec in columns or inputs]
        self._casts = [_CASTS.get(spec["type"]) for spec in columns or inputs]
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
        given = self._given(columns)
        given += [[params.get(name, default)] * len(given[0]) for name, default in self._params.items()]
        with _without_collecting():
            answers = self._answer(given)
        return list(map(tuple, answers)) if isinstance(answers[0], list) else answers

    def explain(self, columns: dict[str, list[Any]]) -> "list[list[Explanation]]":
        """Explain each margin of each row of a batch.

        Raises:
            Unexplained: the model has no explanations; says why.
            InvalidValue: the fitted model refuses a row; reports its index.
        """
        return self.explainer()(self._given(columns))

    def margins(self, columns: dict[str, list[Any]]) -> list[list[float]]:
        """Return the margins of each row, which explanations add up to.

        Raises:
            Unexplained, InvalidValue: as `explain` does.
        """
        return self.explainer().margins(self._given(columns))

    def explainer(self) -> "Explainer":
        """Return what explains the model; it is made when it is first asked for.

        Raises:
            Unexplained: the model has no explanations; says why.
            BundleError: a file is not the one that was proved.
        """
        if self._explainer is None:
            from handler.backends.compiled.explaining import COVERS, Explainer

            read_file(self._folder, self._manifest, COVERS)  # checks its hash, which a start does not
            self._explainer = Explainer(self._folder, self._names)
        return self._explainer

    def _given(self, columns: dict[str, list[Any]]) -> Batch:
        """Return a request's columns as the graph takes them."""
        inputs: Any = columns.values()
        if self._table:
            inputs = map(list, zip(*next(iter(inputs)), strict=True))
        return [cast(values) if cast else values for cast, values in zip(self._casts, inputs, strict=True)]


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
_CASTS: dict[str, Callable[[list[Any]], list[Any]]] = {"double": _doubles, "float": _floats}
