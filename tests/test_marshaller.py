"""The marshaller decodes and encodes what awslambdaric's own does, with the same values and the same errors."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from awslambdaric.lambda_runtime_exception import FaultException
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller
from hypothesis import given
from hypothesis import strategies as st

from handler.adapters import items
from handler.bundle import Signature
from handler.marshaller import LARGE, Encoded, Marshaller
from handler.schema import Schema
from local.invoke import HANDLER
from local.runtime_api import Runtime
from local.stage import stage

USUAL = LambdaMarshaller()
OURS = Marshaller(USUAL)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)
ODD = st.sampled_from(
    [b"NaN", b"-Infinity", b"1e400", b"01", b"1.", b"-0", b'"\x01"', b'"\\ud800"', b"\xff", b"[1,]", b""]
)


def outcome(decode: Callable[[bytes], Any], request: bytes) -> str:
    """What decoding gives: the value, or the error."""
    try:
        return repr(decode(request))
    except FaultException as error:
        return f"{error.exception_type}: {error}"


@given(st.one_of(VALUES.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass")), ODD), st.data())
def test_events_are_decoded_as_usual(request: bytes, data: st.DataObject) -> None:
    """A damaged event too gives what awslambdaric's marshaller gives."""
    if request and data.draw(st.booleans()):
        place = data.draw(st.integers(0, len(request) - 1))
        request = request[:place] + data.draw(st.binary(max_size=2)) + request[place + 1 :]
    assert outcome(USUAL.unmarshal_request, request) == outcome(OURS.unmarshal_request, request)


@given(st.dictionaries(st.text(max_size=3), VALUES))
def test_responses_mean_the_same(response: dict[str, Any]) -> None:
    """Numbers that JSON does not have become null; everything else is what awslambdaric's marshaller writes."""
    body, content_type = OURS.marshal_response(response)
    usual, usual_type = USUAL.marshal_response(response)
    plain = json.loads(usual, parse_constant=lambda _: None)
    assert (plain, usual_type) == (json.loads(body, parse_constant=lambda _: None), content_type)


def test_an_encoded_response_stays_as_it_is() -> None:
    """Its content type is JSON's."""
    assert (b'{"a": 1}', "application/json") == OURS.marshal_response(Encoded(b'{"a": 1}'))


SCHEMA = Schema(
    Signature(
        inputs=[{"type": "double", "name": "a b", "required": False}, {"type": "long", "name": "c", "required": True}]
    )
)
ROWS = [{"a b": 1, "c": 2.0, "other": [None]}, {"c": 3}]


@pytest.mark.parametrize(
    ("options", "typed"),
    [
        ({}, True),
        ({"format": "jsonl", "state": "machine"}, True),
        ({"format": "csv"}, False),
        ({"indexed": True}, False),
        ({"keep": ["c"]}, False),
    ],
)
def test_rows_are_decoded_by_the_schema(options: dict[str, Any], typed: bool) -> None:
    """Where nothing else of an item is needed, its values are those of the signature's types."""
    event = items.decode_event(SCHEMA.row, json.dumps({"Items": ROWS, "BatchInput": options}).encode())
    assert typed == isinstance(event["Items"], items.Rows)
    if typed:
        assert {"a b": [1.0, None], "c": [2, 3]} == SCHEMA.collect(event["Items"]).columns
    else:
        assert ROWS == event["Items"]


@pytest.mark.parametrize(
    "event", [{"Items": [{"c": "x"}]}, {"Items": [1]}, {"Items": []}, {"Items": [{"c": 1}], "more": 1}, [1]]
)
def test_other_events_are_decoded_as_usual(event: Any) -> None:
    """A row that does not match the signature leaves all rows as JSON has them."""
    assert event == items.decode_event(SCHEMA.row, json.dumps(event).encode())


def test_large_batches_get_the_results_of_small_ones(bundle: Path) -> None:
    """Under the runtime client, with a row that does not match the signature and without."""
    rows = [{"text": f"Story {number} of the moon, which aliens bought! " * 9} for number in range(200)]
    assert LARGE < len(json.dumps(rows))
    with (
        stage(bundle) as (folder, variables),
        Runtime(Path(sys.executable), HANDLER, folder, variables) as runtime,
    ):

        def ask(rows: list[Any]) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = runtime.invoke({"Items": rows, "BatchInput": {}}).value["Items"]
            return found

        together = ask(rows)
        assert [ask([row])[0]["output"] for row in rows[:9]] == [result["output"] for result in together[:9]]
        *results, failed = ask([*rows, {"text": 1}])
        assert "error" in failed
        assert together == results
