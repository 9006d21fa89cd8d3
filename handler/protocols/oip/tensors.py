"""Describe a signature as tensors: the protocol's datatype and shape of each input and output."""

from typing import Any, NamedTuple

from handler.schema import UNNAMED, fields

BYTES = "BYTES"

_COLUMNS = {
    "boolean": "BOOL",
    "integer": "INT32",
    "long": "INT64",
    "float": "FP32",
    "double": "FP64",
}
_TENSORS = {
    "bool": "BOOL",
    **{f"{sign}int{bits}": f"{sign.upper()}INT{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
    "float16": "FP16",
    "float32": "FP32",
    "float64": "FP64",
}

DATATYPES = frozenset([BYTES, *_TENSORS.values()])
"""The protocol's datatypes."""


class Tensor(NamedTuple):
    """One input or output.

    Attributes:
        name: the signature's.
        datatype: the protocol's.
        shape: -1 for any length; the first is the number of rows.
        json: whether an element is the text of a JSON value: for objects, maps and the type `any`.
        base64: whether an element is bytes, which are base64 in JSON.
    """

    name: str
    datatype: str
    shape: list[int]
    json: bool = False
    base64: bool = False


def to_tensor(name: str, spec: dict[str, Any]) -> Tensor:
    """Return an entry of a signature's lists as a tensor; a type other than numbers and booleans is BYTES, as text."""
    if spec["type"] == "tensor":
        tensor = spec["tensor-spec"]
        return Tensor(name, _TENSORS.get(tensor["dtype"], BYTES), [-1, *tensor["shape"][1:]])
    depth = 1
    while spec["type"] == "array":
        spec, depth = spec["items"], depth + 1
    json = spec["type"] in {"object", "map", "any"}
    return Tensor(name, _COLUMNS.get(spec["type"], BYTES), [-1] * depth, json, base64=spec["type"] == "binary")


def list_tensors(specs: list[dict[str, Any]] | None, unnamed: str = UNNAMED) -> list[Tensor]:
    """Return the tensors of a signature's inputs or outputs; a single one without a name is called `unnamed`."""
    names = fields(specs or [])
    if len(names) == 1 and specs and not specs[0].get("name"):
        names = [unnamed]
    return [to_tensor(name, spec) for name, spec in zip(names, specs or [], strict=True)]


def describe(specs: list[dict[str, Any]] | None, unnamed: str = UNNAMED) -> list[dict[str, Any]]:
    """Return the tensors as the protocol's metadata has them."""
    return [
        {"name": tensor.name, "datatype": tensor.datatype, "shape": tensor.shape}
        for tensor in list_tensors(specs, unnamed)
    ]
