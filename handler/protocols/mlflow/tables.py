"""Tables in other forms than JSON: CSV as pandas reads it, and Parquet where pandas is at hand to read it."""

import binascii
import io
from typing import Any

from handler.batch import bounded
from handler.errors import MalformedBody, TooLarge, UnsupportedMedia
from handler.protocols.mlflow.forms import Asked, Given, asked
from handler.schema import Schema
from handler.texts import guessed, typed

_FIELD = 2**31 - 1  # a text of any length that the body has room for


def csv(body: bytes, schema: Schema) -> Asked:
    """CSV with a header line; quoted fields may hold lines.

    Raises:
        MalformedBody: not UTF-8, or a line with more fields than the header.
        InvalidValue: a field that its column's type refuses.
        TooLarge: too many columns for so many lines.
    """
    import csv

    csv.field_size_limit(_FIELD)
    try:
        lines = [line for line in csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True) if line]
    except UnicodeDecodeError:
        raise MalformedBody("the body is not valid UTF-8") from None
    except csv.Error as error:
        raise MalformedBody(f"the body is not valid CSV: {error}") from None
    if not lines:
        raise MalformedBody("the body is empty; send a header line with the columns' names")
    header, *rows = lines
    bounded(len(rows), len(header))
    names = _distinct(header)
    for number, row in enumerate(rows):
        if len(row) > len(names):
            raise MalformedBody(f"row {number} has {len(row)} fields, the header {len(names)}")
    known = {column.name: column for column in schema.columns}
    if schema.positional:
        known = dict(zip(names, schema.columns, strict=False))
    columns = {}
    for place, name in enumerate(names):
        texts = [row[place] if place < len(row) else "" for row in rows]
        columns[name] = typed(known[name], texts, name, _path) if name in known else guessed(texts)
    return asked("csv", Given(columns, len(rows), _path, table=True), None, schema)


def _distinct(header: list[str]) -> list[str]:
    """Names as pandas gives them to columns that share one, or have none."""
    names: dict[str, None] = {}
    times: dict[str, int] = {}
    for place, text in enumerate(header):
        name = text or f"Unnamed: {place}"
        while name in names:
            times[text] = times.get(text, 0) + 1
            name = f"{text}.{times[text]}"
        names[name] = None
    return list(names)


def _path(row: int | None, column: str | None) -> str:
    return (
        ", ".join(part for part in (None if row is None else f"row {row}", column and f"column {column!r}") if part)
        or "the header"
    )


def parquet(body: bytes, schema: Schema) -> Asked:
    """A Parquet file.

    Raises:
        UnsupportedMedia: nothing in this image reads it.
        MalformedBody: it is none.
        TooLarge: too many columns for so many rows.
    """
    try:
        import pandas as pd
        from pyarrow.parquet import ParquetFile

        described = ParquetFile(io.BytesIO(body)).metadata
        bounded(described.num_rows, described.num_columns)
        frame = pd.read_parquet(io.BytesIO(body), engine="pyarrow")
    except TooLarge:
        raise
    except ImportError:
        raise UnsupportedMedia("this image has no reader of Parquet; send application/json or text/csv") from None
    except Exception as error:  # noqa: BLE001 - pyarrow raises its own, which are many
        raise MalformedBody(f"the body is not valid Parquet: {type(error).__name__}") from None
    columns = {str(name): frame.iloc[:, index] for index, name in enumerate(frame.columns)}
    if schema.columns:
        columns = {name: _values(column) for name, column in columns.items()}
    return asked("parquet", Given(columns, len(frame), _path, table=True), None, schema)


def _values(column: Any) -> list[Any]:
    """A table's column as JSON would have it; moments with all their digits and their zone, which may be refused."""
    missing = column.isna().tolist()
    return [None if absent else _value(value) for absent, value in zip(missing, column.tolist(), strict=True)]


def _value(value: Any) -> Any:
    """One value, or a part of it, as JSON would have it."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    match value:
        case bytes():
            return binascii.b2a_base64(value, newline=False).decode()
        case list():
            return [_value(inner) for inner in value]
        case dict():
            return {name: _value(inner) for name, inner in value.items()}
        case float() if value != value:  # noqa: PLR0124 - NaN
            return None
    return value.isoformat() if hasattr(value, "isoformat") else value
