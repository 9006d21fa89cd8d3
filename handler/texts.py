"""Texts, as CSV files hold them, read strictly by the types of columns; pandas says what stands for a missing value."""

import math
from collections.abc import Callable
from typing import Any

from handler.batch import Path
from handler.errors import InvalidValue
from handler.schema import Column

# What pandas takes for a missing value (pandas._libs.parsers.STR_NA_VALUES).
MISSING = frozenset(
    ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
     "NULL", "NaN", "None", "n/a", "nan", "null"]
)  # fmt: skip
_BOOLEANS = {"True": True, "TRUE": True, "true": True, "False": False, "FALSE": False, "false": False}


def typed(column: Column, texts: list[str], name: str, path: Path) -> list[Any]:
    """A column of a type of MLflow's, as JSON would have it; what is no number or boolean is text.

    Raises:
        InvalidValue: a text that its type does not read, with its row.
    """
    if column.type == "tensor":
        return guessed(texts)
    if column.type == "binary":  # in which `null` is as good as any other text of base64
        return [text if text or column.required else None for text in texts]
    if column.type not in _READ:
        return [None if text in MISSING else text for text in texts]
    read, what = _READ[column.type]
    try:
        return [None if text in MISSING else read(text) for text in texts]
    except ValueError:
        row = next(row for row, text in enumerate(texts) if text not in MISSING and not _reads(read, text))
    why = f"expected {what}, got {texts[row][:100]!r}, at {path(row, name)}"
    raise InvalidValue(why, row=row, column=name)


def guessed(texts: list[str]) -> list[Any]:
    """A column of which nothing is known: of the first type that reads all of it."""
    given = [text for text in texts if text not in MISSING]
    if not given:
        return [math.nan] * len(texts)
    for read in (_integer, _number, _boolean):
        try:
            values = iter([read(text) for text in given])
        except ValueError:
            continue
        return [None if text in MISSING else next(values) for text in texts]
    return [None if text in MISSING else text for text in texts]


def _reads(read: Callable[[str], Any], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _number(text: str) -> float:
    if "_" in text:  # Python's own way to write them
        raise ValueError
    return float(text)


def _integer(text: str) -> int:
    if "_" in text:
        raise ValueError
    return int(text)


def _boolean(text: str) -> bool:
    if text not in _BOOLEANS:
        raise ValueError
    return _BOOLEANS[text]


_READ: dict[str, tuple[Callable[[str], Any], str]] = {
    "boolean": (_boolean, "a boolean"),
    "integer": (_integer, "an integer"),
    "long": (_integer, "an integer"),
    "float": (_number, "a number"),
    "double": (_number, "a number"),
}
