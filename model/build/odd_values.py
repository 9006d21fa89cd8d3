"""Values that show where two backends could differ: extremes, odd Unicode, dates at the ends of what pandas knows."""

import random
from collections.abc import Callable
from typing import Any

_NUMBERS = [0.0, -0.0, 1.0, -1.0, 0.5, 1e-9, -1e-9, 3.0000000000000004, 16777217.0, 1e6, -1e6, 1e15]
EXTREMES = {
    "double": [5e-324, 1e-300, 1e300, -1e300, 1.7976931348623157e308],
    "float": [1e-45, 1e-38, 1e38, -1e38, 3.4028234663852886e38],
}
"""By MLflow's type: numbers that are asked in rows of their own."""

TEXTS = [
    "",
    " ",
    "a",
    "I",
    "the and of to",
    "Two  words,\nthree lines\tand a tab.",
    "UPPER lower MiXeD",
    "don't can't 'quoted' \"double\"",
    "42 3.14 1e5 2016-11-08",
    "naïve café Ångström façade",
    "e\u0301 cafe\u0301 combining",
    "\u0130stanbul \u0131I \u1e9e \xdf \ufb01 \u01c5",
    "東京 新聞 日本語",
    "новости сегодня",
    "emoji 🗞️ 👩‍👩‍👧 🇪🇺",
    "zero\u200bwidth \u00a0space \u2028line",
    "\u0000 control \u0007",
    "word " * 2000,
    "x" * 20_000,
    "a b c d e f g",
]
"""Texts."""

_DATES = ["1970-01-01", "2000-02-29T23:59:59", "2026-01-31T12:00:00.000001", "1678-01-01", "2261-12-31T23:59:59.999999"]

VALUES: dict[str, list[Any]] = {
    "boolean": [True, False],
    "integer": [0, 1, -1, 2, 7, 100, 2**31 - 1, -(2**31)],
    "long": [0, 1, -1, 2, 7, 100, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)],
    "float": _NUMBERS + EXTREMES["float"],
    "double": _NUMBERS + EXTREMES["double"],
    "string": TEXTS,
    "binary": ["", "AA==", "//79", "aGVsbG8="],
    "datetime": _DATES,
    "any": [None, 1, 0.5, "text", [1], {"a": 1}],
}
"""By MLflow's type: values of a column."""
TENSOR_VALUES: dict[str, Callable[[random.Random], Any]] = {
    "bool": lambda chance: chance.random() < 0.5,  # noqa: PLR2004 - a coin
    "int": lambda chance: chance.choice([0, 1, 2, 7, 100, -1, -100]),
    "uint": lambda chance: chance.choice([0, 1, 2, 7, 100, 255]),
    "float16": lambda chance: chance.choice([chance.gauss(0, 1), chance.gauss(0, 100), 0.0, -0.0, 1e-7, 65504.0]),
    "float": lambda chance: chance.choice([chance.gauss(0, 1), chance.gauss(0, 100), *_NUMBERS]),
    "str": lambda chance: chance.choice(TEXTS),
    "bytes": lambda chance: chance.choice([text for text in TEXTS if text.isascii()]),
    "object": lambda chance: chance.choice([*TEXTS, *_NUMBERS]),
    "datetime": lambda chance: chance.choice(_DATES),
}
"""By the beginning of numpy's name of the type: an element of a tensor."""
