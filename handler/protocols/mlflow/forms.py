"""The forms in which JSON asks for predictions: each is brought into columns, and says where a value stands in it."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from handler.batch import Arrays, Batch, Fields, Path, bounded, by_column
from handler.errors import MalformedBody, MissingColumn
from handler.schema import Schema

UNIFIED = "unified"
"""The form without a name of its own: a language model's fields, answered without `predictions`."""

_LANGUAGE = ("messages", "prompt", "input")


class Given(NamedTuple):
    """Columns of values as JSON has them, how many rows they hold, and where a value stands.

    `table` says that they come as a DataFrame, in which a tensor's row may be flat, and order may stand for names.
    """

    columns: dict[str, list[Any]]
    rows: int
    path: Path
    table: bool = False


class Asked(NamedTuple):
    """What a body asks: in which form, the rows, and the model's params."""

    form: str
    batch: Batch
    params: dict[str, Any]


def read(body: bytes, schema: Schema) -> Asked:
    """A JSON body.

    Raises:
        MalformedBody: not JSON, or not in one of the forms.
        InvalidValue: a value that does not fit the signature.
        TooLarge: too many columns for so many rows.
    """
    value = _decoded(body)
    if not isinstance(value, dict):
        raise MalformedBody(f"the body is no JSON object; it must have exactly one of {', '.join(FORMS)}")
    if any(name in value for name in _LANGUAGE) and not any(name in value for name in FORMS):
        return _unified(value, schema)
    named = [name for name in FORMS if name in value]
    if len(named) != 1:
        found = ", ".join(named) or ", ".join(map(repr, sorted(value)[:10])) or "nothing"
        raise MalformedBody(f"the body must have exactly one of {', '.join(FORMS)}; found {found[:500]}")
    form = named[0]
    return asked(form, FORMS[form](value[form], schema), value.get("params"), schema)


def asked(form: str, given: Given, params: Any, schema: Schema) -> Asked:
    """Columns of any form, typed by the signature."""
    if given.table and schema.columns:
        from handler.protocols.mlflow import frames

        given = frames.signed(given, schema)
    return Asked(form, schema.batch(given.columns, given.rows, given.path), schema.params.of_json(params))


def _decoded(body: bytes) -> Any:
    if not body.strip():
        raise MalformedBody("the body is empty; send a JSON object")
    try:
        return msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedBody(f"the body is not valid JSON: {error}") from None
    except RecursionError:
        raise MalformedBody("the body is nested too deeply") from None


def _records(value: Any, schema: Schema, form: str = "dataframe_records", *, table: bool = True) -> Given:
    if not isinstance(value, list):
        raise MalformedBody(f"{form} must be a list of objects")
    for index, row in enumerate(value):
        if not isinstance(row, dict):
            raise MalformedBody(f"expected an object, at $.{form}[{index}]")
    columns = by_column(value, None if schema.columns else math.nan)  # as in a DataFrame
    return Given(columns, len(value), lambda row, column: f"$.{form}{_index(row)}{_field(column)}", table)


def _split(value: Any, schema: Schema) -> Given:
    form = "dataframe_split"
    if not isinstance(value, dict) or "data" not in value or not value.keys() <= {"columns", "data", "index"}:
        raise MalformedBody(f"{form} must be an object with data and, if need be, columns and index")
    data, names, index = value["data"], value.get("columns"), value.get("index")
    if not isinstance(data, list) or not isinstance(names, list | None) or not isinstance(index, list | None):
        raise MalformedBody(f"{form} must have lists as data, columns and index")
    if index is not None and len(index) != len(data):
        raise MalformedBody(f"{form} has an index of {len(index)} for {len(data)} rows")
    return _matrix(data, names, schema, form, ".data")


def _matrix(data: list[Any], names: list[Any] | None, schema: Schema, form: str, inside: str = "") -> Given:
    """Rows of values, each a list; what is no list is a row of one."""
    rows = [row if isinstance(row, list) else [row] for row in data]
    width = max(map(len, rows), default=len(names or []))
    labels = list(range(width)) if names is None else names
    if rows and len(labels) != width:
        raise MalformedBody(f"{form} has {len(labels)} columns, and rows of {width} values")
    if any(isinstance(label, dict | list) for label in labels):
        raise MalformedBody(f"{form} must have text as columns")
    if schema.columns:
        labels = [str(label) for label in labels]
    places = {label: place for place, label in enumerate(labels)}
    if len(places) != len(labels):
        raise MalformedBody(f"{form} names a column twice")
    bounded(len(rows), width)
    padded = (row + [None] * (width - len(row)) for row in rows)
    values = map(list, zip(*padded, strict=True)) if rows else ([] for _ in labels)
    columns = dict(zip(labels, values, strict=True))

    def path(row: int | None, column: str | None) -> str:
        place = _index(places[column]) if column in places else _field(column)
        return f"$.{form}{inside}{_index(row)}{place}"

    return Given(columns, len(rows), path, table=True)


def _instances(value: Any, schema: Schema) -> Given:
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


def _inputs(value: Any, schema: Schema) -> Given:
    if isinstance(value, dict) and not schema.unnamed:
        return _by_column(value, schema)
    if isinstance(value, list):
        named = schema.columns and not schema.unnamed and value and all(isinstance(row, dict) for row in value)
        return _records(value, schema, "inputs") if named else _single(value, schema, "inputs")
    if schema.columns:
        return _single([value], schema, "inputs")
    return Given(Fields({None: [value]}), 1, lambda *_: "$.inputs")


def _by_column(value: dict[str, Any], schema: Schema) -> Given:
    lists = {name: values for name, values in value.items() if isinstance(values, list)}
    if not schema.columns:
        lists = Arrays(lists)
    else:
        lists = {column.name: lists[column.name] for column in schema.columns if column.name in lists}
    if value and not lists:
        scalars = {name: [inner] for name, inner in value.items()}
        return Given(scalars, 1, lambda _, column: f"$.inputs{_field(column)}")
    lengths = {len(values) for values in lists.values()}
    if len(lengths) > 1:
        sizes = ", ".join(f"{len(values)} in {name!r}" for name, values in list(lists.items())[:10])
        raise MalformedBody(f"the columns of inputs are of different lengths: {sizes}")
    count = lengths.pop() if lengths else 0
    return Given(lists, count, lambda row, column: f"$.inputs{_field(column)}{_index(row)}")


def _single(value: list[Any], schema: Schema, form: str) -> Given:
    """Values of the only column, or of the array that a model without named columns takes."""
    if len(schema.columns) > 1 and schema.positional:
        return _matrix(value, None, schema, form)
    if len(schema.columns) > 1:
        raise MissingColumn(f"{form} has values without names; the model has {len(schema.columns)} columns: name them")
    columns = {schema.columns[0].name: value} if schema.columns else Arrays({None: value})
    return Given(columns, len(value), lambda row, _: f"$.{form}{_index(row)}")


def _unified(value: dict[str, Any], schema: Schema) -> Asked:
    params = {name: inner for name, inner in value.items() if name in schema.params}
    columns = {name: [inner] for name, inner in value.items() if name not in params}
    columns = columns if schema.columns else Fields(columns)
    return asked(UNIFIED, Given(columns, 1, lambda _, column: f"${_field(column)}"), params, schema)


def _index(number: int | None) -> str:
    return "" if number is None else f"[{number}]"


def _field(name: str | None) -> str:
    return "" if name is None else f".{name}"


FORMS: dict[str, Callable[[Any, Schema], Given]] = {
    "dataframe_split": _split,
    "dataframe_records": _records,
    "instances": _instances,
    "inputs": _inputs,
}
