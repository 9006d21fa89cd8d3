"""The JSON forms of a scoring request: each is converted to columns, with the JSON path of every value."""

import json
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from handler import log
from handler.errors import MalformedBody, MissingColumn
from handler.protocols.mlflow import frames
from handler.protocols.mlflow.frames import RawColumns
from handler.schema import BYTE_ORDER_MARK, Schema
from handler.schema.batch import Arrays, Batch, Fields, by_column, limit_size
from handler.schema.decoding_errors import describe_not_json

UNIFIED = "unified"
"""The form for language models: the fields are the input, and the response has no `predictions` around it."""

_LANGUAGE = ("messages", "prompt", "input")


class ScoringRequest(NamedTuple):
    """A decoded body: its form, the typed rows, the model's params, and whether to stream the output."""

    form: str
    batch: Batch
    params: dict[str, Any]
    stream: bool = False


def read_json(body: bytes, schema: Schema) -> ScoringRequest:
    """Decode a JSON body.

    Raises:
        MalformedBody: the body is not JSON, or not in one of the forms.
        InvalidValue: a value does not match the signature.
        TooLarge: the table has too many values.
    """
    value = _decode(body)
    if not isinstance(value, dict):
        raise MalformedBody(f"the body is not a JSON object; send an object with exactly one of {', '.join(FORMS)}")
    stream = value.get("stream") is True
    if any(name in value for name in _LANGUAGE) and not any(name in value for name in FORMS):
        return _unified(value, schema)._replace(stream=stream)
    named = [name for name in FORMS if name in value]
    if not named and {"columns", "data"} <= value.keys():
        raise MalformedBody('this is the form of MLflow 1; send {"dataframe_split": {"columns": ..., "data": ...}}')
    if len(named) != 1:
        found = ", ".join(named) or ", ".join(map(repr, sorted(value)[:10])) or "nothing"
        raise MalformedBody(f"the body must have exactly one of {', '.join(FORMS)}; found {found[:500]}")
    form = named[0]
    rows = _nan_to_null(value[form]) if schema.columns and _not_strict(body) else value[form]
    return to_request(form, FORMS[form](rows, schema), value.get("params"), schema)._replace(stream=stream)


def to_request(form: str, given: RawColumns, params: Any, schema: Schema) -> ScoringRequest:
    """Return the columns of any form and the params, typed by the signature."""
    if given.table and schema.columns:
        given = frames.fit_to_signature(given, schema)
    batch = schema.batch(given.columns, given.rows, given.path)
    if isinstance(params, dict) and (unknown := sum(name not in schema.params for name in params)):
        log.ignored_params(unknown)  # as MLflow does
    return ScoringRequest(form, batch, schema.params.from_json(params, ignore_unknown=True))


def _decode(body: bytes) -> Any:
    """Decode JSON; bare NaN and Infinity too, which MLflow's `serving_input_example.json` may contain."""
    if not body.strip():
        raise MalformedBody("the body is empty; send a JSON object")
    body = body.removeprefix(BYTE_ORDER_MARK)
    try:
        return json.loads(body.decode()) if _not_strict(body) else msgspec.json.decode(body)
    except ValueError as error:
        raise MalformedBody(describe_not_json(body, error)) from None
    except RecursionError:
        raise MalformedBody("the body is nested too deeply") from None


def _not_strict(body: bytes) -> bool:
    return b"NaN" in body or b"Infinity" in body


def _nan_to_null(value: Any) -> Any:
    """Return a value with null, the signature's missing value, in the place of NaN."""
    match value:
        case float() if value != value:  # noqa: PLR0124 - NaN
            return None
        case list():
            return [_nan_to_null(inner) for inner in value]
        case dict():
            return {name: _nan_to_null(inner) for name, inner in value.items()}
    return value


def _records(value: Any, schema: Schema, form: str = "dataframe_records", *, table: bool = True) -> RawColumns:
    if not isinstance(value, list):
        raise MalformedBody(f"{form} must be a list of objects")
    schema.limit_rows(len(value))
    for index, row in enumerate(value):
        if not isinstance(row, dict):
            raise MalformedBody(f"expected an object, at $.{form}[{index}]")
    columns = by_column(value, None if schema.columns else math.nan)  # as a DataFrame has it
    return RawColumns(columns, len(value), lambda row, column: f"$.{form}{_index(row)}{_field(column)}", table)


def _split(value: Any, schema: Schema) -> RawColumns:
    form = "dataframe_split"
    if not isinstance(value, dict) or "data" not in value or not value.keys() <= {"columns", "data", "index"}:
        raise MalformedBody(f"{form} must be an object with data and, optionally, columns and index")
    data, names, index = value["data"], value.get("columns"), value.get("index")
    if not isinstance(data, list) or not isinstance(names, list | None) or not isinstance(index, list | None):
        raise MalformedBody(f"{form} must have lists as data, columns and index")
    if index is not None and len(index) != len(data):
        raise MalformedBody(f"{form} has an index of {len(index)} for {len(data)} rows")
    return _matrix(data, names, schema, form, ".data")


