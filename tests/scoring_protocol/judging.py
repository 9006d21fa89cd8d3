"""Find the faults of values under a signature, by MLflow's documentation and without the handler's code.

Faults:
    type     the value has another JSON type
    loss     the type cannot hold the value without loss
    null     the value is null, but the type has no missing value
    form     the text or list is malformed for its type: dates, base64, lengths, fields
    missing  the column is missing

Other faults: `lengths` (rows or columns of different lengths), `document` (not JSON, or not in one of the forms),
`two forms`, `strict` (not strict JSON), `media` (unsupported content type), `size` (too many values), and, for params,
`params type` and so on.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from math import prod
from typing import Any

Spec = dict[str, Any]
Row = dict[str, Any]
Faults = frozenset[str]
NONE: Faults = frozenset()

WHOLE = {
    "integer": (-(2**31), 2**31 - 1),
    "long": (-(2**63), 2**63 - 1),
    **{f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
}
"""The smallest and largest integer of a type."""

MISSING = {"", "NA", "NULL", "NaN", "None", "nan", "null"}
"""CSV fields that pandas parses as missing, among those that `values` can generate."""

_FLOAT = 3.4028235677973362e38
_DOUBLE = 1.7976931348623157e308
_LARGEST = {"float": _FLOAT, "float32": _FLOAT, "double": _DOUBLE, "float64": _DOUBLE}
_NULLABLE = {*_LARGEST, "string", "datetime", "any"}
_BOOLEANS = {"boolean", "bool"}
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d(:\d\d(:\d\d(\.\d{1,9})?)?)?)?|\d{8}([T ]\d\d(\d\d(\d\d(\.\d{1,9})?)?)?)?", re.ASCII
)


def of_rows(
    inputs: list[dict[str, Any]], names: list[str], rows: list[dict[str, Any]], *, table: bool = True
) -> Faults:
    """Return the faults of rows, dicts by column name; in a table, a tensor's row may be flat."""
    found: set[str] = set()
    for spec, name in zip(inputs, names, strict=bool(inputs)):
        required = spec.get("required", True)
        if rows and not any(name in row for row in rows):
            found |= {"missing"} if required else set()
            continue
        column = [row.get(name) for row in rows]
        if spec["type"] == "tensor" and table:
            column = [_filled(spec["tensor-spec"]["shape"][1:], value) for value in column]
        all_or_none = spec["type"] in {"integer", "long"} and any(value is not None for value in column)
        checked = [value for value in column if required or all_or_none or value is not None]
        found |= NONE.union(*(of_value(spec, value) for value in checked))
    return frozenset(found)


def _filled(shape: list[int], value: Any) -> Any:
    flat = value if isinstance(value, list) else [value]
    if shape and min(shape) >= 0 and len(flat) == prod(shape) and not any(isinstance(inner, list) for inner in flat):
        for length in reversed(shape[1:]):
            flat = [flat[start : start + length] for start in range(0, len(flat), length)]
        return flat
    return value


def of_text(spec: Spec, text: str) -> Faults:
    """Return the faults of a CSV field."""
    kind = spec["type"]
    if kind == "binary":
        return of_value(spec, text)
    if text in MISSING:
        return of_value(spec, None)
    if kind in _BOOLEANS:
        return NONE if text in {"true", "True", "TRUE", "false", "False", "FALSE"} else frozenset({"type"})
    if kind in WHOLE or kind in _LARGEST:
        try:
            return of_value(spec, _whole(text) if kind in WHOLE else float(text))
        except ValueError:
            return frozenset({"type"})
    return of_value(spec, text)


def _whole(text: str) -> float:
    """Return the number that a text means; 0.5, which no integer is, for one that a double does not hold."""
    try:
        return int(text)
    except ValueError:
        value = float(text)
    return value if abs(value) < 2**53 or Decimal(text) == Decimal(value) else 0.5


def of_value(spec: Spec, value: Any) -> Faults:
    """Return the faults of a column's value, or of a part of one."""
    match spec["type"]:
        case "tensor":
            dtype = spec["tensor-spec"]["dtype"]
            return _of_tensor("text" if dtype.startswith("str") else dtype, spec["tensor-spec"]["shape"][1:], value)
        case "array":
            return _every(spec["items"], value) if isinstance(value, list) else _other(value)
        case "map":
            return _filled_in(spec["values"], value.values()) if isinstance(value, dict) else _other(value)
        case "object":
            return _of_object(spec["properties"], value) if isinstance(value, dict) else _other(value)
        case kind:
            return _of_plain(kind, value)


def _other(value: Any) -> Faults:
    return frozenset({"null" if value is None else "type"})


def _every(spec: Spec, values: list[Any]) -> Faults:
    return NONE.union(*(of_value(spec, value) for value in values))


def _filled_in(spec: Spec, values: Iterable[Any]) -> Faults:
    """In maps and objects, only a value of the type `any` may be null."""
    null = frozenset({"null"}) if spec["type"] != "any" and None in values else NONE
    return null.union(*(of_value(spec, value) for value in values))


def _of_object(properties: dict[str, Any], value: dict[str, Any]) -> Faults:
    required = {name for name, spec in properties.items() if spec.get("required", True)}
    given = {name for name in properties if name in value and (name in required or value[name] is not None)}
    wrong = NONE if required <= value.keys() else frozenset({"form"})
    return wrong.union(*(_filled_in(properties[name], [value[name]]) for name in given))


def _of_tensor(dtype: str, shape: list[int], value: Any) -> Faults:
    if not shape:
        return _of_plain(dtype, value)
    if not isinstance(value, list):
        return _other(value)
    wrong = NONE if shape[0] in {-1, len(value)} else frozenset({"form"})
    return wrong.union(*(_of_tensor(dtype, shape[1:], inner) for inner in value))


def _of_plain(kind: str, value: Any) -> Faults:
    if value is None:
        return NONE if kind in _NULLABLE else frozenset({"null"})
    if kind in WHOLE or kind in _LARGEST:
        if not isinstance(value, int | float) or isinstance(value, bool):
            return frozenset({"type"})
        low, high = WHOLE.get(kind) or (-_LARGEST[kind], _LARGEST[kind])
        return NONE if low <= value <= high and (kind in _LARGEST or value == int(value)) else frozenset({"loss"})
    if kind in _BOOLEANS or kind == "any":
        return NONE if isinstance(value, bool) or kind == "any" else frozenset({"type"})
    if not isinstance(value, str):
        return frozenset({"type"})
    return NONE if _FORMS.get(kind, bool)(value or " ") else frozenset({"form"})


def _date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text)) and 1678 <= datetime.fromisoformat(text).year <= 2261
    except ValueError:
        return False


def _base64(text: str) -> bool:
    try:
        base64.b64decode(text.replace("\n", "").strip(" "), validate=True)
    except binascii.Error:
        return False
    return True


_FORMS = {"datetime": _date, "binary": _base64}
