"""Values of each MLflow type: which are accepted, how they are converted, and which are refused."""

import base64
import json
from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from handler.bundle import Signature
from handler.errors import InvalidValue
from handler.response.encoding import encode
from handler.schema import Schema, model_input


def column(kind: str, *, required: bool = True, **more: Any) -> dict[str, Any]:
    """Return the column `x` of a signature, as in MLmodel."""
    return {"type": kind, "name": "x", "required": required, **more}


def schema(*inputs: dict[str, Any]) -> Schema:
    """Return the schema of a signature's inputs."""
    return Schema(Signature(inputs=list(inputs) or None))


def decode(value: Any, spec: dict[str, Any]) -> Any:
    """Decode one value of the column `x`, as the model gets it."""
    return schema(spec).decode(json.dumps({"x": value}).encode()).columns["x"][0]


def refusal(value: Any, spec: dict[str, Any]) -> InvalidValue:
    """Return the error for one value of the column `x`."""
    with pytest.raises(InvalidValue) as caught:
        decode(value, spec)
    return caught.value


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("boolean", True, True),
        ("integer", 1, 1),
        ("integer", 1.0, 1),
        ("integer", 2**31 - 1, 2**31 - 1),
        ("integer", -(2**31), -(2**31)),
        ("long", 2**63 - 1, 2**63 - 1),
        ("long", -(2**63), -(2**63)),
        ("float", 0.1, 0.1),
        ("float", 3.4028235677973361e38, 3.4028235677973361e38),
        ("float", 2**70, float(2**70)),
        ("float", None, None),
        ("double", 7, 7.0),
        ("double", 1e308, 1e308),
        ("double", None, None),
        ("string", "naïve \u2028 \U0001f600", "naïve \u2028 \U0001f600"),
        ("string", "", ""),
        ("string", None, None),
        ("datetime", "2026-01-31", datetime(2026, 1, 31)),  # noqa: DTZ001
        ("datetime", "2026-01-31T12:00:01.5", datetime(2026, 1, 31, 12, 0, 1, 500_000)),  # noqa: DTZ001
        ("datetime", "2026-01-31 12:00", datetime(2026, 1, 31, 12)),  # noqa: DTZ001
        ("datetime", "2026-01-31T12", datetime(2026, 1, 31, 12)),  # noqa: DTZ001
        ("datetime", "2026-01-31 12:00:01.500000000", datetime(2026, 1, 31, 12, 0, 1, 500_000)),  # noqa: DTZ001
        ("datetime", "20260131", datetime(2026, 1, 31)),  # noqa: DTZ001
        ("datetime", "20260131T12", datetime(2026, 1, 31, 12)),  # noqa: DTZ001
        ("datetime", "20260131 1201", datetime(2026, 1, 31, 12, 1)),  # noqa: DTZ001
        ("datetime", "20260131T120001.5", datetime(2026, 1, 31, 12, 0, 1, 500_000)),  # noqa: DTZ001
        ("datetime", None, None),
        ("any", {"deep": [1, None]}, {"deep": [1, None]}),
        ("any", None, None),
    ],
)
def test_lossless_values_are_accepted(kind: str, value: Any, expected: Any) -> None:
    """Values get the type's Python type; 1.0 is an integer, and null is missing if the type has a missing value."""
    got = decode(value, column(kind))
    assert expected == got
    assert type(expected) is type(got)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("boolean", 1, "expected a boolean, got an integer, at $.x"),
        ("boolean", "true", "expected a boolean, got a string, at $.x"),
        ("boolean", None, "expected a boolean, got null, at $.x"),
        ("integer", 1.9, "expected an integer, got 1.9, at $.x"),
        ("integer", "12", "expected an integer, got a string, at $.x"),
        ("integer", True, "expected an integer, got a boolean, at $.x"),
        ("integer", None, "expected an integer, got null, at $.x"),
        ("integer", 2**31, "expected an integer from -2147483648 to 2147483647, got 2147483648, at $.x"),
        (
            "long",
            2**63,
            "expected an integer from -9223372036854775808 to 9223372036854775807, got 9223372036854775808",
        ),
        ("long", 1e300, "expected an integer from -9223372036854775808 to"),
        ("float", 3.5e38, "expected a number <= 3.4028235677973362e+38, at $.x"),
        ("float", -1e300, "expected a number >= -3.4028235677973362e+38, at $.x"),
        ("double", "1", "expected a number, got a string, at $.x"),
        ("double", False, "expected a number, got a boolean, at $.x"),
        ("double", [1], "expected a number, got a list, at $.x"),
        ("string", 12, "expected a string, got an integer, at $.x"),
        ("string", {"a": 1}, "expected a string, got an object, at $.x"),
        ("datetime", 0, "expected a string, got an integer, at $.x"),
        (
            "datetime",
            "yesterday",
            "expected an ISO date or date-time without zone, such as 2026-01-31T12:00:00, at $.x",
        ),
        ("datetime", "2026-01-31T12:00:00Z", "without zone"),
        ("datetime", "2026-01", "expected an ISO date"),
        ("datetime", "2026-01-31T120001", "expected an ISO date"),
        ("datetime", "2026-01-31T12:00:00.1234567890", "expected an ISO date"),
        ("datetime", "20260230", "expected a date or date-time that exists, at $.x"),
        ("datetime", "2026-02-30", "expected a date or date-time that exists, at $.x"),
        ("datetime", "0001-01-01", "expected a year from 1678 to 2261, at $.x"),
    ],
)
def test_values_of_another_type_are_refused(kind: str, value: Any, message: str) -> None:
    """No value is cast, rounded to an integer, parsed from text or taken as missing."""
    error = refusal(value, column(kind))
    assert message in error.detail
    assert "x" == error.column


