"""What a model gives, as MLflow's server makes JSON of it (mlflow.utils.proto_json_utils)."""

import binascii
from typing import Any

_LINE = 57  # bytes that make 76 characters of base64, the length of a line in MIME


def of(output: Any, *, wrapped: bool = True) -> Any:
    """The answer's value: under `predictions`, unless a language model's fields were asked."""
    predictions = _plain(output)
    return {"predictions": predictions} if wrapped else predictions


def _plain(output: Any) -> Any:
    if hasattr(output, "toarray"):  # scipy.sparse
        output = output.toarray()
    if hasattr(output, "to_frame"):  # pandas.Series
        output = output.to_frame(0 if output.name is None else output.name)
    if hasattr(output, "to_dict") and hasattr(output, "columns"):
        output = output.to_dict(orient="records")
    if hasattr(output, "tolist"):
        output = output.tolist()
    return _with_text(output)


def _with_text(value: Any) -> Any:
    """The value with bytes as base64 in lines, which is the form that MLflow gives and reads; other values as is."""
    match value:
        case bytes() | bytearray():
            lines = (value[start : start + _LINE] for start in range(0, len(value), _LINE))
            return b"".join(map(binascii.b2a_base64, lines)).decode()
        case dict():
            return {str(key): _with_text(inner) for key, inner in value.items()}
        case list() if any(isinstance(inner, bytes | bytearray | dict | list) for inner in value):
            return [_with_text(inner) for inner in value]
    return value
