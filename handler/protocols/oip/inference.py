"""Inference requests and responses: tensors of JSON as typed columns, and columns as tensors."""

from math import prod
from typing import Any, NamedTuple

import msgspec

from handler.answers import encode
from handler.batch import Batch
from handler.errors import InvalidValue, MalformedBody
from handler.outputs import PREDICTION
from handler.protocols.oip import tensors
from handler.protocols.oip.tensors import BYTES, DATATYPES, Tensor
from handler.schema import Schema

_DIMENSIONS = 32


class _Input(msgspec.Struct):
    name: str
    shape: list[int]
    datatype: str
    data: Any
    parameters: dict[str, Any] | None = None


class _Output(msgspec.Struct):
    name: str
    parameters: dict[str, Any] | None = None


class _Request(msgspec.Struct):
    inputs: list[_Input]
    id: str | None = None
    parameters: dict[str, Any] | None = None
    outputs: list[_Output] | None = None


class Question(NamedTuple):
    """An inference request: typed rows, the model's params, the outputs wanted (all if none is named), its id."""

    batch: Batch
    params: dict[str, Any]
    wanted: list[str] | None
    id: str | None


def read(body: bytes, schema: Schema) -> Question:
    """Read an inference request.

    Raises:
        MalformedBody: not JSON, not of the protocol's form, or data that does not fill its shape.
        InvalidValue: a value that does not fit the signature.
    """
    try:
        request = msgspec.json.decode(body, type=_Request)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedBody(f"the body is no inference request: {error}") from None
    except RecursionError:
        raise MalformedBody("the body is nested too deeply") from None
    known = {tensor.name: tensor for tensor in tensors.all_of(schema.inputs)}
    if schema.unnamed and len(request.inputs) == 1:
        request.inputs[0].name = next(iter(known))  # any name will do for what has none
    columns: dict[str, list[Any]] = {}
    for place, tensor in enumerate(request.inputs):
        if tensor.name in columns:
            raise MalformedBody(f"the input {tensor.name!r} is given twice")
        columns[tensor.name] = _rows(tensor, known.get(tensor.name), f"$.inputs[{place}]")
    counts = {len(rows) for rows in columns.values()}
    if len(counts) != 1:
        shapes = ", ".join(f"{tensor.name!r} {tensor.shape}" for tensor in request.inputs[:10])
        raise MalformedBody(f"the inputs do not have the same number of rows: {shapes or 'there is none'}")
    places = {tensor.name: place for place, tensor in enumerate(request.inputs)}

    def path(row: int | None, column: str | None) -> str:
        where = "$.inputs" if column not in places else f"$.inputs[{places[column]}].data"
        return where if row is None else f"{where}[{row}]"

    wanted = None if request.outputs is None else [output.name for output in request.outputs]
    batch = schema.batch(columns, counts.pop(), path)
    return Question(batch, schema.params.of_json(request.parameters), wanted, request.id)


def _rows(tensor: _Input, known: Tensor | None, place: str) -> list[Any]:
    """A tensor's data as a list with one value, or nested list, a row; data may be flat or nested."""
    if tensor.datatype not in DATATYPES:
        raise MalformedBody(f"unknown datatype {tensor.datatype[:100]!r}, at {place}.datatype")
    if not 1 <= len(tensor.shape) <= _DIMENSIONS or tensor.shape[0] < 0 or min(tensor.shape[1:], default=1) < 1:
        raise MalformedBody(f"expected a shape such as [rows] or [rows, 3], at {place}.shape")
    if "binary_data_size" in (tensor.parameters or {}):
        raise MalformedBody(f"data outside the JSON (the binary extension) is not read, at {place}")
    flat = _flat(tensor.data, tensor.shape)
    if flat is None or len(flat) != prod(tensor.shape):
        raise MalformedBody(f"data does not fill the shape {tensor.shape}, at {place}.data")
    if known and known.json:
        flat = [_parsed(text, f"{place}.data[{index}]") for index, text in enumerate(flat)]
    shape = tensor.shape
    if known and len(shape) == len(known.shape) + 1 and shape[-1] == 1:
        shape = shape[:-1]  # a column is often sent as (rows, 1)
    return _nested(flat, shape)


def _flat(data: Any, shape: list[int]) -> list[Any] | None:
    """Data in row-major order; None where it is nested otherwise than its shape."""
    if not isinstance(data, list | tuple):
        return None
    if not any(isinstance(inner, list | tuple) for inner in data):
        return list(data)
    if len(data) != shape[0] or len(shape) == 1:
        return None
    flat: list[Any] = []
    for inner in data:
        part = _flat(inner, shape[1:])
        if part is None or len(part) != prod(shape[1:]):
            return None
        flat += part
    return flat


def _nested(flat: list[Any], shape: list[int]) -> list[Any]:
    """Data in row-major order as lists within lists."""
    if len(shape) == 1:
        return flat
    size = prod(shape[1:])
    return [_nested(flat[start : start + size], shape[1:]) for start in range(0, shape[0] * size, size)]


def _parsed(text: Any, place: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (TypeError, msgspec.DecodeError, UnicodeError, RecursionError):
        raise InvalidValue(f"expected the text of a JSON value, at {place}") from None


def outputs(
    columns: dict[str, list[Any]], specs: list[dict[str, Any]] | None, wanted: list[str] | None
) -> list[dict[str, Any]]:
    """Output columns as tensors, data in row-major order.

    Args:
        columns: what the model gave.
        specs: the signature's outputs.
        wanted: the names of those to give, in that order; None for all.

    Raises:
        MalformedBody: one that is wanted is not there.
    """
    known = {tensor.name: tensor for tensor in tensors.all_of(specs, unnamed=PREDICTION)}
    for name in wanted or []:
        if name not in columns:
            raise MalformedBody(f"there is no output {name[:100]!r}; there are {', '.join(columns)}")
    return [_output(name, columns[name], known.get(name)) for name in (columns if wanted is None else wanted)]


def _output(name: str, values: list[Any], known: Tensor | None) -> dict[str, Any]:
    shape = _shape(values)
    flat = values if len(shape) == 1 else _flat(values, shape)
    if flat is None:  # lists of different lengths make no tensor: each is a text
        shape, flat, known = [len(values)], values, None
    first = next((value for value in flat if value is not None), None)
    datatype = known.datatype if known else _DATATYPES.get(type(first), BYTES)
    if datatype == BYTES:
        flat = [_text(value) for value in flat]
    return {"name": name, "datatype": datatype, "shape": shape, "data": flat}


def _shape(values: list[Any]) -> list[int]:
    inner = values[0] if values else None
    return [len(values), *(_shape(list(inner)) if isinstance(inner, list | tuple) and inner else [])]


def _text(value: Any) -> Any:
    """An element of BYTES: text as it is, what has a text of its own as JSON has it, everything else as JSON."""
    if value is None or isinstance(value, str):
        return value
    encoded = encode(value).decode()
    return encoded[1:-1] if encoded.startswith('"') else encoded


_DATATYPES = {bool: "BOOL", int: "INT64", float: "FP64"}
