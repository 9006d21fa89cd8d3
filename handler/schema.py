"""A signature as a decoder: the bytes of a request become typed columns, or an error that says where."""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from handler.bundle import Signature
from handler.errors import InvalidValue, MalformedBody
from handler.types import COLUMN_TYPES, Mismatch, ValueType, column_type, struct_of

UNNAMED = "input"
"""The field of a row when the signature has one input without a name."""


def fields(inputs: list[dict[str, Any]]) -> list[str]:
    """The fields of a row: the inputs' names, or their positions where several have none."""
    if len(inputs) == 1:
        return [str(inputs[0].get("name", UNNAMED))]
    return [str(spec.get("name", index)) for index, spec in enumerate(inputs)]


_WORDS = {
    "array": "a list",
    "bool": "a boolean",
    "bytes": "a base64 string",
    "float": "a number",
    "int": "an integer",
    "null": "null",
    "object": "an object",
    "str": "a string",
}
_EXPECTED = re.compile(r"Expected `(?P<expected>[^`]+)`(, got `(?P<got>[^`]+)`)?(?P<limit>.*)")
_PLACE = re.compile(r"(?P<message>.*?) - at `(?P<path>\$.*)`", re.DOTALL)
_ROW = re.compile(r"\$\[(\d+)\]")
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`", re.DOTALL)

_STAND_INS: dict[int, int | str] = {
    **{code: 0x2400 + code for code in range(32)},
    ord('"'): "\N{DOUBLE PRIME}",
    ord("\\"): "\N{FULLWIDTH REVERSE SOLIDUS}",
}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # Windows' editors and shells write it

# Columns of these types have no missing value: a request sends them in every row or in none.
_NO_MISSING = {"boolean", "integer", "long"}


class Batch(msgspec.Struct, frozen=True):
    """What a request asks about.

    Attributes:
        columns: values by input column, each list `count` long.
        count: number of rows.
        single: whether the request was one object, not a list.
        first: which row of the request is the first one here.
    """

    columns: dict[str, list[Any]]
    count: int
    single: bool = False
    first: int = 0

    def part(self, start: int, count: int) -> "Batch":
        """The batch of `count` of these rows, or of as many as there are."""
        columns = {name: values[start : start + count] for name, values in self.columns.items()}
        return Batch(columns, min(count, self.count - start), self.single, self.first + start)

    def place(self, index: int, column: str | None = None) -> str:
        """Where a row, or its value in a column, stands in the request: `$[3].age`."""
        row = "$" if self.single else f"$[{self.first + index}]"
        return f"{row}.{column}" if column else row


class Column(msgspec.Struct, frozen=True):
    """One input column: its name, MLflow's name of its type (`tensor` for tensors) and how a value is read."""

    name: str
    type: str
    value: ValueType
    required: bool


class Schema:
    """Reads the rows and params of a signature; without one, JSON's own types.

    Attributes:
        columns: the inputs, empty where the model has no signature.
        rows_per_call: the number of rows the model takes at a time where a tensor fixes it, else None.
    """

    def __init__(self, signature: Signature) -> None:
        inputs = signature.inputs or []
        self.columns = [_column(name, spec) for name, spec in zip(fields(inputs), inputs, strict=True)]
        self.rows_per_call = _fixed_rows(inputs)
        self._params = {spec["name"]: spec for spec in signature.params or []}
        row: Any = dict[str, Any]
        if self.columns:
            names = [column.name.translate(_STAND_INS) for column in self.columns]
            required = [column.required for column in self.columns]
            row = struct_of("Row", names, [column.value for column in self.columns], required)
        plain = all(column.name.isprintable() and not {'"', "\\"} & {*column.name} for column in self.columns)
        self._decode = msgspec.json.Decoder(row | list[row]).decode if plain else _with_stand_ins(row)

    def decode(self, body: bytes) -> Batch:
        """Read one row or a list of rows.

        Raises:
            MalformedBody: not JSON.
            InvalidValue: JSON that does not fit the signature.
        """
        body = body.removeprefix(_BYTE_ORDER_MARK)
        if not body.strip():
            raise MalformedBody("the body is empty; send a JSON object, or a list of them")
        try:
            decoded = self._decode(body)
        except msgspec.ValidationError as error:
            raise self._invalid(str(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MalformedBody(f"the body is not valid JSON: {error}") from None
        except RecursionError:
            raise MalformedBody("the body is nested too deeply") from None
        single = not isinstance(decoded, list)
        rows = [decoded] if single else decoded
        if self.rows_per_call not in (None, len(rows)) and rows:
            raise InvalidValue(f"the model takes {self.rows_per_call} rows at a time, got {len(rows)}")
        columns = self._typed(rows, single=single) if self.columns else _untyped(rows)
        if rows and not columns:
            raise InvalidValue("expected an object with the model's input columns, got none of them")
        return Batch(columns, len(rows), single)

    def params(self, query: dict[str, list[str]]) -> dict[str, Any]:
        """The model's params among a query's parameters; a param that is a list repeats.

        Raises:
            InvalidValue: a value that its type refuses.
        """
        return {name: _param(self._params[name], values) for name, values in query.items() if name in self._params}

    def _typed(self, rows: list[Any], *, single: bool) -> dict[str, list[Any]]:
        columns = {}
        for index, column in enumerate(self.columns):
            field = f"c{index}"
            values = [getattr(row, field) for row in rows]
            if not column.required:
                if all(value is msgspec.UNSET for value in values):
                    continue
                values = [None if value is msgspec.UNSET else value for value in values]
                if column.type in _NO_MISSING and None in values:
                    self._all_or_none(column, values, single=single)
                    continue
            if column.value.check:
                values = self._checked(column, column.value.check, values, single=single)
            columns[column.name] = values
        return columns

    def _checked(self, column: Column, check: Callable[[Any], Any], values: list[Any], *, single: bool) -> list[Any]:
        checked = []
        for row, value in enumerate(values):
            try:
                checked.append(None if value is None else check(value))
            except Mismatch as error:
                place = f"${'' if single else f'[{row}]'}.{column.name}{error.path}"
                raise InvalidValue(f"{error}, at {place}", row=None if single else row, column=column.name) from None
        return checked

    def _all_or_none(self, column: Column, values: list[Any], *, single: bool) -> None:
        if any(value is not None for value in values):
            row = values.index(None)
            place = f"${'' if single else f'[{row}]'}.{column.name}"
            raise InvalidValue(
                f"expected an integer or boolean in every row or in none, found no value at {place}",
                row=None if single else row,
                column=column.name,
            )

    def _invalid(self, message: str) -> InvalidValue:
        place = _PLACE.fullmatch(message)
        message, path = (place["message"], place["path"]) if place else (message, "$")
        row = _ROW.match(path)
        inner = path[row.end() :] if row else path[1:]
        names = sorted((column.name for column in self.columns), key=len, reverse=True)
        column = next((name for name in names if inner[1:].startswith(name)), None) if inner else None
        if missing := _MISSING.fullmatch(message):
            message = f"the required field `{missing['name']}` is missing"
            column = column or missing["name"]
        return InvalidValue(f"{_plain(message)}, at {path}", row=int(row[1]) if row else None, column=column)


def _with_stand_ins(row: Any) -> Callable[[bytes], Any]:
    """A decoder of rows whose columns have names that msgspec takes for no field."""

    def renamed(value: Any) -> Any:
        return (
            {name.translate(_STAND_INS): inner for name, inner in value.items()} if isinstance(value, dict) else value
        )

    def decode(body: bytes) -> Any:
        decoded = msgspec.json.decode(body)
        rows = [*map(renamed, decoded)] if isinstance(decoded, list) else renamed(decoded)
        return msgspec.convert(rows, row | list[row])

    return decode


def _column(name: str, spec: dict[str, Any]) -> Column:
    """One entry of a signature's inputs as a column; a tensor is a column of nested lists."""
    return Column(name, spec["type"], column_type(spec), spec.get("required", True))


def _fixed_rows(inputs: list[dict[str, Any]]) -> int | None:
    shapes = [spec["tensor-spec"]["shape"] for spec in inputs if spec["type"] == "tensor"]
    return next((shape[0] for shape in shapes if shape and shape[0] >= 0), None)


def _untyped(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _plain(message: str) -> str:
    """msgspec's message in the words of JSON: "expected a number, got a string"."""
    match = _EXPECTED.fullmatch(message)
    if not match:
        return message[:1].lower() + message[1:]
    expected = match["expected"].split(" | ")
    # 1.0 is an integer too, and null is no value to ask for.
    implied = {"null", "float"} if "int" in expected else {"null"}
    words = " or ".join(_WORDS.get(name, name) for name in expected if name not in implied)
    got = f", got {_WORDS.get(match['got'], match['got'])}" if match["got"] else ""
    return f"expected {words}{got}{match['limit']}"


def _param(spec: dict[str, Any], texts: list[str]) -> Any:
    read = _PARAM_TYPES.get(spec["type"], str)
    try:
        values = [read(text) for text in texts]
    except ValueError as error:
        raise InvalidValue(f"{error}, in the query parameter {spec['name']!r}", column=spec["name"]) from None
    return values[-1] if spec.get("shape") is None else values


def _parsed(name: str) -> Callable[[str], Any]:
    kind = COLUMN_TYPES[name]
    decode = msgspec.json.Decoder(kind.decoded).decode

    def read(text: str) -> Any:
        try:
            value = decode(text.encode())
        except msgspec.ValidationError as error:
            raise ValueError(_plain(str(error))) from None
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise ValueError(f"expected a value of the type {name}, got {text[:100]!r}") from None
        return kind.check(value) if kind.check else value

    return read


# A query's values are text: numbers and booleans are written as in JSON, everything else stands for itself.
_PARAM_TYPES: dict[str, Callable[[str], Any]] = {
    **{name: _parsed(name) for name in ("boolean", "integer", "long", "float", "double")},
    "datetime": COLUMN_TYPES["datetime"].check or str,
}
