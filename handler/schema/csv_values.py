"""Parse CSV fields strictly by their column's type; missing values are those that pandas recognises."""

import math
from collections.abc import Callable
from typing import Any

from handler.errors import InvalidValue
from handler.schema import Column
from handler.schema.batch import Path

# Fields that pandas parses as a missing value (pandas._libs.parsers.STR_NA_VALUES).
MISSING = frozenset(
    ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
     "NULL", "NaN", "None", "n/a", "nan", "null"]
)  # fmt: skip
_EXACT = 2.0**53  # integers below are exact as doubles
_LONGEST = 2.0**63
BOOLEANS = {"True": True, "TRUE": True, "true": True, "False": False, "FALSE": False, "false": False}


def parse_column(column: Column, texts: list[str], name: str, path: Path) -> list[Any]:
    """Return a column's fields as the values that JSON would have; types other than numbers and booleans stay text.

    Args:
        column: the column in the signature.
        texts: its fields, one for each row.
        name: its name in the header.
        path: returns a field's place for error messages.

    Raises:
        InvalidValue: a field does not match the column's type; with its row.
    """
    if column.type == "tensor":
        return infer_column(texts)
    if column.type == "binary":  # `null` is valid base64
        return [text if text or column.required else None for text in texts]
    if column.type not in _PARSERS:
        return [None if text in MISSING else text for text in texts]
    parse, expected = _PARSERS[column.type]
    try:
        return [None if text in MISSING else parse(text) for text in texts]
    except ValueError:
        row = next(row for row, text in enumerate(texts) if text not in MISSING and not _parses(parse, text))
    why = f"expected {expected}, got {texts[row][:100]!r}, at {path(row, name)}"
    raise InvalidValue(why, row=row, column=name)


def infer_column(texts: list[str]) -> list[Any]:
    """Return the fields of a column without a type as integers, numbers or booleans if all are valid, else as text."""
    given = [text for text in texts if text not in MISSING]
    if not given:
        return [math.nan] * len(texts)
    for parse in (_integer, _number, _boolean):
        try:
            values = iter([parse(text) for text in given])
        except ValueError:
            continue
        return [None if text in MISSING else next(values) for text in texts]
    return [None if text in MISSING else text for text in texts]


def _parses(parse: Callable[[str], Any], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _number(text: str) -> float:
    if "_" in text:  # Python's syntax, not CSV's
        raise ValueError
    return float(text)


def _integer(text: str) -> int:
    if "_" in text:
        raise ValueError
    return int(text)


def _whole(text: str) -> int:
    """Return an integer; also one written as `1.0` or `1e3`, as pandas writes integers of a column with a gap."""
    try:
        return _integer(text)
    except ValueError:
        value = _number(text)
    if not value.is_integer() or abs(value) > _LONGEST:
        raise ValueError
    if abs(value) < _EXACT:
        return int(value)
    from decimal import Decimal

    if Decimal(text) != int(value):  # a double has fewer digits
        raise ValueError
    return int(value)


def _boolean(text: str) -> bool:
    if text not in BOOLEANS:
        raise ValueError
    return BOOLEANS[text]


_PARSERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "boolean": (_boolean, "a boolean"),
    "integer": (_whole, "an integer"),
    "long": (_whole, "an integer"),
    "float": (_number, "a number"),
    "double": (_number, "a number"),
}
