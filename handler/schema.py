"""A signature as a decoder: the bytes of a request become typed columns, or an error that says where."""

from collections.abc import Callable
from typing import Any

import msgspec

from handler.batch import COLUMNS, Batch, Path, by_column, of_one_row, of_rows
from handler.bundle import Signature
from handler.errors import InvalidValue, MalformedBody, MissingColumn, TooLarge
from handler.params import Params
from handler.types import Mismatch, ValueType, column_type, struct_of
from handler.wording import absent, take_apart

UNNAMED = "input"
"""The field of a row when the signature has one input without a name."""


def fields(inputs: list[dict[str, Any]]) -> list[str]:
    """The fields of a row: the inputs' names, or their positions where several have none."""
    if len(inputs) == 1:
        return [str(inputs[0].get("name", UNNAMED))]
    return [str(spec.get("name", index)) for index, spec in enumerate(inputs)]


_STAND_INS: dict[int, int | str] = {
    **{code: 0x2400 + code for code in range(32)},
    ord('"'): "\N{DOUBLE PRIME}",
    ord("\\"): "\N{FULLWIDTH REVERSE SOLIDUS}",
}
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # Windows' editors and shells write it

_ELEMENTS = {"bool": "boolean", "float32": "float", "float64": "double", "int32": "integer", "int64": "long"}


def elements(inputs: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """The columns that a table of numbers is made of: the only input, a tensor of shape (-1, n).

    Returns:
        Specs as a signature has them, named `input[0]` and so on; None where the inputs are no such table.
    """
    spec = inputs[0]["tensor-spec"] if len(inputs) == 1 and inputs[0]["type"] == "tensor" else {}
    kind, shape = _ELEMENTS.get(spec.get("dtype", "")), spec.get("shape", [])
    if kind is None or len(shape) != 2 or shape[0] >= 0 or shape[1] < 1:  # noqa: PLR2004 - rows and columns
        return None
    [name] = fields(inputs)
    return [{"type": kind, "name": f"{name}[{index}]", "required": True} for index in range(shape[1])]


# Columns of these types have no missing value: a request sends them in every row or in none.
NO_MISSING = {"boolean", "integer", "long"}


class Column(msgspec.Struct, frozen=True):
    """One input column: its name, MLflow's name of its type (`tensor` for tensors) and how a value is read."""

    name: str
    type: str
    value: ValueType
    required: bool


class Schema:
    """Reads the rows and params of a signature; without one, JSON's own types.

    Attributes:
        inputs: the signature's own.
        columns: the inputs, empty where the model has no signature.
        unnamed: whether the only input has no name: values, or an array.
        positional: whether no input has a name, so that order alone says which is which.
        params: the model's params.
        rows_per_call: the number of rows the model takes at a time where a tensor fixes it, else None.
    """

    def __init__(self, signature: Signature) -> None:
        inputs = signature.inputs or []
        self.inputs = signature.inputs
        self.columns = [_column(name, spec) for name, spec in zip(fields(inputs), inputs, strict=True)]
        self.unnamed = len(inputs) == 1 and "name" not in inputs[0]
        self.rows_per_call = _fixed_rows(inputs)
        self.positional = bool(inputs) and not any("name" in spec for spec in inputs)
        self.params = Params(signature.params)
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
            TooLarge: too many columns for so many rows.
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
        path = of_one_row if single else of_rows
        self._require(len(rows))
        columns = self._of_rows(rows, path) if self.columns else _narrow(by_column(rows))
        if rows and not columns:
            raise InvalidValue("expected an object with the model's input columns, got none of them")
        return Batch(columns, len(rows), path, single)

    def batch(self, given: dict[str, list[Any]], count: int, path: Path) -> Batch:
        """Columns of values as JSON has them, typed; those that the signature does not know are left out.

        Raises:
            InvalidValue: a value that does not fit the signature, or a column that is missing.
            TooLarge: without a signature, too many columns.
        """
        self._require(count)
        if not self.columns:
            return Batch(_narrow(given), count, path)
        columns = {}
        for column in self.columns:
            if column.name in given:
                values = self._converted(column, given[column.name], path)
                if (typed := self._finished(column, values, path)) is not None:
                    columns[column.name] = typed
            elif column.required:
                raise MissingColumn(f"{absent(column.name)}, at {path(None, None)}", column=column.name)
        if not columns:
            raise InvalidValue("expected the model's input columns, got none of them")
        return Batch(columns, count, path)

    def _require(self, count: int) -> None:
        if self.rows_per_call not in (None, count) and count:
            raise InvalidValue(f"the model takes {self.rows_per_call} rows at a time, got {count}")

    def _of_rows(self, rows: list[Any], path: Path) -> dict[str, list[Any]]:
        columns = {}
        for index, column in enumerate(self.columns):
            field = f"c{index}"
            values = [getattr(row, field) for row in rows]
            if not column.required:
                if all(value is msgspec.UNSET for value in values):
                    continue
                values = [None if value is msgspec.UNSET else value for value in values]
            if (typed := self._finished(column, values, path)) is not None:
                columns[column.name] = typed
        return columns

    def _converted(self, column: Column, values: list[Any], path: Path) -> list[Any]:
        one: Any = column.value.decoded
        if column.value.nullable or not column.required:
            one = one | None
        try:
            converted: list[Any] = msgspec.convert(values, list[one])
        except msgspec.ValidationError as error:
            said = take_apart(str(error))
            place = f"{path(said.row, column.name)}{said.rest}"
            raise InvalidValue(f"{said.words}, at {place}", row=said.row, column=column.name) from None
        return converted

    def _finished(self, column: Column, values: list[Any], path: Path) -> list[Any] | None:
        """Values of the right JSON type checked against the rest of their type; None where there is none at all."""
        if not column.required and column.type in NO_MISSING and None in values:
            if any(value is not None for value in values):
                row = values.index(None)
                why = "expected an integer or boolean in every row or in none, found no value"
                raise _refused(why, path, row, column.name)
            return None
        return self._checked(column, column.value.check, values, path) if column.value.check else values

    def _checked(self, column: Column, check: Callable[[Any], Any], values: list[Any], path: Path) -> list[Any]:
        checked = []
        for row, value in enumerate(values):
            try:
                checked.append(None if value is None else check(value))
            except Mismatch as error:
                raise _refused(str(error), path, row, column.name, error.path) from None
        return checked

    def _invalid(self, message: str) -> InvalidValue:
        said = take_apart(message)
        names = sorted((column.name for column in self.columns), key=len, reverse=True)
        column = next((name for name in names if said.rest[1:].startswith(name)), None) if said.rest else None
        place = f"{of_rows(said.row, None)}{said.rest}"
        return InvalidValue(f"{said.words}, at {place}", row=said.row, column=column or said.missing)


def _narrow(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    if len(columns) > COLUMNS:
        raise TooLarge(f"the body has {len(columns)} columns; a model without a signature takes {COLUMNS}")
    return columns


def _refused(why: str, path: Path, row: int, column: str, rest: str = "") -> InvalidValue:
    single = path is of_one_row
    return InvalidValue(f"{why}, at {path(row, column)}{rest}", row=None if single else row, column=column)


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
