"""Convert an inference request's tensors to typed columns, and output columns to tensors."""

from math import prod
from typing import Any, NamedTuple

import msgspec

from handler.errors import InvalidValue, MalformedBody
from handler.message import Request
from handler.protocols.oip import binary, tensors
from handler.protocols.oip.tensors import BYTES, DATATYPES, Tensor
from handler.response.encoding import encode
from handler.response.output_columns import PREDICTION
from handler.schema import BYTE_ORDER_MARK, Schema
from handler.schema.batch import Batch
from handler.schema.decoding_errors import describe_not_json

_DIMENSIONS = 32
_SIZE = "binary_data_size"

_PROTOCOL_PARAMETERS = frozenset(
    ["binary_data_output", "content_type", "headers", "priority", "sequence_end", "sequence_id", "sequence_start",
     "timeout"]
)  # fmt: skip
"""Request parameters of the protocol's extensions, and of MLServer's and Triton's clients: none of them is a param."""


class _Input(msgspec.Struct):
    name: str
    shape: list[int]
    datatype: str
    data: Any = msgspec.UNSET
    parameters: dict[str, Any] | None = None


class _Output(msgspec.Struct):
    name: str
    parameters: dict[str, Any] | None = None


class _Request(msgspec.Struct):
    inputs: list[_Input]
    id: str | None = None
    parameters: dict[str, Any] | None = None
    outputs: list[_Output] | None = None


class InferenceRequest(NamedTuple):
    """A decoded inference request.

    Attributes:
        batch: typed rows.
        params: the model's params.
        outputs: names of the outputs to return; None for all.
        id: the request's own id.
    """

    batch: Batch
    params: dict[str, Any]
    outputs: list[str] | None
    id: str | None


def read_request(request: Request, schema: Schema) -> InferenceRequest:
    """Decode an inference request; its tensors are JSON, or bytes after it.

    Raises:
        MalformedBody: the body is not JSON, does not follow the protocol, or a tensor's data does not fill its shape.
        InvalidValue: a value does not match the signature.
    """
    body, length = request.body, request.headers.get(binary.HEADER)
    raw = None
    if length is not None:
        body, raw = binary.split(body, length)
    return _to_batch(_decode(body), raw, schema)


