"""Serve an XGBoost model from its UBJSON format through XGBoost's C API: https://xgboost.readthedocs.io/en/stable/c.html."""

import json
import os
from array import array
from ctypes import POINTER, byref, c_char_p, c_float, c_uint64, c_void_p
from math import nan, prod
from pathlib import Path
from typing import Any

from handler.backends.native.clibrary import Booster, Converter, Library, Matrix, Predictions, argmax, in_rows
from handler.bundle import Manifest


class XgboostModel(Booster):
    """A booster of XGBoost."""

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        super().__init__(manifest, CONVERTERS[manifest.options["answer"]])
        self._call = Library("xgboost", "libxgboost", "XGBGetLastError")
        self._booster = c_void_p()
        self._call("XGBoosterCreate", None, c_uint64(0), byref(self._booster))
        self._call("XGBoosterLoadModel", self._booster, c_char_p(os.fsencode(folder / "model.ubj")))
        self._score = {"array": self._score_array, "dmatrix": self._score_dmatrix}[manifest.options["by"]]
        missing = manifest.options["missing"]
        self._missing = nan if missing is None else missing
        begin, end = manifest.options["iterations"]
        self._options = {
            "type": 0,  # predictions, as opposed to margins, leaf indices or SHAP contributions
            "training": False,
            "iteration_begin": begin,
            "iteration_end": end,
            "strict_shape": False,
        }

    def score(self, data: Matrix) -> Predictions:
        """Predict as the interface does that the model was saved from."""
        return self._score(data)

    def _score_array(self, data: Matrix) -> Predictions:
        """Predict as XGBoost's scikit-learn interface does."""
        options = _json(**self._options, missing=self._missing, cache_id=0)
        return self._call_predict("XGBoosterPredictFromDense", _interface(data), options, None)

    def _score_dmatrix(self, data: Matrix) -> Predictions:
        """Predict as XGBoost's own interface does, which refuses infinite numbers."""
        dmatrix = c_void_p()
        self._call(
            "XGDMatrixCreateFromDense", _interface(data), _json(missing=self._missing, nthread=0), byref(dmatrix)
        )
        try:
            return self._call_predict("XGBoosterPredictFromDMatrix", dmatrix, _json(**self._options))
        finally:
            self._call("XGDMatrixFree", dmatrix)

    def _call_predict(self, function: str, *arguments: Any) -> Predictions:
        shape, dimensions, found = POINTER(c_uint64)(), c_uint64(), POINTER(c_float)()
        self._call(function, self._booster, *arguments, byref(shape), byref(dimensions), byref(found))
        lengths = shape[: dimensions.value]
        return in_rows(found[: prod(lengths)], prod(lengths[1:]))


load = XgboostModel


def _json(**values: Any) -> c_char_p:
    return c_char_p(json.dumps(values).encode())


def _interface(data: Matrix) -> c_char_p:
    """Return the matrix as numpy's array interface, version 3: https://numpy.org/doc/stable/reference/arrays.interface.html."""
    size = data.numbers.itemsize
    return _json(
        data=(data.address, True),
        shape=(data.rows, data.columns),
        strides=(size, size * data.rows) if data.by_column else None,
        typestr=f"<f{size}",
        version=3,
    )


def _probabilities(scores: Predictions, _classes: list[Any]) -> list[Any]:
    if isinstance(scores[0], tuple):
        return scores
    first = array("f", [1.0 - score for score in scores])
    return list(zip(first, scores, strict=True))


def _labels(scores: Predictions, classes: list[Any]) -> list[Any]:
    if isinstance(scores[0], tuple):
        return [classes[argmax(row)] for row in scores]
    if len(classes) > 2:  # noqa: PLR2004 - the objective multi:softmax returns the class index
        return [classes[int(score)] for score in scores]
    return [classes[score > 0.5] for score in scores]  # noqa: PLR2004 - binary


# As in xgboost/sklearn.py: a binary classifier returns one number, the probability of the second class.
CONVERTERS: dict[str, Converter] = {
    "labels": _labels,
    "probabilities": _probabilities,
    "values": lambda scores, _: scores,
}
