"""MLflow's types as msgspec decodes them: one table for column types, one for tensor dtypes.

MLflow's names and meanings: https://mlflow.org/docs/latest/ml/model/signatures/
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any, NamedTuple

import msgspec

Check = Callable[[Any], Any]

_DATETIME = r"(\d{4}-\d\d-\d\d([T ]\d\d(:\d\d(:\d\d(\.\d{1,9})?)?)?)?|\d{8}([T ]\d\d(\d\d(\d\d(\.\d{1,9})?)?)?)?)"
_MICROSECONDS = 6  # digits
_NANOSECOND_YEARS = range(1678, 2262)

# The largest double that rounds to a finite float32: half a unit in the last place above its maximum.
FLOAT32_MAX = 3.4028235677973362e38
FLOAT16_MAX = 65519.999999999993


class Nanoseconds(datetime):
    """A date-time with digits below the microsecond.

    Attributes:
        nanosecond: nanoseconds to add, from 1 to 999.
    """

    nanosecond: int

    def isoformat(self, *args: Any, **options: Any) -> str:
        """Return the date-time with nine fractional digits."""
        options["timespec"] = "microseconds"
        return f"{super().isoformat(*args, **options)}{self.nanosecond:03}"


class Mismatch(ValueError):
    """A value does not match its type; `path` leads to it from the value that was checked."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class ValueType(NamedTuple):
    """How one value is decoded.

    Attributes:
        decoded: the type that msgspec decodes.
        check: then returns the value to use, or raises `Mismatch`; None to use the decoded value.
        nullable: whether null is a missing value even if the column is required; also in lists, but not in maps and
            objects.
    """

    decoded: Any
    check: Check | None = None
    nullable: bool = False


def _integer(low: int, high: int) -> ValueType:
    def check(value: float) -> int:
        try:
            whole = int(value)
        except (OverflowError, ValueError):  # an infinity or NaN
            raise Mismatch(f"expected an integer, got {value!r}") from None
        if value != whole:
            raise Mismatch(f"expected an integer, got {value!r}")
        if not low <= whole <= high:
            raise Mismatch(f"expected an integer from {low} to {high}, got {whole}")
        return whole

    return ValueType(int | float, check)


def _number(limit: float | None = None) -> ValueType:
    number: Any = float if limit is None else Annotated[float, msgspec.Meta(ge=-limit, le=limit)]
    return ValueType(number, nullable=True)


def _datetime(value: str) -> datetime:
    if not re.fullmatch(_DATETIME, value, re.ASCII):
        raise Mismatch("expected an ISO date or date-time without zone, such as 2026-01-31T12:00:00")
    whole, _, fraction = value.partition(".")
    below = int(fraction[_MICROSECONDS:].ljust(3, "0")) if len(fraction) > _MICROSECONDS else 0
    text = f"{whole}.{fraction[:_MICROSECONDS]}" if fraction else whole
    try:
        moment = (Nanoseconds if below else datetime).fromisoformat(text)
    except ValueError:
        raise Mismatch("expected a date or date-time that exists") from None
    if moment.year not in _NANOSECOND_YEARS:
        raise Mismatch("expected a year from 1678 to 2261")
    if isinstance(moment, Nanoseconds):
        moment.nanosecond = below
    return moment


def _binary(value: str) -> bytes:
    import binascii

    try:
        return binascii.a2b_base64(value.replace("\n", ""), strict_mode=True)  # MLflow splits base64 into lines
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
    "bytes": ValueType(str),  # ASCII, as in numpy
    "object": _ANY,
}


def column_type(spec: dict[str, Any]) -> ValueType:
    """Return the type of a column, or of a part of one: `array`, `object` and `map` nest.

    Args:
        spec: an entry of a signature's list, as in MLmodel.
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
    """Return the type of one row of a tensor: nested lists in the tensor's shape without its first dimension."""
    name = spec["dtype"].split("[")[0]  # datetime64[ns], and str160 for five characters
    value = TENSOR_TYPES.get(name) or TENSOR_TYPES.get(name.rstrip("0123456789"), _ANY)
    value = _or_null(value)
    for length in reversed(spec["shape"][1:]):
        value = list_of(value, length)
    return value._replace(nullable=False)


def list_of(item: ValueType, length: int = -1) -> ValueType:
    """Return the type of a list of `item`, with exactly `length` items unless that is -1."""

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
    """Return a struct with fields `c0`, `c1`, ... called `names` in JSON: column names need not be identifiers."""
    fields: list[Any] = []
    for index, (kind, must) in enumerate(zip(kinds, required, strict=True)):
        decoded = kind.decoded | None if kind.nullable or not must else kind.decoded
        fields.append((f"c{index}", decoded) if must else (f"c{index}", decoded | msgspec.UnsetType, msgspec.UNSET))
    rename = {f"c{index}": name for index, name in enumerate(names)}
    return msgspec.defstruct(title, fields, rename=rename, kw_only=True, gc=False)


def are_fields(names: Iterable[str]) -> bool:
    """Return whether msgspec accepts names as those of a struct's fields in JSON."""
    return all(name.isprintable() and not {'"', "\\"} & {*name} for name in names)


def _or_null(value: ValueType) -> ValueType:
    """Return the type as part of another: with null for a missing value if the type is nullable."""
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
