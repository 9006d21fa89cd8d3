"""Rows and targets that the cases are fitted to, all of the same length; runs on Python 3.7 and newer."""

from __future__ import annotations

from typing import Any, List, NamedTuple

import numpy as np
import pandas as pd
from samples import EXTREME, INF, NAN, sample

SIZE = 90
SAMPLE = sample(0, SIZE, [*EXTREME, [NAN, NAN, NAN], [3.5e38, 0.0, 0.0], [-0.0, 5e-324, 1e-46], [0.0, 0.0, -INF]])
NUMBERS = SAMPLE.frame
KINDS = np.repeat([0.0, 3.0, 35.0, 70.0, 7.0], SIZE // 5)
CITIES = np.array(["Ulm", "Bonn", "Ulm", "Köln", "Bonn", "Ulm"], dtype=object)
WORDS = np.array(["good day", "bad day", "", "good good", "so so day", "Ünïcode 日本語"], dtype=object)


class Rows(NamedTuple):
    """The rows that an estimator is fitted to, and those that it is asked: usual ones and edge cases."""

    fitted: Any
    usual: Any
    edges: Any


def _tiled(values: Any) -> Any:
    return np.resize(values, SIZE)


def _asked(frame: Any, *rows: list[Any]) -> Rows:
    """Return rows to fit to, and to ask some of them and the given rows."""
    edges = pd.DataFrame(list(rows), columns=frame.columns)
    for column in edges:
        edges[column] = edges[column].astype(frame[column].dtype)
    return Rows(frame, frame.iloc[:8], edges)


def _numbers() -> Rows:
    return Rows(NUMBERS, NUMBERS[:8], SAMPLE.edges)


def _holes() -> Rows:
    holes = NUMBERS.mask(np.random.default_rng(1).random(NUMBERS.shape) < 0.2)
    return Rows(holes, holes[:16], SAMPLE.edges)


def _moderate() -> Rows:
    return _asked(NUMBERS, [0.0, 0.0, 0.0], [30.0, -20.0, 3.0], [NAN, 0.0, 0.0], [0.0, -INF, 0.0])


def _float32() -> Rows:
    return _asked(NUMBERS.astype("float32"), [0.0, -0.0, 0.1], [NAN, 0.0, 0.0], [0.0, INF, 0.0])


def _whole() -> Rows:
    frame = pd.DataFrame({"n": np.arange(SIZE) + 2**24, "m": _tiled([3, 1, 2, 7]), "flag": NUMBERS["a"] > 0})
    return _asked(frame.astype({"m": "int32"}), [0, -1, True], [2**40, 2**30, False])


def _integers() -> Rows:
    return _asked(_whole().fitted.drop(columns="flag"), [0, -1], [2**40, 2**30])


def _counts() -> Rows:
    counts = pd.DataFrame(np.random.default_rng(2).integers(0, 4, size=(SIZE, 3)), columns=["a", "b", "c"])
    return _asked(counts.astype("float64"), [0.5, 1.0, 3.9], [3.0, 2.0, 1.0], [NAN, 0.0, 0.0], [-1.0, 0.0, 0.0])


def _kinds() -> Rows:
    frame = NUMBERS.assign(kind=KINDS, a=_holes().fitted["a"])
    kinds = [0.0, 3.0, 70.0, 1.0, -1.0, 3.5, 2.9, -0.5, 259.0, 300.0, -253.0, 2.0**31 + 3, 2.0**40 + 3, 1e300, INF, NAN]
    return _asked(frame, *([0.0, 0.0, 0.0, kind] for kind in kinds))


def _categories() -> Rows:
    """Codes of categories and numbers, without a missing value."""
    frame = pd.DataFrame({"kind": KINDS, "size": _tiled([1.0, 2.0, 0.5])})
    return _asked(frame, [0.0, 2.0], [1.0, 2.0], [70.0, 9.0], [NAN, 1.0], [INF, 1.0])


def _missing_kinds() -> Rows:
    frame = _categories().fitted
    frame.loc[::7, "kind"] = NAN
    return _asked(frame, [0.0, 2.0], [1.0, 2.0], [NAN, 1.0], [INF, 1.0])


def _cities() -> Rows:
    frame = pd.DataFrame({"city": _tiled(CITIES), "word": _tiled(WORDS)})
    return _asked(frame, ["Rome", "bad day"], ["Bonn", ""], ["Bonn", None], [None, None])


def _missing_cities() -> Rows:
    frame = _cities().fitted
    frame.loc[::5, "city"] = None
    return _asked(frame, ["Rome", "bad day"], ["Bonn", ""], [None, "bad day"], [None, None])


def _text() -> Rows:
    texts = ["don't know", "naïve café déjà-vu", "ﬁnally “quoted” words…", "THE DOG", "A1 b_2 x 1,000.50", *WORDS]
    return _asked(
        pd.DataFrame({"text": _tiled(np.array(texts, dtype=object))}), ["?"], ["Good DAY"], [None], ["e\u0301"]
    )


def _mixed() -> Rows:
    frame = pd.DataFrame(
        {
            "age": np.where(np.arange(SIZE) % 4, NUMBERS["a"] * 20, NAN),
            "city": _tiled(CITIES),
            "rooms": _tiled([1, 2, 2, 3, 1, 7]),
            "text": _tiled(WORDS),
            "new": NUMBERS["b"] > 0,
            "rate": NUMBERS["c"],
        }
    )
    odd: List[List[Any]] = [
        [NAN, "Rome", -1, "?", True, 0.0],
        [-0.0, "", 2, "day day", False, 1e300],
        [INF, "Ulm", 0, "good", True, 1.0],
        [1.0, "Bonn", 3, "bad", False, NAN],
        [1.0, None, 3, None, False, 0.5],
    ]
    return _asked(frame, *odd)


def _positive() -> Rows:
    frame = np.exp(NUMBERS) + 0.1
    return _asked(frame, [1.0, 1e-300, 1e17], [NAN, 1.0, 1.0], [0.0, 1.0, 1.0], [-1.0, 1.0, 1.0], [INF, 1.0, 1.0])


def _line() -> Rows:
    return _asked(NUMBERS[["a"]], [0.0], [9.0], [-9.0], [NAN])


FRAMES = {
    "categories": _categories,
    "cities": _cities,
    "counts": _counts,
    "holes": _holes,
    "integers": _integers,
    "kinds": _kinds,
    "line": _line,
    "missing cities": _missing_cities,
    "missing kinds": _missing_kinds,
    "mixed": _mixed,
    "moderate": _moderate,
    "numbers": _numbers,
    "positive": _positive,
    "float32": _float32,
    "text": _text,
    "whole": _whole,
}

TARGETS: dict[str, Any] = {
    "binary": np.asarray(SAMPLE.binary),
    "labels": np.column_stack([SAMPLE.binary, NUMBERS["c"] > 0, NUMBERS["a"] > 0.5]).astype(int),
    "none": None,
    "number": np.asarray(SAMPLE.number),
    "one": np.zeros(SIZE, int),
    "positive": np.exp(np.clip(np.asarray(SAMPLE.number), -3.0, 3.0)),
    "ranks": np.digitize(NUMBERS["a"], [-1.0, 0.0, 1.0]),
    "several": SAMPLE.several,
    "signed": np.asarray(NUMBERS["a"] - NUMBERS["b"]),
    "some": np.where(np.arange(SIZE) % 3, SAMPLE.binary, -1),
    "three": SAMPLE.three,
    "classes": np.digitize(NUMBERS["a"], [-0.5, 0.5]),
    "zero or one": np.asarray(SAMPLE.binary).astype(int),
}
