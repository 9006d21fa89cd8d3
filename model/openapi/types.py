"""MLflow's types as JSON Schema (2020-12): what `handler.types` reads, said in a schema's words."""

from typing import Any

_FLOAT32_MAX = 3.4028234663852886e38

_DATE = r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?$"
_BASE64 = r"^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"


def _integer(bits: int, *, signed: bool = True) -> dict[str, Any]:
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return {"type": "integer", "minimum": low, "maximum": high}


def _number(limit: float | None = None) -> dict[str, Any]:
    bounds = {} if limit is None else {"minimum": -limit, "maximum": limit}
    return {"type": ["number", "null"], **bounds}


_COLUMNS: dict[str, dict[str, Any]] = {
    "boolean": {"type": "boolean"},
    "integer": _integer(32),
    "long": _integer(64),
    "float": _number(_FLOAT32_MAX),
    "double": _number(),
    "string": {"type": ["string", "null"]},
    "binary": {"type": "string", "contentEncoding": "base64", "pattern": _BASE64},
    "datetime": {"type": ["string", "null"], "pattern": _DATE, "examples": ["2026-01-31T12:00:00"]},
    "any": {},
}

_TENSORS: dict[str, dict[str, Any]] = {
    "bool": {"type": "boolean"},
    **{f"int{bits}": _integer(bits) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": _integer(bits, signed=False) for bits in (8, 16, 32, 64)},
    "float16": _number(65504.0),
    "float32": _number(_FLOAT32_MAX),
    "float64": _number(),
    "str": {"type": "string"},
    "bytes": {"type": "string"},
    "datetime64": _COLUMNS["datetime"],
}


def value(spec: dict[str, Any]) -> dict[str, Any]:
    """The schema of one row's value in a column of a signature: `array`, `object` and `map` nest."""
    kind = spec["type"]
    if kind == "tensor":
        return _tensor(spec["tensor-spec"])
    if kind == "array":
        schema = {"type": "array", "items": value(spec["items"])}
    elif kind == "map":
        schema = {"type": "object", "additionalProperties": _not_null(value(spec["values"]))}
    elif kind == "object":
        properties = spec["properties"]
        required = [name for name, inner in properties.items() if inner.get("required", True)]
        values = {name: value(inner) for name, inner in properties.items()}
        schema = {
            "type": "object",
            "properties": {name: _not_null(inner) if name in required else inner for name, inner in values.items()},
        }
        schema |= {"required": required} if required else {}
    else:
        schema = dict(_COLUMNS[kind])
    return schema if spec.get("required", True) else or_null(schema)


def or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema that takes null as well."""
    kinds = schema.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return schema if not kinds or "null" in kinds else schema | {"type": [*kinds, "null"]}


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without null, which parts of a map or an object cannot be."""
    kinds = schema.get("type")
    return schema | {"type": kinds[0]} if isinstance(kinds, list) else schema


def _tensor(spec: dict[str, Any]) -> dict[str, Any]:
    """One row of a tensor: lists as deep as the shape less its first dimension."""
    name = spec["dtype"].split("[")[0]
    schema = _TENSORS.get(name) or _TENSORS.get(name.rstrip("0123456789"), {})
    for length in reversed(spec["shape"][1:]):
        schema = {"type": "array", "items": schema}
        schema |= {"minItems": length, "maxItems": length} if length >= 0 else {}
    return schema


def answer(spec: dict[str, Any]) -> dict[str, Any]:
    """The schema of one row's value of an output: as for inputs, and null for what is not finite."""
    return or_null(value(spec))