def _decode(body: bytes) -> _Request:
    try:
        return msgspec.json.decode(body.removeprefix(BYTE_ORDER_MARK), type=_Request)
    except msgspec.ValidationError as error:
        raise MalformedBody(f"not a valid inference request: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedBody(describe_not_json(body, error)) from None
    except RecursionError:
        raise MalformedBody("the body is nested too deeply") from None


def _to_batch(request: _Request, raw: bytes | None, schema: Schema) -> InferenceRequest:
    known = {tensor.name: tensor for tensor in tensors.list_tensors(schema.inputs)}
    if schema.unnamed and len(request.inputs) == 1:
        request.inputs[0].name = next(iter(known))  # an input without a name may be called anything
    _read_bytes(request.inputs, raw, known)
    columns: dict[str, list[Any]] = {}
    for place, tensor in enumerate(request.inputs):
        if tensor.name in columns:
            raise MalformedBody(f"the input {tensor.name!r} is repeated")
        columns[tensor.name] = _to_rows(tensor, known.get(tensor.name), f"$.inputs[{place}]")
    counts = {len(rows) for rows in columns.values()}
    if len(counts) != 1:
        shapes = ", ".join(f"{tensor.name!r} {tensor.shape}" for tensor in request.inputs[:10])
        raise MalformedBody(f"the inputs do not have the same number of rows: {shapes or 'there are no inputs'}")
    places = {tensor.name: place for place, tensor in enumerate(request.inputs)}

    def path(row: int | None, column: str | None) -> str:
        where = "$.inputs" if column not in places else f"$.inputs[{places[column]}].data"
        return where if row is None else f"{where}[{row}]"

    outputs = None if request.outputs is None else [output.name for output in request.outputs]
    batch = schema.batch(columns, counts.pop(), path)
    return InferenceRequest(batch, _to_params(request.parameters, schema), outputs, request.id)


def _read_bytes(inputs: list[_Input], raw: bytes | None, known: dict[str, Tensor]) -> None:
    """Decode the data of the inputs that say how many of the bytes after the JSON are theirs."""
    rest = raw or b""
    for index, tensor in enumerate(inputs):
        place, size = f"$.inputs[{index}]", (tensor.parameters or {}).get(_SIZE)
        if size is None:
            continue
        if raw is None:
            raise MalformedBody(f"{_SIZE} needs the header {binary.HEADER}, at {place}")
        if type(size) is not int or not 0 <= size <= len(rest):
            raise MalformedBody(f"{_SIZE} is {str(size)[:100]}, and {len(rest)} bytes follow, at {place}")
        own, rest = rest[:size], rest[size:]
        if tensor.datatype in DATATYPES:
            expected = known.get(tensor.name)
            base64 = expected is not None and expected.base64
            tensor.data = binary.decode(own, tensor.datatype, place, base64=base64)
    if rest:
        raise MalformedBody(f"{len(rest)} bytes after the tensors belong to none of them")


def _to_params(parameters: dict[str, Any] | None, schema: Schema) -> dict[str, Any]:
    """Return the model's params; a model without params ignores all parameters, as the protocol allows."""
    given = {
        name: value
        for name, value in (parameters or {}).items()
        if name in schema.params or name not in _PROTOCOL_PARAMETERS
    }
    return schema.params.from_json(given, "$.parameters", ignore_unknown=not schema.params)


def _to_rows(tensor: _Input, known: Tensor | None, place: str) -> list[Any]:
    """Return a tensor's data, flat or nested, as a list with one value or nested list for each row."""
    if tensor.datatype not in DATATYPES:
        raise MalformedBody(f"unknown datatype {tensor.datatype[:100]!r}, at {place}.datatype")
    if not 1 <= len(tensor.shape) <= _DIMENSIONS or tensor.shape[0] < 0 or min(tensor.shape[1:], default=1) < 1:
        raise MalformedBody(f"expected a shape such as [rows] or [rows, 3], at {place}.shape")
    if tensor.data is msgspec.UNSET:
        raise MalformedBody(f"the required field `data` is missing, at {place}")
    flat = _flatten(tensor.data, tensor.shape)
    if flat is None or len(flat) != prod(tensor.shape):
        raise MalformedBody(f"data does not fill the shape {tensor.shape}, at {place}.data")
    if known and known.json:
        flat = [_parse_json(text, f"{place}.data[{index}]") for index, text in enumerate(flat)]
    shape = tensor.shape
    if known and len(shape) == len(known.shape) + 1 and shape[-1] == 1:
        shape = shape[:-1]  # a column is often sent as (rows, 1)
    return _nest(flat, shape)


def _flatten(data: Any, shape: list[int]) -> list[Any] | None:
    """Return data in row-major order; None if its nesting does not match its shape."""
    if not isinstance(data, list | tuple):
        return None
    if not any(isinstance(inner, list | tuple) for inner in data):
        return list(data)
    if len(data) != shape[0] or len(shape) == 1:
        return None
    flat: list[Any] = []
    for inner in data:
        part = _flatten(inner, shape[1:])
        if part is None or len(part) != prod(shape[1:]):
            return None
        flat += part
    return flat


def _nest(flat: list[Any], shape: list[int]) -> list[Any]:
    """Return data in row-major order as nested lists of a shape."""
    if len(shape) == 1:
        return flat
    size = prod(shape[1:])
    return [_nest(flat[start : start + size], shape[1:]) for start in range(0, shape[0] * size, size)]


def _parse_json(text: Any, place: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (TypeError, msgspec.DecodeError, UnicodeError, RecursionError):
        raise InvalidValue(f"expected the text of a JSON value, at {place}") from None


def output_tensors(
    columns: dict[str, list[Any]], specs: list[dict[str, Any]] | None, wanted: list[str] | None
) -> list[dict[str, Any]]:
    """Return output columns as tensors, data in row-major order.

    Args:
        columns: the model's output columns.
        specs: the signature's outputs.
        wanted: names of the outputs to return, in that order; None for all.

    Raises:
        MalformedBody: a wanted output does not exist.
    """
    known = {tensor.name: tensor for tensor in tensors.list_tensors(specs, unnamed=PREDICTION)}
    for name in wanted or []:
        if name not in columns:
            raise MalformedBody(f"no output {name[:100]!r}; the model's outputs are {', '.join(columns)}")
    return [_to_tensor(name, columns[name], known.get(name)) for name in (columns if wanted is None else wanted)]


def _to_tensor(name: str, values: list[Any], known: Tensor | None) -> dict[str, Any]:
    shape = _shape(values)
    flat = values if len(shape) == 1 else _flatten(values, shape)
    if flat is None:  # lists of different lengths do not form a tensor: each becomes text
        shape, flat, known = [len(values)], values, None
    first = next((value for value in flat if value is not None), None)
    datatype = known.datatype if known else _DATATYPES.get(type(first), BYTES)
    if datatype == BYTES:
        flat = [_to_text(value) for value in flat]
    return {"name": name, "datatype": datatype, "shape": shape, "data": flat}


def _shape(values: list[Any]) -> list[int]:
    inner = values[0] if values else None
    return [len(values), *(_shape(list(inner)) if isinstance(inner, list | tuple) and inner else [])]


def _to_text(value: Any) -> Any:
    """Return an element of BYTES: text and null as they are, dates as JSON has them, other values as their JSON."""
    if value is None or isinstance(value, str):
        return value
    encoded = encode(value).decode()
    return encoded[1:-1] if encoded.startswith('"') else encoded


_DATATYPES = {bool: "BOOL", int: "INT64", float: "FP64"}
