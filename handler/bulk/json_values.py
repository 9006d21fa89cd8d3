"""Reject values that Python's JSON decoder accepts and JSON does not have: NaN, infinities and lone surrogates."""

import json
from math import isfinite
from typing import Any

import msgspec

from handler.errors import InvalidValue, legible
from handler.response.encoding import encode
from handler.schema import Column
from handler.schema.batch import Batch, path_in_list

_NUMBERS = {"float", "double"}
_SAFE = {"boolean", "integer", "long", "binary", "datetime"}  # decoding rejects what JSON cannot represent


def decode(text: str | bytes) -> Any:
    """Decode JSON. Python's decoder accepts values such as 1e400, so that they are an error of their row alone.

    Raises:
        ValueError, RecursionError: the text is not JSON.
    """
    try:
        return msgspec.json.decode(text)
    except ValueError:
        return json.loads(text)


def require_json(batch: Batch, columns: list[Column]) -> None:
    """Reject values that JSON cannot represent, as decoding a JSON body does.

    Args:
        batch: decoded rows.
        columns: the signature's columns; empty without a signature.

    Raises:
        InvalidValue: a value is not finite or contains a lone surrogate.
    """
    types = {column.name: column.type for column in columns}
    for name, values in batch.columns.items():
        kind = types.get(name, "any")
        if kind in _SAFE or (kind in _NUMBERS and _all_finite(values)) or (kind == "string" and _all_unicode(values)):
            continue
        for row, value in enumerate(values):
            if why := _problem(value):
                raise InvalidValue(f"{why}, at {path_in_list(row, name)}", row=row, column=name)


def escaped(value: Any) -> Any:
    """Return the value itself if it can be encoded as JSON, else its text with lone surrogates escaped."""
    try:
        encode(value)
    except (TypeError, ValueError, RecursionError):
        return legible(value) if isinstance(value, str) else None
    return value


def _all_finite(values: list[Any]) -> bool:
    try:
        return isfinite(sum(filter(None, values)))
    except (TypeError, OverflowError):
        return False


def _all_unicode(values: list[Any]) -> bool:
    try:
        "".join(filter(None, values)).encode()
    except (TypeError, UnicodeEncodeError):
        return False
    return True


def _problem(value: Any) -> str:
    """Return what is wrong with a value or a part of it; empty if nothing is."""
    match value:
        case float() if not isfinite(value):
            return "number out of range"
        case str() if not _all_unicode([value]):
            return "expected Unicode text, got a lone surrogate"
        case list():
            return next(filter(None, map(_problem, value)), "")
        case dict():
            return next(filter(None, map(_problem, [*value, *value.values()])), "")
    return ""
