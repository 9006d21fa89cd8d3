"""Tables in other forms than JSON: CSV as pandas reads it, and Parquet where pandas is at hand to read it."""

import io
from collections.abc import Callable
from typing import Any

from handler.errors import InvalidValue, MalformedBody, UnsupportedMedia
from handler.protocols.mlflow.forms import Asked, Given, asked
from handler.schema import Schema

# What pandas takes for a missing value (pandas._libs.parsers.STR_NA_VALUES).
_MISSING = frozenset(
    ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
     "NULL", "NaN", "None", "n/a", "nan", "null"]
)  # fmt: skip
_BOOLEANS = {"True": True, "TRUE": True, "true": True, "False": False, "FALSE": False, "false": False}


def csv(body: bytes, schema: Schema) -> Asked:
    """CSV with a header line; quoted fields may hold lines.

    Raises:
        MalformedBody: not UTF-8, or a line with more fields than the header.
        InvalidValue: a field that its column's type refuses.
    """
    import csv

    try:
        lines = [line for line in csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True) if line]
    except UnicodeDecodeError:
        raise MalformedBody("the body is not valid UTF-8") from None
    except csv.Error as error:
        raise MalformedBody(f"the body is not valid CSV: {error}") from None
    if not lines:
        raise MalformedBody("the body is empty; send a header line with the columns' names")
    names, *rows = lines
    for number, row in enumerate(rows):
        if len(row) > len(names):
            raise MalformedBody(f"row {number} has {len(row)} fields, the header {len(names)}")
    columns: dict[str, list[Any]] = {}
    for place, name in enumerate(names):
        columns[name] = [row[place] if place < len(row) else "" for row in rows]
    types = {column.name: column.type for column in schema.columns}
    for name, texts in columns.items():
        read = _TYPES.get(types.get(name, ""), _guess if not schema.columns else _text)
        columns[name] = [_field(read, text, row, name) for row, text in enumerate(texts)]
    return asked("csv", Given(columns, len(rows), _path), None, schema)


def _path(row: int | None, column: str | None) -> str:
    return (
        ", ".join(part for part in (None if row is None else f"row {row}", column and f"column {column!r}") if part)
        or "the header"
    )


def _field(read: Callable[[str], Any], text: str, row: int, name: str) -> Any:
    if text in _MISSING:
        return None
    try:
        return read(text)
    except ValueError:
        raise InvalidValue(
            f"expected {_NAMES[read]}, got {text[:100]!r}, at {_path(row, name)}", row=row, column=name
        ) from None


def _text(text: str) -> str:
    return text


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


def _guess(text: str) -> Any:
    """A value of a table without signature."""
    for read in (_integer, _number, _boolean):
        try:
            return read(text)
        except ValueError:
            continue
    return text


_TYPES: dict[str, Callable[[str], Any]] = {
    "boolean": _boolean,
    "integer": _integer,
    "long": _integer,
    "float": _number,
    "double": _number,
}
_NAMES: dict[Callable[[str], Any], str] = {_boolean: "a boolean", _integer: "an integer", _number: "a number"}


def parquet(body: bytes, schema: Schema) -> Asked:
    """A Parquet file.

    Raises:
        UnsupportedMedia: nothing in this image reads it.
        MalformedBody: it is none.
    """
    try:
        import pandas as pd

        frame = pd.read_parquet(io.BytesIO(body))
    except ImportError:
        raise UnsupportedMedia("this image has no reader of Parquet; send application/json or text/csv") from None
    except Exception as error:  # noqa: BLE001 - pyarrow raises its own, which are many
        raise MalformedBody(f"the body is not valid Parquet: {type(error).__name__}") from None
    columns = {str(name): _values(frame.iloc[:, index]) for index, name in enumerate(frame.columns)}
    return asked("parquet", Given(columns, len(frame), _path), None, schema)


def _values(column: Any) -> list[Any]:
    """A table's column as JSON would have it."""
    if column.dtype.kind == "M":
        column = column.dt.strftime("%Y-%m-%dT%H:%M:%S.%f")
    missing = column.isna().tolist()
    return [None if absent else value for absent, value in zip(missing, column.tolist(), strict=True)]
