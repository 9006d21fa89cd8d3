"""Convert a model's output to JSON values as MLflow's server does (mlflow.utils.proto_json_utils)."""

import binascii
from typing import Any

from handler.response import whole_output

_LINE = 57  # bytes; 76 characters in base64, the length of a line in MIME


def to_json_value(output: Any, *, wrapped: bool = True) -> Any:
    """Return the response's value: under `predictions` if `wrapped`."""
    predictions = _encode_bytes(whole_output.to_json_value(output))
    return {"predictions": predictions} if wrapped else predictions


def in_container(output: Any, options: dict[str, Any]) -> Any:
    """Return a compiled model's output in the container that the model returned in MLflow.

    Args:
        output: a list with an answer for each row.
        options: the backend's: `output` is `series` for a pandas.Series, which MLflow's server sends as a table of the
            column `name`, by default 0; `columns` for a dict of columns; for others it is missing.
    """
    match options.get("output"):
        case "series":
            name = options.get("name", "0")
            return [{name: value} for value in output]
        case "columns":
            return {name: [row[name] for row in output] for name in output[0]} if output else output
    return output


def _encode_bytes(value: Any) -> Any:
    """Return the value with bytes as base64 in lines, as MLflow sends and expects them."""
    match value:
        case bytes() | bytearray():
            lines = (value[start : start + _LINE] for start in range(0, len(value), _LINE))
            return b"".join(map(binascii.b2a_base64, lines)).decode()
        case dict():
            return {str(key): _encode_bytes(inner) for key, inner in value.items()}
        case list() if any(isinstance(inner, bytes | bytearray | dict | list) for inner in value):
            return [_encode_bytes(inner) for inner in value]
    return value
