"""An XGBoost model from its UBJSON, by XGBoost's C API: https://xgboost.readthedocs.io/en/stable/c.html."""

import json
import os
from array import array
from collections.abc import Callable
from ctypes import POINTER, byref, c_char_p, c_float, c_uint64, c_void_p
from math import nan, prod
from pathlib import Path
from typing import Any

from handler.backends.native.clibrary import Answer, Library, Matrix, greatest, in_rows, matrix
from handler.bundle import Manifest


class XgboostModel:
    """A booster, and what its numbers mean to the estimator that it was taken from."""

    chunk: int | None = None

    def __init__(self, manifest: Manifest, folder: Path) -> None:
        self._call = Library("xgboost", "libxgboost", "XGBGetLastError")
        self._booster = c_void_p()
        self._call("XGBoosterCreate", None, c_uint64(0), byref(self._booster))
        self._call("XGBoosterLoadModel", self._booster, c_char_p(os.fsencode(folder / "model.ubj")))
        self._ask = {"array": self._ask_array, "dmatrix": self._ask_dmatrix}[manifest.options["by"]]
        missing = manifest.options["missing"]
        self._missing = nan if missing is None else missing
        begin, end = manifest.options["iterations"]
        self._asked = {
            "type": 0,  # neither margins nor leaves nor contributions
            "training": False,
            "iteration_begin": begin,
            "iteration_end": end,
            "strict_shape": False,
        }
        self._meaning = MEANINGS[manifest.options["answer"]]
        self._classes = manifest.classes or []
        self._inputs = manifest.signature.inputs or []

    def predict(self, columns: dict[str, list[Any]], params: dict[str, Any]) -> list[Any]:
        """Ask the booster about all rows at once; the model has no params."""
        del params
        return self._meaning(self._ask(matrix(columns, self._inputs)), self._classes)

    def _ask_array(self, data: Matrix) -> Answer:
        """As XGBoost's scikit-learn interface does."""
        options = _json(**self._asked, missing=self._missing, cache_id=0)
        return self._answer("XGBoosterPredictFromDense", _interface(data), options, None)

    def _ask_dmatrix(self, data: Matrix) -> Answer:
        """As its own interface does: infinite numbers are refused."""
        dmatrix = c_void_p()
        self._call(
            "XGDMatrixCreateFromDense", _interface(data), _json(missing=self._missing, nthread=0), byref(dmatrix)
        )
        try:
            return self._answer("XGBoosterPredictFromDMatrix", dmatrix, _json(**self._asked))
        finally:
            self._call("XGDMatrixFree", dmatrix)

    def _answer(self, function: str, *arguments: Any) -> Answer:
        shape, dimensions, found = POINTER(c_uint64)(), c_uint64(), POINTER(c_float)()
        self._call(function, self._booster, *arguments, byref(shape), byref(dimensions), byref(found))
        lengths = shape[: dimensions.value]
        return in_rows(found[: prod(lengths)], prod(lengths[1:]))


load = XgboostModel


def _json(**values: Any) -> c_char_p:
    return c_char_p(json.dumps(values).encode())


def _interface(data: Matrix) -> c_char_p:
    """numpy's array interface, version 3: https://numpy.org/doc/stable/reference/arrays.interface.html."""
    size = data.numbers.itemsize
    return _json(
        data=(data.address, True),
        shape=(data.rows, data.columns),
        strides=(size, size * data.rows) if data.by_column else None,
        typestr=f"<f{size}",
        version=3,
    )


def _probabilities(answers: Answer, _classes: list[Any]) -> list[Any]:
    if isinstance(answers[0], tuple):
        return answers
    first = array("f", [1.0 - answer for answer in answers])
    return list(zip(first, answers, strict=True))


def _labels(answers: Answer, classes: list[Any]) -> list[Any]:
    if isinstance(answers[0], tuple):
        return [classes[greatest(row)] for row in answers]
    if len(classes) > 2:  # noqa: PLR2004 - the objective multi:softmax gives the class itself
        return [classes[int(answer)] for answer in answers]
    return [classes[answer > 0.5] for answer in answers]  # noqa: PLR2004 - of two classes


# As xgboost/sklearn.py has it: two classes have one number, the probability of the second.
MEANINGS: dict[str, Callable[[Answer, list[Any]], list[Any]]] = {
    "labels": _labels,
    "probabilities": _probabilities,
    "values": lambda answers, _: answers,
}
