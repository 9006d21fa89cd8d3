"""MLflow's types as msgspec decodes them: one table for columns, one for tensors.

MLflow's own names and meanings: https://mlflow.org/docs/latest/ml/model/signatures/
"""

import binascii
import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, NamedTuple

import msgspec

Check = Callable[[Any], Any]

_DATETIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?", re.ASCII)
_NANOSECOND_YEARS = range(1678, 2262)

# The largest double that rounds to a finite float32: half a unit in the last place above its maximum.
FLOAT32_MAX = 3.4028235677973362e38
FLOAT16_MAX = 65519.999999999993


class Mismatch(ValueError):
    """A value that its type refuses; `path` leads to it from the value that was checked."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class ValueType(NamedTuple):
    """How one value is read.

    Attributes:
        decoded: the type given to msgspec.
        check: what is left to do afterwards: refuse with `Mismatch`, or return the value to use; None for nothing.
        nullable: whether null means missing even where the column is required; in lists too, not in maps and objects.
    """

    decoded: Any
    check: Check | None = None
    nullable: bool = False


def _integer(low: int, high: int) -> ValueType:
    def check(value: float) -> int:
        if value != (whole := int(value)):
            raise Mismatch(f"expected an integer, got {value!r}")
        if not low <= whole <= high:
            raise Mismatch(f"expected an integer from {low} to {high}, got {whole}")
        return whole

    return ValueType(int | float, check)


def _number(limit: float | None = None) -> ValueType:
    number: Any = float if limit is None else Annotated[float, msgspec.Meta(ge=-limit, le=limit)]
    return ValueType(number, nullable=True)


def _datetime(value: str) -> datetime:
    if not _DATETIME.fullmatch(value):
        raise Mismatch("expected an ISO date or date-time without zone, such as 2026-01-31T12:00:00")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise Mismatch("expected a date or date-time that exists") from None
    if moment.year not in _NANOSECOND_YEARS:
        raise Mismatch("expected a year from 1678 to 2261")
    return moment


def _binary(value: str) -> bytes:
    try:
        return binascii.a2b_base64(value.replace("\n", ""), strict_mode=True)  # MLflow breaks it into lines
    except ValueError:
        raise Mismatch("expected a base64 string") from None


_DATETIME_TYPE = ValueType(str, _datetime, nullable=True)
_ANY = ValueType(Any, nullable=True)

COLUMN_TYPES = {
    "boolean": ValueType(bool),
    "integer": _integer(-(2**31), 2**31 - 1),
    "long": _integer(-(2**63), 2**63 - 1),
    "float": _number(FLOAT32_MAX),
    "double": _number(),
    "string": ValueType(str, nullable=True),
    "binary": ValueType(str, _binary),
    "datetime": _DATETIME_TYPE,
    "any": _ANY,
}

TENSOR_TYPES = {
    "bool": ValueType(bool),
    **{f"int{bits}": _integer(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": _integer(0, 2**bits - 1) for bits in (8, 16, 32, 64)},
    "float16": _number(FLOAT16_MAX),
    "float32": _number(FLOAT32_MAX),
    "float64": _number(),
    "datetime64": _DATETIME_TYPE,
    "str": ValueType(str),
    "bytes": ValueType(str),  # numpy has ASCII for it
    "object": _ANY,
}


def column_type(spec: dict[str, Any]) -> ValueType:
    """The type of a column, or of a part of one: `array`, `object` and `map` nest.

    Args:
        spec: an entry of a signature's list as MLmodel has it.
    """
    match spec["type"]:
        case "array":
            return list_of(_or_null(column_type(spec["items"])))
        case "map":
            return _map_of(column_type(spec["values"]))
        case "object":
            return _object_of(spec["properties"])
        case "tensor":
            return tensor_type(spec["tensor-spec"])
        case name:
            return COLUMN_TYPES[name]


def tensor_type(spec: dict[str, Any]) -> ValueType:
    """The type of one row of a tensor: nested lists as deep as the shape less its first dimension."""
    name = spec["dtype"].split("[")[0]  # datetime64[ns], and str160 for five characters
    value = TENSOR_TYPES.get(name) or TENSOR_TYPES.get(name.rstrip("0123456789"), _ANY)
    value = _or_null(value)
    for length in reversed(spec["shape"][1:]):
        value = list_of(value, length)
    return value._replace(nullable=False)


def list_of(item: ValueType, length: int = -1) -> ValueType:
    """A list of `item`, of exactly `length` items unless that is -1."""

    def check(values: list[Any]) -> list[Any]:
        return [_at(item.check, value, f"[{index}]") for index, value in enumerate(values)]

    decoded: Any = list[item.decoded]  # type: ignore[name-defined]
    if length >= 0:
        decoded = Annotated[decoded, msgspec.Meta(min_length=length, max_length=length)]
    return ValueType(decoded, check if item.check else None)


def _map_of(value: ValueType) -> ValueType:
    def check(values: dict[str, Any]) -> dict[str, Any]:
        return {key: _at(value.check, item, f".{key}") for key, item in values.items()}

    return ValueType(dict[str, value.decoded], check if value.check else None)  # type: ignore[name-defined]


def _object_of(properties: dict[str, dict[str, Any]]) -> ValueType:
    names = list(properties)
    kinds = [column_type(spec)._replace(nullable=False) for spec in properties.values()]
    struct = struct_of("Object", names, kinds, required=[spec.get("required", True) for spec in properties.values()])

    def check(value: Any) -> dict[str, Any]:
        given = {name: getattr(value, f"c{index}") for index, name in enumerate(names)}
        return {
            name: _at(kinds[index].check, given[name], f".{name}")
            for index, name in enumerate(names)
            if given[name] is not msgspec.UNSET
        }

    return ValueType(struct, check)


def struct_of(title: str, names: list[str], kinds: list[ValueType], required: list[bool]) -> type[msgspec.Struct]:
    """A struct with fields `c0`, `c1`, ... that JSON knows by `names`: column names need not be identifiers."""
    fields: list[Any] = []
    for index, (kind, must) in enumerate(zip(kinds, required, strict=True)):
        decoded = kind.decoded | None if kind.nullable or not must else kind.decoded
        fields.append((f"c{index}", decoded) if must else (f"c{index}", decoded | msgspec.UnsetType, msgspec.UNSET))
    rename = {f"c{index}": name for index, name in enumerate(names)}
    return msgspec.defstruct(title, fields, rename=rename, kw_only=True, gc=False)


def _or_null(value: ValueType) -> ValueType:
    """The type as part of another, where null means missing if it may."""
    if not value.nullable or value.decoded is Any:
        return value
    check = value.check
    return ValueType(value.decoded | None, check and (lambda inner: None if inner is None else check(inner)))


def _at(check: Check | None, value: Any, step: str) -> Any:
    if check is None or value is None:
        return value
    try:
        return check(value)
    except Mismatch as error:
        raise Mismatch(str(error), step + error.path) from None
