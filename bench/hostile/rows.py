"""Generate rows for any signature: valid ones, and rows in which one value is invalid or unusual."""

import json
import random
from collections.abc import Iterator
from typing import Any

SURROGATE = "\ud800"

VALID: dict[str, tuple[Any, ...]] = {
    "boolean": (True, False),
    "integer": (0, -(2**31), 2**31 - 1, 3.0),
    "long": (0, -(2**63), 2**63 - 1, 2**53 + 1),
    "float": (0.5, -1, 3.4e38),
    "double": (0.5, -1, 1e300, 5e-324),
    "string": ("", "plain", "é\u2028\U0001f600", 'a "quoted", text', "\x00\x1f"),
    "binary": ("", "AP8="),
    "datetime": ("2026-01-31", "2026-01-31T12:00:00.5"),
    "any": (None, 1, "text", [1, None], {"a": {"b": []}}),
}
"""Values of MLflow's types as JSON has them."""

EVERY_TYPE: list[dict[str, Any]] = [
    *({"type": kind, "name": kind, "required": True} for kind in VALID),
    {"type": "array", "name": "array", "required": True, "items": {"type": "array", "items": {"type": "long"}}},
    {"type": "map", "name": "map", "required": True, "values": {"type": "double"}},
    {
        "type": "object",
        "name": "object",
        "required": True,
        "properties": {"n": {"type": "long", "required": True}, "s": {"type": "string", "required": False}},
    },
]
"""Inputs of a signature, one of each type."""

UNUSUAL: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, -0.0, 2**31, 2**63, 2**64, 10**30, 10**400, 1e308, 3.5e38),
    *(float("inf"), float("-inf"), float("nan")),
    *("", " ", "1", "1e400", "NaN", "null", "true", "2026-02-30", "AP8", "é", "\x00", "\ufffe", "x" * 10_000),
    *(SURROGATE, f"a{SURROGATE}b", "\udfff"),
    *([], [[]], [None], [SURROGATE], [1e308, float("inf")], [[1], 2]),
    *({}, {"a": 1}, {SURROGATE: 1}, {"a": SURROGATE}, {"": None}, {"n": float("nan")}),
)
"""Values that JSON or Python's decoder of it can hold, each of them invalid for most types."""


def valid(spec: dict[str, Any], chance: random.Random) -> Any:
    """Return a valid value of an entry of a signature's inputs."""
    match spec["type"]:
        case "array":
            return [valid(spec["items"], chance) for _ in range(chance.randrange(3))]
        case "map":
            return {chance.choice("abc"): valid(spec["values"], chance) for _ in range(chance.randrange(3))}
        case "object":
            given = spec["properties"].items()
            return {name: valid(inner, chance) for name, inner in given if inner.get("required", True)}
        case "tensor":
            return _tensor(spec["tensor-spec"]["dtype"], spec["tensor-spec"]["shape"][1:], chance)
    return chance.choice(VALID[spec["type"]])


def _tensor(dtype: str, shape: list[int], chance: random.Random) -> Any:
    if shape:
        return [_tensor(dtype, shape[1:], chance) for _ in range(shape[0] if shape[0] >= 0 else 2)]
    return "text" if dtype.startswith(("str", "object")) else chance.randrange(2)


def valid_row(inputs: list[dict[str, Any]], chance: random.Random) -> dict[str, Any]:
    """Return a row that fits a signature's inputs."""
    return {spec.get("name", "input"): valid(spec, chance) for spec in inputs}


def unusual_rows(inputs: list[dict[str, Any]], chance: random.Random) -> Iterator[Any]:
    """Yield rows with each unusual value in each column, rows without a column, and values that are not rows."""
    for spec in inputs:
        name = spec.get("name", "input")
        for value in UNUSUAL:
            yield valid_row(inputs, chance) | {name: value}
        yield {key: value for key, value in valid_row(inputs, chance).items() if key != name}
        yield valid_row(inputs, chance) | {SURROGATE: 1}
    yield from UNUSUAL


def to_json(value: Any) -> str:
    """Encode a value as JSON with what Python's decoder also accepts: NaN and lone surrogates; infinity is 1e400."""
    return json.dumps(value).replace("Infinity", "1e400")
