"""Adapters: events become the requests that Powertools' classes see, responses take each source's form."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from aws_lambda_powertools.utilities.data_classes import (
    ALBEvent,
    APIGatewayProxyEvent,
    APIGatewayProxyEventV2,
    LambdaFunctionUrlEvent,
    VPCLatticeEvent,
    VPCLatticeEventV2,
)
from hypothesis import given
from hypothesis import strategies as st

from handler import adapters
from handler.adapters import alb, direct, http_v2, rest_v1, vpc_lattice
from handler.errors import MalformedBody, UnknownEvent
from handler.message import Request, Response

EVENTS = sorted((Path(__file__).resolve().parent.parent / "events").glob("*.json"))
ORACLES: dict[str, type[Any]] = {"http_v2": APIGatewayProxyEventV2, "function_url": LambdaFunctionUrlEvent}
ORACLES |= {"rest_v1": APIGatewayProxyEvent, "alb": ALBEvent}
ORACLES |= {"vpc_lattice_v1": VPCLatticeEvent, "vpc_lattice_v2": VPCLatticeEventV2}

Event = dict[str, Any]


def read_event(event: Event) -> Request:
    """Return an event as a request, read by the adapter that claims it."""
    request = adapters.find(event).read_event(event, "an-id", None)
    assert isinstance(request, Request)
    return request


def agree(oracle: Any, event: Event) -> None:
    """Assert that Powertools and the adapter see the same request in an event."""
    request, theirs = read_event(event), oracle(event)
    # A mapped REST path keeps its prefix with Powertools, and an HTTP API's root in a stage becomes "".
    assert request.path == (theirs.path or "/") or theirs.path.endswith(request.path)
    assert request.method == theirs.http_method.upper()
    assert request.body.decode() == (theirs.decoded_body or "")
    headers = theirs.multi_value_headers if "multiValueHeaders" in event else theirs.headers
    assert request.headers == {
        name.lower(): ", ".join(value) if isinstance(value, list) else value for name, value in headers.items()
    }
    theirs.decode_query_parameters = True
    assert request.query == theirs.resolved_query_string_parameters


@pytest.mark.parametrize(
    "path", [path for path in EVENTS if path.stem.startswith(tuple(ORACLES))], ids=lambda path: path.stem
)
def test_sample_events_match_powertools(path: Path) -> None:
    """Method, path, headers, query and body of each sample event are what AWS's own library reads."""
    event = json.loads(path.read_bytes())
    if event.get("type") == "REQUEST":
        pytest.skip("an authorizer's event is refused")
    agree(next(oracle for name, oracle in ORACLES.items() if path.stem.startswith(name)), event)


# Powertools splits query values at commas, and does not decode plus signs from a load balancer.
_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=",+"), max_size=8)
_names = st.text("abcxyz_- é", min_size=1, max_size=5)
_parts = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["GET", "POST", "PUT", "HEAD"]),
        "path": st.lists(st.text("abz09-~.é", min_size=1, max_size=6)).map(lambda parts: "/" + "/".join(parts)),
        "headers": st.dictionaries(st.text("abcXYZ-", min_size=1, max_size=6), _texts, max_size=4).filter(
            lambda headers: len({name.lower() for name in headers}) == len(headers)
        ),
        "query": st.dictionaries(_names, st.lists(_texts, min_size=1, max_size=3), max_size=3),
        "text": st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
        "encoded": st.booleans(),
    }
)


def _body(parts: Event) -> Event:
    text, encoded = parts["text"], parts["encoded"]
    body = base64.b64encode(text.encode()).decode() if text and encoded else text
    return {"body": body, "isBase64Encoded": encoded}


def _http_v2(parts: Event) -> Event:
    context = {"http": {"method": parts["method"]}, "stage": "live"}
    return _body(parts) | {
        "version": "2.0",
        "rawPath": f"/live{parts['path']}",
        "rawQueryString": urlencode(parts["query"], doseq=True),
        "queryStringParameters": {name: ",".join(values) for name, values in parts["query"].items()},
        "headers": {name.lower(): value for name, value in parts["headers"].items()},
        "requestContext": context,
    }