@pytest.mark.parametrize(
    "text", ["2026-01-31T12:00:00.1234567", "20260131T120000.123456789", "1999-12-31 23:59:59.000000001"]
)
def test_nanoseconds_reach_the_model(text: str) -> None:
    """Digits below the microsecond are kept, in tables and tensors, as pandas reads them."""
    table = schema(column("datetime")).decode(json.dumps({"x": text}).encode()).columns
    frame = model_input.to_frame(table, [column("datetime")])
    assert pd.Timestamp(text) == frame["x"][0]
    spec = {"type": "tensor", "name": "x", "tensor-spec": {"dtype": "datetime64[ns]", "shape": [-1, 2]}}
    tensor = schema(spec).decode(json.dumps({"x": [text, "2026-01-31"]}).encode()).columns
    arrays = model_input.to_tensors(tensor, [spec])
    assert [pd.Timestamp(text), pd.Timestamp("2026-01-31")] == [pd.Timestamp(one) for one in arrays["x"][0]]


def test_nanoseconds_are_encoded() -> None:
    """A date-time keeps its nanoseconds on the way to a remote endpoint."""
    assert b'"2026-01-31T12:00:00.123456700"' == encode(decode("2026-01-31T12:00:00.1234567", column("datetime")))


def test_binary_is_base64() -> None:
    """Any bytes are accepted as base64; invalid base64 is refused."""
    raw = bytes(range(256))
    got = decode(base64.b64encode(raw).decode(), column("binary"))
    assert raw == (got if isinstance(got, bytes) else base64.b64decode(got))
    assert "base64" in refusal("not base64!", column("binary")).detail


