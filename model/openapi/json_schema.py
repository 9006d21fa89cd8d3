"""MLflow's types as JSON Schema (2020-12): the values that `handler.schema.column_types` accepts."""

from typing import Any

from handler.schema.column_types import COLUMN_TYPES, FLOAT16_MAX, FLOAT32_MAX, TENSOR_TYPES

Schema = dict[str, Any]

# Existing days of the years in which every day fits into datetime64[ns].
_YEAR = "(167[89]|16[89][0-9]|1[7-9][0-9]{2}|2[01][0-9]{2}|22[0-5][0-9]|226[01])"
_DAY = "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
_LEAP_YEAR = "(2000|16(8[048]|9[26])|(1[7-9]|2[01])(0[48]|[2468][048]|[13579][26])|22(0[48]|[24][048]|[135][26]|60))"
_HOUR = "([01][0-9]|2[0-3])"
_TIME = rf"{_HOUR}(:[0-5][0-9](:[0-5][0-9](\.[0-9]{{1,9}})?)?)?"
_BASIC_TIME = rf"{_HOUR}([0-5][0-9]([0-5][0-9](\.[0-9]{{1,9}})?)?)?"
_BASIC_DATE = f"{_YEAR}{_DAY.replace(')-(', ')(').replace('02-(', '02(')}|{_LEAP_YEAR}0229"
_DATETIME = f"^(({_YEAR}-{_DAY}|{_LEAP_YEAR}-02-29)([T ]{_TIME})?|({_BASIC_DATE})([T ]{_BASIC_TIME})?)$"

# Line breaks are allowed: MLflow writes them.
_BASE64 = r"^((\n*[A-Za-z0-9+/]){4})*((\n*[A-Za-z0-9+/]){2}\n*=\n*=|(\n*[A-Za-z0-9+/]){3}\n*=)?\n*$"


def _integer(bits: int, *, signed: bool = True) -> Schema:
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return {"type": "integer", "format": f"{'' if signed else 'u'}int{bits}", "minimum": low, "maximum": high}


def _number(limit: float) -> Schema:
    return {"type": "number", "format": "float", "minimum": -limit, "maximum": limit}


_COLUMNS: dict[str, Schema] = {
    "boolean": {"type": "boolean"},
    "integer": _integer(32),
    "long": _integer(64),
    "float": _number(FLOAT32_MAX),
    "double": {"type": "number", "format": "double"},
    "string": {"type": "string"},
    "binary": {"type": "string", "contentEncoding": "base64", "pattern": _BASE64},
    "datetime": {"type": "string", "pattern": _DATETIME, "examples": ["2026-01-31T12:00:00"]},
    "any": {},
}

_TENSORS: dict[str, Schema] = {
    "bool": _COLUMNS["boolean"],
    **{f"int{bits}": _integer(bits) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": _integer(bits, signed=False) for bits in (8, 16, 32, 64)},
    "float16": _number(FLOAT16_MAX),
    "float32": _COLUMNS["float"],
    "float64": _COLUMNS["double"],
    "str": _COLUMNS["string"],
    "bytes": _COLUMNS["string"],
    "datetime64": _COLUMNS["datetime"],
}


def value_schema(spec: dict[str, Any]) -> Schema:
    """Return the schema of one row's value in a column of a signature, or of an object's property."""
    if spec["type"] == "tensor":
        return _tensor(spec["tensor-spec"])
    nullable = spec.get("missing", True) and spec["type"] in COLUMN_TYPES and COLUMN_TYPES[spec["type"]].nullable
    missing = not spec.get("required", True) or nullable
    return or_null(present_schema(spec)) if missing else present_schema(spec)


def present_schema(spec: dict[str, Any]) -> Schema:
    """Return the schema of a value that is not missing, as in params, lists and maps."""
    match spec["type"]:
        case "array":
            return {"type": "array", "items": present_schema(spec["items"])}
        case "map":
            return {"type": "object", "additionalProperties": present_schema(spec["values"])}
        case "object":
            properties = spec["properties"]
            required = [name for name, inner in properties.items() if inner.get("required", True)]
            fields = {
                name: present_schema(inner) if name in required else value_schema(inner)
                for name, inner in properties.items()
            }
            return {"type": "object", "properties": fields} | ({"required": required} if required else {})
        case name:
            return dict(_COLUMNS[name])


def object_schema(names: list[str], specs: list[dict[str, Any]]) -> Schema:
    """Return the schema of an object with a field for each of `specs`; other fields are ignored."""
    required = [name for name, spec in zip(names, specs, strict=True) if spec.get("required", True)]
    fields = {name: value_schema(spec) for name, spec in zip(names, specs, strict=True)}
    return {"type": "object", "properties": fields} | ({"required": required} if required else {})


def or_null(schema: Schema) -> Schema:
    """Return a schema that also accepts null."""
    return schema | {"type": [schema["type"], "null"]} if isinstance(schema.get("type"), str) else schema


def _tensor(spec: dict[str, Any]) -> Schema:
    """Return the schema of one row of a tensor: nested lists for all dimensions but the first."""
    name = spec["dtype"].split("[")[0]  # as in `handler.schema.column_types.tensor_type`
    name = name if name in TENSOR_TYPES else name.rstrip("0123456789")
    schema = dict(_TENSORS.get(name, {}))
    if name in TENSOR_TYPES and TENSOR_TYPES[name].nullable:
        schema = or_null(schema)
    for length in reversed(spec["shape"][1:]):
        schema = {"type": "array", "items": schema}
        schema |= {"minItems": length, "maxItems": length} if length >= 0 else {}
    return schema


def mlflow_type(spec: dict[str, Any]) -> str:
    """Return MLflow's name of a column's type."""
    match spec["type"]:
        case "tensor":
            return f"{spec['tensor-spec']['dtype']} {tuple(spec['tensor-spec']['shape'])}"
        case "array":
            return f"array of {mlflow_type(spec['items'])}"
        case "map":
            return f"map of {mlflow_type(spec['values'])}"
        case name:
            return str(name)


def output_schema(spec: dict[str, Any], values: list[Any]) -> Schema:
    """Return the schema of one row's output: its type or null, or no restriction if the model returned other values."""
    schema = _loosen(value_schema(spec))
    return schema if all(_matches(schema, value) for value in values) else {}


def _loosen(schema: Schema) -> Schema:
    kept: Schema = {name: schema[name] for name in ("type", "format", "contentEncoding") if name in schema}
    for name in ("items", "additionalProperties"):
        if name in schema:
            kept[name] = _loosen(schema[name])
    if "properties" in schema:
        kept["properties"] = {name: _loosen(inner) for name, inner in schema["properties"].items()}
    return or_null(kept)


def _matches(schema: Schema, value: Any) -> bool:
    """Return whether a value and the items of its lists have the types of a loosened schema."""
    kinds = schema.get("type")
    found = _KINDS[type(value)]
    if found == "number" and value.is_integer():
        found = "integer"
    fits = kinds is None or found in kinds or (found == "integer" and "number" in kinds)
    return fits and (found != "array" or all(_matches(schema.get("items", {}), inner) for inner in value))


_KINDS = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}
