"""Serve a LightGBM model from its text format through LightGBM's C API: https://lightgbm.readthedocs.io/en/stable/C-API.html."""

import os
from ctypes import byref, c_char_p, c_double, c_int, c_int32, c_int64, c_void_p
from pathlib import Path
from typing import Any

from handler.backends.native.clibrary import Booster, Converter, Library, Matrix, Predictions, argmax, in_rows
from handler.bundle import Manifest

_FLOAT32, _FLOAT64 = 0, 1
_NORMAL = 0  # predictions, as opposed to raw scores, leaf indices or SHAP contributions
_FIRST, _ALL = 0, -1  # iterations


class LightgbmModel(Booster):
    """A booster of LightGBM."""

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        super().__init__(manifest, CONVERTERS[manifest.options["answer"]])
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

    def score(self, data: Matrix) -> Predictions:
        """Predict as LightGBM's Booster does."""
        scores = (c_double * (data.rows * self._each))()
        self._call(
            "LGBM_BoosterPredictForMat",
            *(self._booster, c_void_p(data.address), c_int(_FLOAT64 if data.double else _FLOAT32)),
            *(c_int32(data.rows), c_int32(data.columns), c_int(not data.by_column)),
            *(c_int(_NORMAL), c_int(_FIRST), c_int(_ALL), c_char_p(b"")),
            *(byref(c_int64()), scores),
        )
        return in_rows(scores[:], self._each)


load = LightgbmModel


def _probabilities(scores: Predictions, _classes: list[Any] | None = None) -> list[tuple[float, ...]]:
    return [score if isinstance(score, tuple) else (1.0 - score, score) for score in scores]


def _labels(scores: Predictions, classes: list[Any]) -> list[Any]:
    return [classes[argmax(row)] for row in _probabilities(scores)]


# As in lightgbm/sklearn.py: a binary classifier returns one number, the probability of the second class.
CONVERTERS: dict[str, Converter] = {
    "labels": _labels,
    "probabilities": _probabilities,
    "values": lambda scores, _: scores,
}