def _multi(parts: Event) -> Event:
    return _body(parts) | {
        "httpMethod": parts["method"],
        "path": parts["path"],
        "multiValueHeaders": {name: [value, "again"] for name, value in parts["headers"].items()},
        "multiValueQueryStringParameters": parts["query"],
    }


def _rest_v1(parts: Event) -> Event:
    return _multi(parts) | {"resource": "/{proxy+}", "requestContext": {"apiId": "a", "stage": "live"}}


def _alb(parts: Event) -> Event:
    query = {quote(name): [quote(value) for value in values] for name, values in parts["query"].items()}
    return _multi(parts) | {"multiValueQueryStringParameters": query, "requestContext": {"elb": {}}}


@given(_parts)
@pytest.mark.parametrize(
    ("make", "oracle"), [(_http_v2, APIGatewayProxyEventV2), (_rest_v1, APIGatewayProxyEvent), (_alb, ALBEvent)]
)
def test_generated_events_match_powertools(make: Callable[[Event], Event], oracle: Any, parts: Event) -> None:
    """The same holds for generated methods, paths, headers, queries and bodies."""
    agree(oracle, make(parts))
    assert parts["path"] == read_event(make(parts)).path


@pytest.mark.parametrize("version", [1, 2])
def test_a_lattices_query_is_that_of_the_path(version: int) -> None:
    """The query string in the path has repeated names, and is decoded; without it, the parameters count."""
    event = json.loads((EVENTS[0].parent / f"vpc_lattice_v{version}.json").read_bytes())
    path, parameters = ("raw_path", "query_string_parameters") if version == 1 else ("path", "queryStringParameters")
    request = read_event(event | {path: "/a%20b?x=1&x=2&y=%C3%A9+"})
    assert ("/a%20b", {"x": ["1", "2"], "y": ["é "]}) == (request.path, request.query)
    assert {"z": ["1"]} == read_event(event | {path: "/", parameters: {"z": "1" if version == 1 else ["1"]}}).query
    nulls: Event = {path: "/", parameters: None, "headers": {}, "body": None}
    assert ({}, {}, b"") == ((bare := read_event(event | nulls)).query, bare.headers, bare.body)
    assert ("/x", {}) == ((bare := read_event(event | {path: "/x", parameters: {}})).path, bare.query)


def test_a_lattices_response_has_a_description() -> None:
    """As for a load balancer, with single headers."""
    event = json.loads((EVENTS[0].parent / "vpc_lattice_v2.json").read_bytes())
    answer = vpc_lattice.write_response(Response(404, {"a": "b"}, b"c"), event)
    expected = {"statusCode": 404, "headers": {"a": "b"}, "body": "c", "isBase64Encoded": False}
    assert expected | {"statusDescription": "404 Not Found"} == answer


def test_only_the_flag_marks_base64(http_event: Callable[..., Event]) -> None:
    """A body without the flag is not decoded; a flagged body that is not base64 is an error."""
    assert b"e30=" == read_event(http_event("e30=")).body
    assert b"{}" == read_event(http_event("e30=", isBase64Encoded=True)).body
    for wrong in ("{}", "e30", "e3 0=", "é"):
        with pytest.raises(MalformedBody, match="flagged as base64"):
            read_event(http_event(wrong, isBase64Encoded=True))


def test_headers_of_any_case_are_joined() -> None:
    """Headers whose names differ only in case are joined in order; nulls are dropped."""
    event = {"httpMethod": "GET", "path": "/", "requestContext": {"elb": {}}}
    event["multiValueHeaders"] = {"Accept": ["a", None, "b"], "ACCEPT": ["c"], "x-none": None, "x-empty": []}
    assert {"accept": "a, b, c"} == read_event(event).headers


def test_a_load_balancers_query_is_decoded() -> None:
    """A load balancer's query arrives percent-encoded, with plus signs for spaces, and is decoded."""
    event = {"httpMethod": "GET", "path": "/", "requestContext": {"elb": {}}}
    event["queryStringParameters"] = {"a%20b": "1+2%2B3", "none": None}
    assert {"a b": ["1 2+3"]} == read_event(event).query


