"""Events as requests, compared with what Powertools' classes read in them; answers in each source's form."""

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
)
from hypothesis import given
from hypothesis import strategies as st

from handler import adapters
from handler.adapters import alb, direct, http_v2, rest_v1
from handler.errors import MalformedBody, UnknownEvent
from handler.message import Request, Response

EVENTS = sorted((Path(__file__).resolve().parent.parent / "events").glob("*.json"))
ORACLES = {"http_v2": APIGatewayProxyEventV2, "function_url": LambdaFunctionUrlEvent}
ORACLES |= {"rest_v1": APIGatewayProxyEvent, "alb": ALBEvent}

Event = dict[str, Any]


def read(event: Event) -> Request:
    """The event as the one adapter that claims it reads it."""
    return adapters.find(event).read(event, "an-id", None)


def agree(oracle: Any, event: Event) -> None:
    """Assert that Powertools reads the event as we do."""
    request, theirs = read(event), oracle(event)
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
def test_events_are_read_as_powertools_reads_them(path: Path) -> None:
    """Method, path, headers, query and body of each sample are what AWS's own library finds."""
    event = json.loads(path.read_bytes())
    if event.get("type") == "REQUEST":
        pytest.skip("an authorizer's event is refused")
    agree(next(oracle for name, oracle in ORACLES.items() if path.stem.startswith(name)), event)


# Powertools splits a query's values at commas, and takes a plus sign for itself behind a load balancer.
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
def test_any_event_is_read_as_powertools_reads_it(make: Callable[[Event], Event], oracle: Any, parts: Event) -> None:
    """So are events of generated methods, paths, headers, queries and bodies."""
    agree(oracle, make(parts))
    assert parts["path"] == read(make(parts)).path


@pytest.mark.parametrize(
    ("stage", "raw", "path"),
    [
        ("$default", "/predict", "/predict"),
        ("prod", "/prod/predict", "/predict"),
        ("prod", "/prod", "/"),
        ("prod", "/prod/", "/"),
        ("prod", "/predict", "/predict"),
        ("pre", "/predict", "/predict"),
        (None, "/predict", "/predict"),
    ],
)
def test_the_stage_is_no_part_of_the_path(
    stage: str | None, raw: str, path: str, http_event: Callable[..., Event]
) -> None:
    """A named stage's prefix goes where it is there: `sam local` leaves it out."""
    context = {"http": {"method": "GET"}, "stage": stage}
    assert path == read(http_event(path=raw, requestContext=context)).path


@pytest.mark.parametrize(
    ("resource", "parameters", "full", "path"),
    [
        ("/{proxy+}", {"proxy": "predict"}, "/news/predict", "/predict"),
        ("/add/{a}/{b}", {"a": "1", "b": "2"}, "/math/add/1/2", "/add/1/2"),
        ("/", None, "/news", "/"),
        ("/{proxy+}", {"proxy": None}, "/ping", "/ping"),
        (None, None, "/ping", "/ping"),
        ("/{proxy+}", {"proxy": "elsewhere"}, "/ping", "/ping"),
    ],
)
def test_a_mapping_is_no_part_of_the_path(
    resource: str | None, parameters: dict[str, str | None] | None, full: str, path: str
) -> None:
    """A custom domain's base path goes where the resource shows it; a resource that does not fit is ignored."""
    event = {"httpMethod": "GET", "path": full, "resource": resource, "pathParameters": parameters}
    assert path == read({**event, "requestContext": {"apiId": "a"}}).path


def test_base64_is_told_by_the_flag_alone(http_event: Callable[..., Event]) -> None:
    """A body that looks like base64 stays as it is; one that is flagged and is not is an error."""
    assert b"e30=" == read(http_event("e30=")).body
    assert b"{}" == read(http_event("e30=", isBase64Encoded=True)).body
    for wrong in ("{}", "e30", "e3 0=", "é"):
        with pytest.raises(MalformedBody, match="flagged as base64"):
            read(http_event(wrong, isBase64Encoded=True))


def test_headers_are_found_in_any_case_and_joined() -> None:
    """Names that differ only in case are one header, in order; nulls are left out."""
    event = {"httpMethod": "GET", "path": "/", "requestContext": {"elb": {}}}
    event["multiValueHeaders"] = {"Accept": ["a", None, "b"], "ACCEPT": ["c"], "x-none": None, "x-empty": []}
    assert {"accept": "a, b, c"} == read(event).headers


def test_a_load_balancers_query_is_decoded() -> None:
    """It passes names and values on as they came: percent-encoded, plus signs for spaces."""
    event = {"httpMethod": "GET", "path": "/", "requestContext": {"elb": {}}}
    event["queryStringParameters"] = {"a%20b": "1+2%2B3", "none": None}
    assert {"a b": ["1 2+3"]} == read(event).query


@pytest.mark.parametrize("source", ["http_v2", "rest_v1", "alb"])
def test_null_is_absent(source: str) -> None:
    """Consoles' test events have null where there are no headers, query or body."""
    event = json.loads(next(path for path in EVENTS if path.stem == source).read_bytes())
    nulls = {name: None for name in event if name.lower().endswith(("headers", "parameters", "querystring", "body"))}
    request = read({**event, **nulls, "isBase64Encoded": None})
    assert ({}, {}, b"") == (request.headers, request.query, request.body)


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ([{"text": "a"}], "no object (list)"),
        (None, "no object (null)"),
        (1.5, "no object (number)"),
        ({"Records": [{"eventSource": "aws:kinesis"}]}, "records from aws:kinesis"),
        ({"Records": [{"EventSource": "aws:sns"}]}, "records from aws:sns"),
        ({"Records": []}, "a batch of records is"),
        ({"detail-type": "Scheduled Event"}, "an EventBridge event ('Scheduled Event')"),
        ({"requestContext": {"routeKey": "$connect"}}, "this requestContext"),
    ],
)
def test_events_that_ask_nothing_are_refused_by_name(event: Any, name: str) -> None:
    """They are not taken for a model's input."""
    with pytest.raises(UnknownEvent) as caught:
        adapters.find(event)
    assert name in caught.value.detail


def test_an_event_of_another_shape_is_named(http_event: Callable[..., Event]) -> None:
    """A field of a wrong type is the sender's error, with its place."""
    with pytest.raises(MalformedBody, match=r"not of the shape its source gives it: .*\$\.body"):
        read(http_event(body=None) | {"body": {"text": "a"}})


def test_a_direct_event_is_the_question() -> None:
    """An object that no service sent is what `POST /predict` takes, however large its numbers."""
    request = read({"n": 10**30, "version": "2.0"})
    assert ("POST", "/predict", {"n": 10**30, "version": "2.0"}) == (
        request.method,
        request.path,
        json.loads(request.body),
    )
    with pytest.raises(MalformedBody, match="no form in JSON"):
        read({"x": float("nan")})


def test_answers_take_their_sources_form() -> None:
    """Status, headers and body as each source documents them; a direct invoke gets the body alone."""
    response = Response(200, {"content-type": "application/json"}, b'{"a":1}')
    plain = {"statusCode": 200, "headers": response.headers, "body": '{"a":1}', "isBase64Encoded": False}
    multi = {"content-type": ["application/json"]}

    assert plain == http_v2.write(response, {})
    assert plain == rest_v1.write(response, {})
    assert {**plain, "statusDescription": "200 OK"} == alb.write(response, {"headers": {}})
    with_lists = alb.write(response, {"multiValueHeaders": {}})
    assert multi == with_lists["multiValueHeaders"]
    assert "headers" not in with_lists
    assert {"a": 1} == direct.write(response, {})
