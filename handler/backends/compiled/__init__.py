"""Fitted models as tables, evaluated row by row with the standard library alone. The format: docs/compiled.md."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from handler.arrays import PREDICTION, output_names
from handler.backends.compiled import graph
from handler.bundle import Manifest
from handler.errors import InvalidValue


class CompiledModel:
    """A graph of operations; each row goes through it by itself."""

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        self._answer = graph.load(folder)
        self._names = output_names(manifest.signature.outputs)
        self._casts = [_CASTS.get(spec["type"]) for spec in manifest.signature.inputs or []]

    def predict(self, columns: dict[str, list[Any]], params: dict[str, Any]) -> dict[str, list[Any]]:
        """Evaluate every row; a compiled model has no params.

        Raises:
            InvalidValue: a row that the fitted model refuses, with its index.
        """
        del params
        cast = [
            [cast(value) for value in values] if cast else values
            for cast, values in zip(self._casts, columns.values(), strict=True)
        ]
        answers = []
        for index, row in enumerate(zip(*cast, strict=True)):
            try:
                answers.append(self._answer(row))
            except InvalidValue as error:
                raise InvalidValue(f"{error.detail}, in row {index}", row=index, column=error.column) from None
        if isinstance(answers[0], list):
            if len(answers[0]) == len(self._names):
                return dict(zip(self._names, map(list, zip(*answers, strict=True)), strict=True))
            return {PREDICTION: answers}
        return {self._names[0] if len(self._names) == 1 else PREDICTION: answers}


load = CompiledModel

_FLOAT32 = struct.Struct("f")


def _number(value: float | None) -> float:
    return NAN if value is None else value


def _float32(value: float | None) -> float:
    rounded: float = NAN if value is None else _FLOAT32.unpack(_FLOAT32.pack(value))[0]
    return rounded


NAN = float("nan")

# What a row holds for a column, by MLflow's type: numbers with NaN for missing, text with None.
_CASTS: dict[str, Callable[[Any], Any]] = {"double": _number, "float": _float32}