@pytest.mark.parametrize("source", ["http_v2", "rest_v1", "alb"])
def test_null_is_absent(source: str) -> None:
    """Null headers, query or body, as in the console's test events, count as absent."""
    event = json.loads(next(path for path in EVENTS if path.stem == source).read_bytes())
    nulls = {name: None for name in event if name.lower().endswith(("headers", "parameters", "querystring", "body"))}
    request = read_event({**event, **nulls, "isBase64Encoded": None})
    assert ({}, {}, b"") == (request.headers, request.query, request.body)


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ([{"text": "a"}], "event of JSON type list"),
        (None, "event of JSON type null"),
        (1.5, "event of JSON type number"),
        ({"Records": [{"eventSource": "aws:kinesis"}]}, "records from aws:kinesis"),
        ({"Records": [{"EventSource": "aws:sns"}]}, "records from aws:sns"),
        ({"Records": []}, "a batch of records from an unknown source is"),
        ({"eventSource": "aws:kafka", "records": {"t-0": []}}, "records from aws:kafka"),
        ({"eventSource": "aws:mq", "messages": []}, "records from aws:mq"),
        ({"invocationId": "a", "deliveryStreamArn": "b", "records": []}, "records from Firehose"),
        ({"invocationSchemaVersion": "1.0", "invocationId": "a", "tasks": []}, "records from S3 Batch Operations"),
        ({"awslogs": {"data": ""}}, "records from CloudWatch Logs"),
        ({"detail-type": "Scheduled Event"}, "an EventBridge event ('Scheduled Event')"),
        ({"requestContext": {"routeKey": "$connect", "connectionId": "a"}}, "an event of a WebSocket API"),
        ({"type": "TOKEN", "authorizationToken": "a", "methodArn": "b"}, "the event of an authorizer"),
        ({"requestContext": {"routeKey": "$connect"}}, "this requestContext"),
    ],
)
def test_unsupported_events_are_refused_by_name(event: Any, name: str) -> None:
    """An unsupported event is refused by name, not treated as a model's input."""
    with pytest.raises(UnknownEvent) as caught:
        adapters.find(event)
    assert name in caught.value.detail


@pytest.mark.parametrize("field", ["eventSource", "awslog", "tasks", "records", "type", "methodArn"])
def test_a_models_columns_may_have_the_names_of_such_fields(field: str) -> None:
    """One of the fields alone is a model's input."""
    assert adapters.find({field: "web"}) is direct


def test_an_invalid_field_is_named(http_event: Callable[..., Event]) -> None:
    """A field of the wrong type is the sender's error, which names the field."""
    with pytest.raises(MalformedBody, match=r"not valid for its source: .*\$\.body"):
        read_event(http_event(body=None) | {"body": {"text": "a"}})


@pytest.mark.parametrize("value", [1e22, -0.0, 2**64, 10**30, None, True, "null", "\ud800", "é", [{"a": [None, 0.1]}]])
def test_a_direct_event_is_a_predict_request(value: Any) -> None:
    """A direct event becomes the body of `POST /predict`, value by value."""
    event = {"x": value, "version": "2.0"}
    request = read_event(event)
    assert ("POST", "/predict") == (request.method, request.path)
    assert repr(event) == repr(json.loads(request.body))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_lacks_is_refused(number: float) -> None:
    """NaN and infinities, which Lambda's runtime decodes, are the sender's error."""
    with pytest.raises(MalformedBody, match="cannot be encoded as JSON"):
        read_event({"x": [number]})


def test_responses_take_their_sources_form() -> None:
    """Each source gets status, headers and body as it documents them; a direct invoke gets the body alone."""
    response = Response(200, {"content-type": "application/json"}, b'{"a":1}')
    plain = {"statusCode": 200, "headers": response.headers, "body": '{"a":1}', "isBase64Encoded": False}
    multi = {"content-type": ["application/json"]}

    assert plain == http_v2.write_response(response, {})
    assert plain == rest_v1.write_response(response, {})
    assert {**plain, "statusDescription": "200 OK"} == alb.write_response(response, {"headers": {}})
    with_lists = alb.write_response(response, {"multiValueHeaders": {}})
    assert multi == with_lists["multiValueHeaders"]
    assert "headers" not in with_lists
    assert {"a": 1} == direct.write_response(response, {})
