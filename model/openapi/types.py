"""MLflow's types as JSON Schema (2020-12): what `handler.types` reads, said in a schema's words."""

from typing import Any

from handler.types import COLUMN_TYPES, FLOAT16_MAX, FLOAT32_MAX, TENSOR_TYPES

Schema = dict[str, Any]

# Days that exist, in years that a datetime64[ns] can count.
_YEAR = "(167[89]|16[89][0-9]|1[7-9][0-9]{2}|2[01][0-9]{2}|22[0-5][0-9]|226[01])"
_DAY = "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
_LEAP_YEAR = "(2000|16(8[048]|9[26])|(1[7-9]|2[01])(0[48]|[2468][048]|[13579][26])|22(0[48]|[24][048]|[135][26]|60))"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
_DATETIME = f"^({_YEAR}-{_DAY}|{_LEAP_YEAR}-02-29)([T ]{_TIME})?$"

# It may be broken into lines, as MLflow does.
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


def value(spec: dict[str, Any]) -> Schema:
    """The schema of one row's value in a column of a signature, or of an object's property."""
    if spec["type"] == "tensor":
        return _tensor(spec["tensor-spec"])
    missing = not spec.get("required", True) or (spec["type"] in COLUMN_TYPES and COLUMN_TYPES[spec["type"]].nullable)
    return or_null(present(spec)) if missing else present(spec)


def present(spec: dict[str, Any]) -> Schema:
    """The same for a value that is there: params, lists and maps hold no other."""
    match spec["type"]:
        case "array":
            return {"type": "array", "items": present(spec["items"])}
        case "map":
            return {"type": "object", "additionalProperties": present(spec["values"])}
        case "object":
            properties = spec["properties"]
            required = [name for name, inner in properties.items() if inner.get("required", True)]
            fields = {name: present(inner) if name in required else value(inner) for name, inner in properties.items()}
            return {"type": "object", "properties": fields} | ({"required": required} if required else {})
        case name:
            return dict(_COLUMNS[name])


def record(names: list[str], specs: list[dict[str, Any]]) -> Schema:
    """An object with a field for each of `specs`; others are passed over."""
    required = [name for name, spec in zip(names, specs, strict=True) if spec.get("required", True)]
    fields = {name: value(spec) for name, spec in zip(names, specs, strict=True)}
    return {"type": "object", "properties": fields} | ({"required": required} if required else {})


def or_null(schema: Schema) -> Schema:
    """The schema that takes null as well."""
    return schema | {"type": [schema["type"], "null"]} if isinstance(schema.get("type"), str) else schema


def _tensor(spec: dict[str, Any]) -> Schema:
    """One row of a tensor: lists as deep as the shape less its first dimension."""
    name = spec["dtype"].split("[")[0]  # as in `handler.types.tensor_type`
    name = name if name in TENSOR_TYPES else name.rstrip("0123456789")
    schema = dict(_TENSORS.get(name, {}))
    if name in TENSOR_TYPES and TENSOR_TYPES[name].nullable:
        schema = or_null(schema)
    for length in reversed(spec["shape"][1:]):
        schema = {"type": "array", "items": schema}
        schema |= {"minItems": length, "maxItems": length} if length >= 0 else {}
    return schema


def named(spec: dict[str, Any]) -> str:
    """The type of a column as MLflow calls it."""
    match spec["type"]:
        case "tensor":
            return f"{spec['tensor-spec']['dtype']} {tuple(spec['tensor-spec']['shape'])}"
        case "array":
            return f"array of {named(spec['items'])}"
        case "map":
            return f"map of {named(spec['values'])}"
        case name:
            return str(name)


def answer(spec: dict[str, Any], given: list[Any]) -> Schema:
    """The schema of one row's value of an output: its type, or null; nothing where the model has given others."""
    schema = _loose(value(spec))
    return schema if all(_is(schema, one) for one in given) else {}


def _loose(schema: Schema) -> Schema:
    kept: Schema = {name: schema[name] for name in ("type", "format", "contentEncoding") if name in schema}
    for name in ("items", "additionalProperties"):
        if name in schema:
            kept[name] = _loose(schema[name])
    if "properties" in schema:
        kept["properties"] = {name: _loose(inner) for name, inner in schema["properties"].items()}
    return or_null(kept)


def _is(schema: Schema, value: Any) -> bool:
    """Whether a value and what is in its lists are of the types of a loose schema."""
    kinds = schema.get("type")
    found = _KINDS[type(value)]
    if found == "number" and value.is_integer():
        found = "integer"
    fits = kinds is None or found in kinds or (found == "integer" and "number" in kinds)
    return fits and (found != "array" or all(_is(schema.get("items", {}), inner) for inner in value))


_KINDS = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}
