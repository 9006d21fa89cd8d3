"""A LightGBM model from its text, by LightGBM's C API: https://lightgbm.readthedocs.io/en/stable/C-API.html."""

import os
from collections.abc import Callable
from ctypes import byref, c_char_p, c_double, c_int, c_int32, c_int64, c_void_p
from pathlib import Path
from typing import Any

from handler.backends.native.clibrary import Answer, Library, Matrix, greatest, in_rows, matrix
from handler.bundle import Manifest

_FLOAT32, _FLOAT64 = 0, 1
_NORMAL = 0  # neither raw scores nor leaves nor contributions
_FIRST, _ALL = 0, -1  # iterations


class LightgbmModel:
    """A booster, and what its numbers mean to the estimator that it was taken from."""

    chunk: int | None = None

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        self._call = Library("lightgbm", "lib_lightgbm", "LGBM_GetLastError")
        self._booster = c_void_p()
        text = os.fsencode(folder / "model.txt")
        self._call("LGBM_BoosterCreateFromModelfile", c_char_p(text), byref(c_int()), byref(self._booster))
        length = c_int64()
        self._call(
            "LGBM_BoosterCalcNumPredict",
            *(self._booster, c_int(1), c_int(_NORMAL), c_int(_FIRST), c_int(_ALL), byref(length)),
        )
        self._each = length.value
        self._meaning = MEANINGS[manifest.options["answer"]]
        self._classes = manifest.classes or []
        self._inputs = manifest.signature.inputs or []

    def predict(self, columns: dict[str, list[Any]], params: dict[str, Any]) -> list[Any]:
        """Ask the booster about all rows at once; the model has no params."""
        del params
        return self._meaning(in_rows(self._ask(matrix(columns, self._inputs)), self._each), self._classes)

    def _ask(self, data: Matrix) -> list[float]:
        answers = (c_double * (data.rows * self._each))()
        self._call(
            "LGBM_BoosterPredictForMat",
            *(self._booster, c_void_p(data.address), c_int(_FLOAT64 if data.double else _FLOAT32)),
            *(c_int32(data.rows), c_int32(data.columns), c_int(not data.by_column)),
            *(c_int(_NORMAL), c_int(_FIRST), c_int(_ALL), c_char_p(b"")),
            *(byref(c_int64()), answers),
        )
        return answers[:]


load = LightgbmModel


def _probabilities(answers: Answer, _classes: list[Any] | None = None) -> list[tuple[float, ...]]:
    return [answer if isinstance(answer, tuple) else (1.0 - answer, answer) for answer in answers]


def _labels(answers: Answer, classes: list[Any]) -> list[Any]:
    return [classes[greatest(row)] for row in _probabilities(answers)]


# As lightgbm/sklearn.py has it: two classes have one number, the probability of the second.
MEANINGS: dict[str, Callable[[Answer, list[Any]], list[Any]]] = {
    "labels": _labels,
    "probabilities": _probabilities,
    "values": lambda answers, _: answers,
}
