"""Tensors as bytes after a request's JSON: the protocol's binary tensor data extension, which Triton's clients use.

https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
"""

import binascii
import struct
from math import isnan
from typing import Any

from handler.errors import MalformedBody

HEADER = "inference-header-content-length"
"""The header with the number of bytes of a request's JSON."""

_DIGITS = 20

_FORMATS = {
    "BOOL": "?",
    "INT8": "b",
    "INT16": "h",
    "INT32": "i",
    "INT64": "q",
    "UINT8": "B",
    "UINT16": "H",
    "UINT32": "I",
    "UINT64": "Q",
    "FP16": "e",
    "FP32": "f",
    "FP64": "d",
}
"""Formats of the struct module by datatype, all little-endian."""


def split(body: bytes, length: str) -> tuple[bytes, bytes]:
    """Return a body's JSON, and the bytes of the tensors after it.

    Args:
        body: the body.
        length: the value of the header.

    Raises:
        MalformedBody: the body does not have as many bytes.
    """
    if not length.isdecimal() or len(length) > _DIGITS or not 0 < int(length) <= len(body):
        raise MalformedBody(f"the header {HEADER} is {length[:100]!r}, for a body of {len(body)} bytes")
    return body[: int(length)], body[int(length) :]


def decode(raw: bytes, datatype: str, place: str, *, base64: bool) -> list[Any]:
    """Return a tensor's bytes as JSON values in row-major order; NaN, which JSON lacks, is null.

    Args:
        raw: the elements; those of BYTES have their length in front, as 4 bytes.
        datatype: the protocol's.
        place: the input's JSON path, for errors.
        base64: whether an element of BYTES becomes base64 and not text.

    Raises:
        MalformedBody: the bytes are not whole elements, or text is not UTF-8.
    """
    if datatype == "BYTES":
        return _decode_elements(raw, place, base64=base64)
    try:
        count = len(raw) // struct.calcsize(_FORMATS[datatype])
        values = list(struct.unpack(f"<{count}{_FORMATS[datatype]}", raw))
    except struct.error:
        raise MalformedBody(f"{len(raw)} bytes are not whole elements of {datatype}, at {place}") from None
    return [None if isnan(value) else value for value in values] if datatype.startswith("FP") else values


def _decode_elements(raw: bytes, place: str, *, base64: bool) -> list[Any]:
    elements: list[str] = []
    start = 0
    while start < len(raw):
        end = start + 4 + int.from_bytes(raw[start : start + 4], "little")
        if end > len(raw):
            raise MalformedBody(f"the element {len(elements)} has fewer bytes than its length says, at {place}")
        element = raw[start + 4 : end]
        try:
            elements.append(binascii.b2a_base64(element, newline=False).decode() if base64 else element.decode())
        except UnicodeDecodeError:
            raise MalformedBody(f"the element {len(elements)} is not UTF-8, at {place}") from None
        start = end
    return elements