def _matrix(data: list[Any], names: list[Any] | None, schema: Schema, form: str, inside: str = "") -> RawColumns:
    """Return the columns of rows that are lists; any other value is a row of one value."""
    schema.limit_rows(len(data))
    rows = [row if isinstance(row, list) else [row] for row in data]
    width = max(map(len, rows), default=len(names or []))
    labels = list(range(width)) if names is None else names
    if rows and len(labels) != width:
        raise MalformedBody(f"{form} has {len(labels)} columns, and rows of {width} values")
    if any(isinstance(label, dict | list) for label in labels):
        raise MalformedBody(f"the columns of {form} must be strings")
    if schema.columns:
        labels = [str(label) for label in labels]
    places = {label: place for place, label in enumerate(labels)}
    if len(places) != len(labels):
        raise MalformedBody(f"{form} names a column twice")
    limit_size(len(rows), width)
    padded = (row + [None] * (width - len(row)) for row in rows)
    values = map(list, zip(*padded, strict=True)) if rows else ([] for _ in labels)
    columns = dict(zip(labels, values, strict=True))

    def path(row: int | None, column: str | None) -> str:
        place = _index(places[column]) if column in places else _field(column)
        return f"$.{form}{inside}{_index(row)}{place}"

    return RawColumns(columns, len(rows), path, table=True)


def _instances(value: Any, schema: Schema) -> RawColumns:
    if not isinstance(value, list):
        raise MalformedBody("instances must be a list")
    if not value or not isinstance(value[0], dict) or schema.unnamed:
        return _single(value, schema, "instances")
    given = _records(value, schema, "instances", table=False)
    optional = {column.name for column in schema.columns if not column.required}
    known = {column.name for column in schema.columns} or given.columns.keys()
    everywhere = given.columns.keys() & known - optional
    if any(not everywhere <= row.keys() for row in value):
        raise MalformedBody("the objects in instances do not all have the same fields")
    return given if schema.columns else given._replace(columns=Arrays(given.columns))


def _inputs(value: Any, schema: Schema) -> RawColumns:
    if isinstance(value, dict) and not schema.unnamed:
        return _by_column(value, schema)
    if isinstance(value, list):
        named = schema.columns and not schema.unnamed and value and all(isinstance(row, dict) for row in value)
        return _records(value, schema, "inputs") if named else _single(value, schema, "inputs")
    if schema.columns:
        return _single([value], schema, "inputs")
    return RawColumns(Fields({None: [value]}), 1, lambda *_: "$.inputs")


def _by_column(value: dict[str, Any], schema: Schema) -> RawColumns:
    lists = {name: values for name, values in value.items() if isinstance(values, list)}
    if not schema.columns:
        lists = Arrays(lists)
    else:
        lists = {column.name: lists[column.name] for column in schema.columns if column.name in lists}
    if value and not lists:
        scalars = {name: [inner] for name, inner in value.items()}
        return RawColumns(scalars, 1, lambda _, column: f"$.inputs{_field(column)}")
    lengths = {len(values) for values in lists.values()}
    if len(lengths) > 1:
        sizes = ", ".join(f"{len(values)} in {name!r}" for name, values in list(lists.items())[:10])
        raise MalformedBody(f"the columns of inputs are of different lengths: {sizes}")
    count = lengths.pop() if lengths else 0
    return RawColumns(lists, count, lambda row, column: f"$.inputs{_field(column)}{_index(row)}")


def _single(value: list[Any], schema: Schema, form: str) -> RawColumns:
    """Return the values of the only column, or of the array that a model without named columns takes."""
    if len(schema.columns) > 1 and schema.positional:
        return _matrix(value, None, schema, form)
    if len(schema.columns) > 1:
        raise MissingColumn(
            f"{form} has values without column names, but the model has {len(schema.columns)} columns; name them"
        )
    columns = {schema.columns[0].name: value} if schema.columns else Arrays({None: value})
    return RawColumns(columns, len(value), lambda row, _: f"$.{form}{_index(row)}")


def _unified(value: dict[str, Any], schema: Schema) -> ScoringRequest:
    params = {name: inner for name, inner in value.items() if name in schema.params}
    columns = {name: [inner] for name, inner in value.items() if name not in params}
    columns = columns if schema.columns else Fields(columns)
    return to_request(UNIFIED, RawColumns(columns, 1, lambda _, column: f"${_field(column)}"), params, schema)


def _index(number: int | None) -> str:
    return "" if number is None else f"[{number}]"


def _field(name: str | None) -> str:
    return "" if name is None else f".{name}"


FORMS: dict[str, Callable[[Any, Schema], RawColumns]] = {
    "dataframe_split": _split,
    "dataframe_records": _records,
    "instances": _instances,
    "inputs": _inputs,
}
