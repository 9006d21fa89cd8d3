"""The Open Inference Protocol's binary tensor data: tensors as bytes after a request's JSON."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from inference import Ask, column, tensor

# What tritonclient 2.73 sends for arrays of numpy: the JSON, and then the tensors.
TRITON = (
    b'{"inputs":[{"name":"x","shape":[2,1],"datatype":"FP32","parameters":{"binary_data_size":8}},'
    b'{"name":"text","shape":[2,1],"datatype":"BYTES","parameters":{"binary_data_size":11}},'
    b'{"name":"raw","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":10}},'
    b'{"name":"n","shape":[2],"datatype":"INT64","data":[3,-4]}],"parameters":{"binary_data_output":true}}'
)
TENSORS = b"\0\0\xc0?\0\0\xc0\x7f" + b"\1\0\0\0a\2\0\0\0\xc3\xa9" + b"\2\0\0\0\xff\0\0\0\0\0"


def test_tensors_may_be_bytes_after_the_json(ask_of: Callable[..., Ask]) -> None:
    """A request of Triton's client gets the response to the same tensors in JSON: NaN is null, bytes are base64."""
    ask = ask_of(*(column(kind, name) for name, kind in (("x", "float"), ("text", "string"), ("n", "long"))),
                 column("binary", "raw"))  # fmt: skip
    inputs = [tensor("x", [2, 1], "FP32", [1.5, None]), tensor("text", [2, 1], "BYTES", ["a", "é"]),
              tensor("raw", [2], "BYTES", ["/wA=", ""]), tensor("n", [2], "INT64", [3, -4])]  # fmt: skip

    status, answer = ask(TRITON + TENSORS, inference_header_content_length=str(len(TRITON)))
    assert (200, answer) == (status, ask({"inputs": inputs})[1])


@pytest.mark.parametrize(
    ("kind", "datatype", "sent"),
    [
        ("bool", "BOOL", [True, False]),
        *((f"{sign}int{bits}", f"{sign.upper()}INT{bits}", [0, 100]) for sign in ("", "u") for bits in (8, 16, 32, 64)),
        *((f"float{bits}", f"FP{bits}", [-0.5, 65504.0]) for bits in (16, 32, 64)),
    ],
)
def test_bytes_have_the_layout_of_numpy(ask_of: Callable[..., Ask], kind: str, datatype: str, sent: list[Any]) -> None:
    """Elements are little-endian and in row-major order, as in an array of numpy of the same type."""
    ask = ask_of({"type": "tensor", "name": "x", "tensor-spec": {"dtype": kind, "shape": [-1]}})
    raw = np.array(sent, np.dtype(kind).newbyteorder("<")).tobytes()
    described = {"name": "x", "shape": [2], "datatype": datatype, "parameters": {"binary_data_size": len(raw)}}
    head = json.dumps({"inputs": [described]}).encode()

    status, answer = ask(head + raw, inference_header_content_length=str(len(head)))
    assert (200, ask({"inputs": [tensor("x", [2], datatype, sent)]})[1]) == (status, answer)


@pytest.mark.parametrize(
    ("size", "datatype", "raw", "length", "said"),
    [
        (8, "FP64", b"\0" * 8, "x", "the header inference-header-content-length is 'x'"),
        (8, "FP64", b"\0" * 8, "1000", "the header inference-header-content-length is '1000'"),
        (8, "FP64", b"\0" * 7, None, "binary_data_size is 8, and 7 bytes follow, at $.inputs[0]"),
        (-1, "FP64", b"\0" * 8, None, "binary_data_size is -1"),
        (8, "FP64", b"\0" * 9, None, "1 bytes after the tensors belong to none of them"),
        (7, "FP64", b"\0" * 7, None, "7 bytes are not whole elements of FP64, at $.inputs[0]"),
        (16, "FP64", b"\0" * 16, None, "data does not fill the shape [1]"),
        (8, "FP65", b"\0" * 8, None, "unknown datatype 'FP65'"),
        (5, "BYTES", b"\2\0\0\0a", None, "the element 0 has fewer bytes than its length says, at $.inputs[0]"),
        (5, "BYTES", b"\1\0\0\0\xff", None, "the element 0 is not UTF-8, at $.inputs[0]"),
    ],
)
def test_bytes_that_are_no_tensor_are_refused(
    ask_of: Callable[..., Ask], size: int, datatype: str, raw: bytes, length: str | None, said: str
) -> None:
    """Bytes that do not fit their datatype, their size or the header get a 400 that says why."""
    described = {"name": "x", "shape": [1], "datatype": datatype, "parameters": {"binary_data_size": size}}
    head = json.dumps({"inputs": [described]}).encode()
    status, problem = ask_of(column("double"))(head + raw, inference_header_content_length=length or str(len(head)))

    assert (400, ["error"]) == (status, list(problem))
    assert said in problem["error"]
