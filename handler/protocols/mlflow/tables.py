"""Decode CSV as pandas does, and Parquet if the image has pandas and pyarrow."""

import binascii
import io
from itertools import islice
from typing import Any

from handler.errors import MalformedBody, TooLarge, UnsupportedMedia
from handler.protocols.mlflow.forms import ScoringRequest, to_request
from handler.protocols.mlflow.frames import RawColumns
from handler.schema import Schema
from handler.schema.batch import limit_size
from handler.schema.csv_values import infer_column, parse_column

_AT_A_TIME = 10_000  # lines: other threads wait while C code reads them
_FIELD = 2**31 - 1  # no limit below the body's own


def read_csv(body: bytes, schema: Schema) -> ScoringRequest:
    """Decode CSV with a header line; quoted fields may contain line breaks.

    Raises:
        MalformedBody: the body is not UTF-8 or not CSV, or a row has more fields than the header.
        InvalidValue: a field does not match its column's type.
        TooLarge: the table has too many values.
    """
    import csv

    csv.field_size_limit(_FIELD)
    try:
        reader = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        lines: list[list[str]] = []
        while len(lines) <= schema.max_rows + 1 and (part := list(islice(reader, _AT_A_TIME))):
            lines += filter(None, part)
    except UnicodeDecodeError:
        raise MalformedBody("the body is not valid UTF-8") from None
    except csv.Error as error:
        raise MalformedBody(f"the body is not valid CSV: {error}") from None
    if not lines:
        raise MalformedBody("the body is empty; send a header line with the columns' names")
    header, *rows = lines
    schema.limit_rows(len(rows))
    limit_size(len(rows), len(header))
    names = _unique_names(header)
    for number, row in enumerate(rows):
        if len(row) > len(names):
            raise MalformedBody(f"row {number} has {len(row)} fields, the header {len(names)}")
    known = {column.name: column for column in schema.columns}
    if schema.positional:
        known = dict(zip(names, schema.columns, strict=False))
    columns = {}
    for place, name in enumerate(names):
        texts = [row[place] if place < len(row) else "" for row in rows]
        columns[name] = parse_column(known[name], texts, name, _path) if name in known else infer_column(texts)
    return to_request("csv", RawColumns(columns, len(rows), _path, table=True), None, schema)


def _unique_names(header: list[str]) -> list[str]:
    """Return the header's names as pandas changes them if they are repeated or empty."""
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


def read_parquet(body: bytes, schema: Schema) -> ScoringRequest:
    """Decode a Parquet file.

    Raises:
        UnsupportedMedia: the image has no pandas or pyarrow.
        MalformedBody: the body is not Parquet.
        TooLarge: the table has too many values.
    """
    try:
        import pandas as pd
        from pyarrow.parquet import ParquetFile

        metadata = ParquetFile(io.BytesIO(body)).metadata
        limit_size(metadata.num_rows, metadata.num_columns)
        schema.limit_rows(metadata.num_rows)
        frame = pd.read_parquet(io.BytesIO(body), engine="pyarrow")
    except TooLarge:
        raise
    except ImportError:
        raise UnsupportedMedia("this image cannot decode Parquet; send application/json or text/csv") from None
    except Exception as error:  # noqa: BLE001 - pyarrow has many error classes
        raise MalformedBody(f"the body is not valid Parquet: {type(error).__name__}") from None
    columns = {str(name): frame.iloc[:, index] for index, name in enumerate(frame.columns)}
    if schema.columns:
        columns = {name: _to_json_values(column) for name, column in columns.items()}
    return to_request("parquet", RawColumns(columns, len(frame), _path, table=True), None, schema)


def _to_json_values(column: Any) -> list[Any]:
    """Return a table's column as JSON values; dates keep all digits and their zone, which the signature may refuse."""
    missing = column.isna().tolist()
    return [None if absent else _to_json_value(value) for absent, value in zip(missing, column.tolist(), strict=True)]


def _to_json_value(value: Any) -> Any:
    """Return a value, or a part of one, as a JSON value."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    match value:
        case bytes():
            return binascii.b2a_base64(value, newline=False).decode()
        case list():
            return [_to_json_value(inner) for inner in value]
        case dict():
            return {name: _to_json_value(inner) for name, inner in value.items()}
        case float() if value != value:  # noqa: PLR0124 - NaN
            return None
    return value.isoformat() if hasattr(value, "isoformat") else value