@pytest.mark.parametrize(
    ("spec", "value", "expected"),
    [
        (column("array", items={"type": "double"}), [1, 2.5], [1.0, 2.5]),
        (column("array", items={"type": "long"}), [1.0], [1]),
        (column("array", items={"type": "array", "items": {"type": "string"}}), [["a"], []], [["a"], []]),
        (column("map", values={"type": "integer"}), {"a": 1.0, "é": 2}, {"a": 1, "é": 2}),
        (
            column("object", properties={"n": {"type": "long", "required": True}, "t": {"type": "string"}}),
            {"n": 1.0, "t": "a", "more": 1},
            {"n": 1, "t": "a"},
        ),
        (column("object", properties={"t": {"type": "string", "required": False}}), {}, {}),
        (column("object", properties={"t": {"type": "string", "required": False}}), {"t": None}, {"t": None}),
        (column("array", items={"type": "double"}), [1.5, None], [1.5, None]),
        (column("array", items={"type": "datetime"}), [None], [None]),
        (column("array", items={"type": "datetime"}), ["2026-01-31"], [datetime(2026, 1, 31)]),  # noqa: DTZ001
    ],
)
def test_types_nest(spec: dict[str, Any], value: Any, expected: Any) -> None:
    """Lists, maps and objects nest to any depth."""
    assert expected == decode(value, spec)


@pytest.mark.parametrize(
    ("spec", "value", "message"),
    [
        (column("array", items={"type": "long"}), [1, 2.5], "expected an integer, got 2.5, at $.x[1]"),
        (column("array", items={"type": "long"}), [1, "2"], "expected an integer, got a string, at $.x[1]"),
        (column("map", values={"type": "long"}), {"k": 0.5}, "expected an integer, got 0.5, at $.x.k"),
        (
            column("object", properties={"n": {"type": "long", "required": True}}),
            {"m": 1},
            "the required field `n` is missing, at $.x",
        ),
        (column("array", items={"type": "double"}), {"0": 1}, "expected a list, got an object, at $.x"),
        (column("array", items={"type": "long"}), [None], "expected an integer, got null, at $.x[0]"),
        (column("map", values={"type": "string"}), {"k": None}, "expected a string, got null, at $.x[...]"),
        (
            column("object", properties={"t": {"type": "string", "required": True}}),
            {"t": None},
            "expected a string, got null, at $.x.t",
        ),
    ],
)
def test_an_error_inside_a_value_says_where(spec: dict[str, Any], value: Any, message: str) -> None:
    """The error has the path to the wrong part, and the column."""
    error = refusal(value, spec)
    assert message == error.detail
    assert "x" == error.column


def tensor(dtype: str, *shape: int, name: str | None = None) -> dict[str, Any]:
    """Return a tensor of a signature, as in MLmodel."""
    spec: dict[str, Any] = {"type": "tensor", "tensor-spec": {"dtype": dtype, "shape": list(shape)}}
    return spec | ({"name": name} if name else {})


def test_a_tensors_row_is_a_nested_list() -> None:
    """An unnamed tensor is the field `input`; its lengths and values are checked."""
    square = schema(tensor("float32", -1, 2, 2))
    assert {"input": [[[1.0, 2.0], [3.0, 4.0]]]} == square.decode(b'{"input": [[1, 2], [3, 4]]}').columns
    for body, message in {
        b'{"input": [[1, 2], [3]]}': "expected a list of length >= 2, at $.input[1]",
        b'{"input": [[1, 2], [3, 1e39]]}': "expected a number <= 3.4028235677973362e+38, at $.input[1][1]",
        b'{"input": [[1, 2], [3, null]]}': None,
        b'{"input": null}': "expected a list, got null, at $.input",
    }.items():
        if message is None:
            square.decode(body)
            continue
        with pytest.raises(InvalidValue) as caught:
            square.decode(body)
        assert (message, "input") == (caught.value.detail, caught.value.column)


def test_a_tensor_may_fix_the_number_of_rows() -> None:
    """Another number of rows than the tensor's shape fixes is refused."""
    pairs = schema(tensor("int64", 2, 1, name="ids"))
    assert {"ids": [[1], [2]]} == pairs.decode(b'[{"ids": [1]}, {"ids": [2.0]}]').columns
    with pytest.raises(InvalidValue, match="expected 2 rows, as the model's signature fixes, got 1"):
        pairs.decode(b'{"ids": [1]}')
