"""Decode requests by a model's signature: into typed columns, or an error that says where."""

from collections.abc import Callable
from contextlib import suppress
from itertools import chain
from typing import Any

import msgspec

from handler.bundle import Signature
from handler.errors import InvalidParam, InvalidValue, MalformedBody, MissingColumn, TooLarge
from handler.schema.batch import CELLS, COLUMNS, Batch, Path, by_column, path_in_list, path_in_object
from handler.schema.column_types import COLUMN_TYPES, Mismatch, ValueType, are_fields, column_type, struct_of
from handler.schema.decoding_errors import describe_not_json, missing_field, parse_message
from handler.schema.params import FIELD, Params

UNNAMED = "input"
"""Field of a row if the signature has one input without a name."""


def fields(inputs: list[dict[str, Any]]) -> list[str]:
    """Return the fields of a row: the inputs' names, or their positions if several inputs have no name."""
    if len(inputs) == 1:
        return [str(inputs[0].get("name", UNNAMED))]
    return [str(spec.get("name", index)) for index, spec in enumerate(inputs)]


BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""UTF-8's byte order mark, which some editors and shells on Windows write first."""

_ELEMENTS = {"bool": "boolean", "float32": "float", "float64": "double", "int32": "integer", "int64": "long"}


def elements(inputs: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """Return the columns of a table of numbers: of the only input, a tensor of shape (-1, n).

    Returns:
        Specs as in a signature, named `input[0]` and so on; None if the inputs are not such a table.
    """
    spec = inputs[0]["tensor-spec"] if len(inputs) == 1 and inputs[0]["type"] == "tensor" else {}
    kind, shape = _ELEMENTS.get(spec.get("dtype", "")), spec.get("shape", [])
    if kind is None or len(shape) != 2 or shape[0] >= 0 or shape[1] < 1:  # noqa: PLR2004 - rows and columns
        return None
    [name] = fields(inputs)
    return [{"type": kind, "name": f"{name}[{index}]", "required": True} for index in range(shape[1])]


NO_MISSING = {"integer", "long"}
"""Types without a missing value in MLflow: a request has an optional column of these types in every row or in none."""


class Column(msgspec.Struct, frozen=True):
    """One input column: its name, MLflow's name of its type (`tensor` for tensors) and how a value is decoded."""

    name: str
    type: str
    value: ValueType
    required: bool


class Schema:
    """Decodes rows and params by a signature; without one, values keep their JSON types.

    Attributes:
        inputs: the signature's inputs.
        columns: the inputs as columns; empty if the model has no signature.
        unnamed: whether the only input has no name: values, or an array.
        positional: whether no input has a name, so that inputs are identified by position.
        params: the model's params.
        rows_have_params: whether a row's field `params` is the model's params, and not a column.
        rows_per_call: the number of rows that a tensor's shape fixes; None if it is free.
        max_rows: the most rows of a request, derived from the process's memory.
        row: the type that msgspec decodes a JSON object into; None without a signature, or if names need stand-ins.
    """

    def __init__(self, signature: Signature) -> None:
        inputs = signature.inputs or []
        self.inputs = signature.inputs
        self.columns = [_column(name, spec) for name, spec in zip(fields(inputs), inputs, strict=True)]
        self.unnamed = len(inputs) == 1 and "name" not in inputs[0]
        self.rows_per_call = _fixed_rows(inputs)
        self.max_rows = CELLS
        self.positional = bool(inputs) and not any("name" in spec for spec in inputs)
        self.params = Params(signature.params)
        self.rows_have_params = bool(self.params) and all(column.name != FIELD for column in self.columns)
        row: Any = dict[str, Any]
        plain = are_fields(column.name for column in self.columns)
        if self.columns:
            names = [column.name for column in self.columns]
            if not plain:
                from handler.schema import stand_ins

                names = list(map(stand_ins.replace, names))
            required = [column.required for column in self.columns]
            values = [column.value for column in self.columns]
            if self.rows_have_params:
                names, required, values = [*names, FIELD], [*required, False], [*values, COLUMN_TYPES["any"]]
            row = struct_of("Row", names, values, required)
        self._decode = msgspec.json.Decoder(row | list[row]).decode if plain else stand_ins.decoder(row)
        self.row = row if self.columns and plain else None

    def decode(self, body: bytes) -> Batch:
        """Decode one row or a list of rows.

        Raises:
            MalformedBody: the body is not JSON.
            InvalidValue: a value does not match the signature.
            TooLarge: the table has too many values.
        """
        body = body.removeprefix(BYTE_ORDER_MARK)
        if not body or body.isspace():
            raise MalformedBody("the body is empty; send a JSON object, or a list of them")
        try:
            decoded = self._decode(body)
        except msgspec.ValidationError as error:
            raise self._invalid(str(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MalformedBody(describe_not_json(body, error)) from None
        except RecursionError:
            raise MalformedBody("the body is nested too deeply") from None
        single = not isinstance(decoded, list)
        return self.collect([decoded] if single else decoded, single=single)

    def collect(self, rows: list[Any], *, single: bool = False) -> Batch:
        """Return decoded rows as a batch.

        Args:
            rows: of the type `row`.
            single: whether the request is one object, not a list.

        Raises:
            InvalidValue: a value does not match the signature.
            TooLarge: the table has too many values.
        """
        path = path_in_object if single else path_in_list
        self._require_count(len(rows))
        params = self._take_params(rows, single=single) if self.rows_have_params else {}
        columns = self._by_column(rows, path) if self.columns else _limit_columns(by_column(rows))
        if rows and not columns:
            raise InvalidValue("expected an object with the model's input columns, found none of them")
        return Batch(columns, len(rows), path, single, params=params)

    def _take_params(self, rows: list[Any], *, single: bool) -> dict[str, Any]:
        """Return the params of a single row, and take them out of it; refuse them in a list of rows."""
        for index, row in enumerate(rows):
            given = getattr(row, f"c{len(self.columns)}") if self.columns else row.pop(FIELD, msgspec.UNSET)
            if given is msgspec.UNSET:
                continue
            if not single:
                raise InvalidParam(
                    f"rows of a list share their params: send them as query string, at $[{index}].params"
                )
            return self.params.from_json(given)
        return {}

    def batch(self, given: dict[str, list[Any]], count: int, path: Path) -> Batch:
        """Return columns of decoded JSON values as typed columns; columns that are not in the signature are dropped.

        Args:
            given: values by column, each list `count` long.
            count: number of rows.
            path: returns the JSON path of a value.

        Raises:
            InvalidValue: a value does not match the signature.
            MissingColumn: a required column is missing.
            TooLarge: the model has no signature, and the table has too many columns.
        """
        self._require_count(count)
        if not self.columns:
            return Batch(_limit_columns(given), count, path)
        columns = {}
        for column in self.columns:
            if column.name in given:
                values = self._convert(column, given[column.name], path)
                if (typed := self._check(column, values, path)) is not None:
                    columns[column.name] = typed
            elif column.required:
                raise MissingColumn(f"{missing_field(column.name)}, at {path(None, None)}", column=column.name)
        if not columns:
            raise InvalidValue("expected the model's input columns, found none of them")
        return Batch(columns, count, path)

    def limit_rows(self, count: int) -> None:
        """Refuse a request with too many rows, before they are decoded or predicted.

        Raises:
            TooLarge: the request has more than `max_rows` rows.
        """
        if count > self.max_rows:
            raise TooLarge(f"the request has more than {self.max_rows} rows, the limit here; send fewer at a time")

    def _require_count(self, count: int) -> None:
        self.limit_rows(count)
        if self.rows_per_call not in (None, count) and count:
            raise InvalidValue(f"expected {self.rows_per_call} rows, as the model's signature fixes, got {count}")

    def _by_column(self, rows: list[Any], path: Path) -> dict[str, list[Any]]:
        columns = {}
        given = list(chain.from_iterable(map(msgspec.structs.astuple, rows)))
        width = len(self.columns) + self.rows_have_params
        for index, column in enumerate(self.columns):
            values = given[index::width]
            if not column.required and msgspec.UNSET in values:
                if all(value is msgspec.UNSET for value in values):
                    continue
                values = [None if value is msgspec.UNSET else value for value in values]
            if (typed := self._check(column, values, path)) is not None:
                columns[column.name] = typed
        return columns

    def _convert(self, column: Column, values: list[Any], path: Path) -> list[Any]:
        one: Any = column.value.decoded
        if column.value.nullable or not column.required:
            one = one | None
        try:
            converted: list[Any] = msgspec.convert(values, list[one])
        except UnicodeEncodeError:
            row = next(row for row, value in enumerate(values) if _has_surrogate(value, one))
            raise _invalid_value("expected Unicode text, got a lone surrogate", path, row, column.name) from None
        except msgspec.ValidationError as error:
            found = parse_message(str(error))
            place = f"{path(found.row, column.name)}{found.rest}"
            raise InvalidValue(f"{found.words}, at {place}", row=found.row, column=column.name) from None
        return converted

    def _check(self, column: Column, values: list[Any], path: Path) -> list[Any] | None:
        """Return a column's decoded values after the type's own check; None to leave the column out."""
        if not column.required and column.type in NO_MISSING and None in values:
            if any(value is not None for value in values):
                row = values.index(None)
                why = "expected an integer in every row or in none, found no value"
                raise _invalid_value(why, path, row, column.name)
            return None
        return _check_values(column, column.value.check, values, path) if column.value.check else values

    def _invalid(self, message: str) -> InvalidValue:
        found = parse_message(message)
        names = sorted((column.name for column in self.columns), key=len, reverse=True)
        column = next((name for name in names if found.rest[1:].startswith(name)), None) if found.rest else None
        place = f"{path_in_list(found.row, None)}{found.rest}"
        return InvalidValue(f"{found.words}, at {place}", row=found.row, column=column or found.missing)


def _has_surrogate(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except UnicodeEncodeError:
        return True
    except msgspec.ValidationError:
        pass
    return False


def _check_values(column: Column, check: Callable[[Any], Any], values: list[Any], path: Path) -> list[Any]:
    checked = []
    if len(values) > 1 and set(map(type, values)) == {int}:
        with suppress(Mismatch):
            check(min(values))
            check(max(values))
            return values
    for row, value in enumerate(values):
        try:
            checked.append(None if value is None else check(value))
        except Mismatch as error:
            raise _invalid_value(str(error), path, row, column.name, error.path) from None
    return checked


def _limit_columns(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    if len(columns) > COLUMNS:
        raise TooLarge(f"the body has {len(columns)} columns; a model without a signature takes at most {COLUMNS}")
    return columns


def _invalid_value(why: str, path: Path, row: int, column: str, rest: str = "") -> InvalidValue:
    single = path is path_in_object
    return InvalidValue(f"{why}, at {path(row, column)}{rest}", row=None if single else row, column=column)


def _column(name: str, spec: dict[str, Any]) -> Column:
    """Return an entry of a signature's inputs as a column; a tensor is a column of nested lists."""
    value = column_type(spec)
    if not spec.get("missing", True):  # the build has found that the model has no answer to a missing value here
        value = value._replace(nullable=False)
    return Column(name, spec["type"], value, spec.get("required", True))


def _fixed_rows(inputs: list[dict[str, Any]]) -> int | None:
    shapes = [spec["tensor-spec"]["shape"] for spec in inputs if spec["type"] == "tensor"]
    return next((shape[0] for shape in shapes if shape and shape[0] >= 0), None)
