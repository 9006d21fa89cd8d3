"""Ten thousand generated events, bodies and headers: each gets a response, and so does a valid request after it."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handler import adapters
from handler.adapters import items, sqs, unsupported
from handler.errors import BatchFailed

EVENTS = [json.loads(path.read_bytes()) for path in sorted(Path(__file__).parent.parent.glob("events/*.json"))]
CONTEXT = SimpleNamespace(aws_request_id="an-id", get_remaining_time_in_millis=lambda: 60_000)

encode = LambdaMarshaller().marshal_response


def examples(count: int) -> Callable[[Any], Any]:
    """Run a test with `count` generated cases, without a deadline for each."""
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))


class Served(NamedTuple):
    """A handler, a valid row for its model, and the response to it."""

    handler: Callable[[Any, Any], Any]
    row: dict[str, Any]
    answer: Any


texts = st.text(st.characters(exclude_categories=()), max_size=20)  # lone surrogates included
numbers = st.integers() | st.floats() | st.sampled_from([2**31, 2**63, 2**64, 1e308, 3.5e38, -0.0, 1.0, 10**400])
often = st.integers(0, 20).map(bool)
plain = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=8
)

FIELDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "boolean": (True, {}),
    "integer": (1, {}),
    "long": (2**53 + 1, {}),
    "float": (0.5, {}),
    "double": (1e300, {}),
    "string": ("é\u2028", {}),
    "binary": ("AP8=", {}),
    "datetime": ("2026-01-31T12:00:00.5", {}),
    "any": ({"a": [1, None]}, {}),
    "array": ([[1], []], {"items": {"type": "array", "items": {"type": "long"}}}),
    "map": ({"k": 1.5}, {"values": {"type": "double"}}),
    "object": (
        {"n": 1},
        {"properties": {"n": {"type": "long", "required": True}, "s": {"type": "string", "required": False}}},
    ),
}


@st.composite
def rows_like(draw: st.DrawFn, row: dict[str, Any]) -> Any:
    """Return a row or a list of rows in which a few fields are missing or have another value."""

    def one() -> dict[str, Any]:
        changed = draw(st.lists(st.sampled_from(list(row)), max_size=2))
        return {name: draw(values) if name in changed else value for name, value in row.items() if draw(often)}

    return one() if draw(st.booleans()) else [one() for _ in range(draw(st.integers(0, 3)))]


@pytest.fixture(scope="module", params=["text", "every type", "optional", "tensor", "named tensors", "none"])
def served(
    request: pytest.FixtureRequest,
    bundle: Path,
    bundle_of: Callable[..., Path],
    handler_of: Callable[..., Callable[[Any, Any], Any]],
) -> Served:
    """Load a handler for each kind of signature; its model accepts any input."""
    tensor = {"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 2]}}
    labels = {"type": "tensor", "tensor-spec": {"dtype": "str", "shape": [-1]}, "name": "b"}
    row, inputs = {
        "text": ({"text": "a"}, []),
        "every type": (
            {kind: value for kind, (value, _) in FIELDS.items()},
            [{"type": kind, "name": kind, "required": True, **more} for kind, (_, more) in FIELDS.items()],
        ),
        "optional": (
            {kind: value for kind, (value, _) in FIELDS.items()},
            [{"type": kind, "name": kind, "required": False, **more} for kind, (_, more) in FIELDS.items()],
        ),
        "tensor": ({"input": [1.0, 2.0]}, [tensor]),
        "named tensors": ({"a": [1.0, 2.0], "b": "x"}, [{**tensor, "name": "a"}, labels]),
        "none": ({"a": 1, "b": "x"}, []),
    }[request.param]
    folder = bundle if request.param == "text" else bundle_of("echo", **({"inputs": inputs} if inputs else {}))
    answer = handler_of(folder)(row, None)
    assert "status" not in answer, answer
    if folder != bundle:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        manifest["example"] = {"rows": [row], "params": {}, "answer": [answer]}
        (folder / "manifest.json").write_text(json.dumps(manifest))
    return Served(handler_of(folder), row, answer)


def check(served: Served, event: Any) -> int:
    """Send an event, check that the response is valid and not a failure, send a valid row; return the first status."""
    try:
        answer = served.handler(event, CONTEXT)
    except BatchFailed:  # what its source expects
        assert unsupported.is_batch(event) or adapters.find(event) in {items, sqs}
        answer = {}
    strict(encode(answer)[0])
    status = 200
    if isinstance(answer, dict) and "statusCode" in answer:
        status = answer["statusCode"]
        assert isinstance(answer["body"], str)
        if answer["body"] != "\n":
            strict(answer["body"])
    elif isinstance(answer, dict) and answer.get("type") == "about:blank":
        status = answer["status"]
    assert status in {200, 400, 404, 405, 413, 415, 422}, answer
    assert served.answer == served.handler(served.row, CONTEXT)
    return status


def strict(text: str) -> Any:
    """Decode strict JSON: UTF-8, without NaN and infinities."""

    def refuse(token: str) -> None:
        raise AssertionError(token)

    return json.loads(text.encode(), parse_constant=refuse)


def http(body: str | None, encoded: bool | None = None, **fields: Any) -> dict[str, Any]:
    """Return an HTTP API's event, by default `POST /predict`."""
    context = {"http": {"method": "POST"}, "stage": "$default"}
    event = {"version": "2.0", "rawPath": "/predict", "rawQueryString": "", "headers": {}, "requestContext": context}
    return {**event, "body": body, "isBase64Encoded": encoded, **fields}


@examples(600)
@given(st.data())
def test_any_rows(served: Served, data: st.DataObject) -> None:
    """Valid and nearly valid rows are predicted or refused, alike over HTTP and by direct invoke."""
    rows = data.draw(rows_like(served.row))
    over_http = check(served, http(json.dumps(rows)))
    if isinstance(rows, dict):
        assert (over_http == 200) == (check(served, rows) == 200)


@examples(250)
@given(body=st.binary(max_size=60) | values.map(lambda value: json.dumps(value).encode()), broken=st.booleans())
def test_any_bytes(served: Served, body: bytes, broken: bool) -> None:
    """Any bytes get a response as a body, in real or broken base64, and so does JSON of any shape."""
    encoded = base64.b64encode(body).decode()
    check(served, http(encoded[1:] if broken else encoded, encoded=True))
    check(served, http(body.decode("latin-1"), encoded=broken))


only_text = pytest.mark.parametrize("served", ["text"], indirect=True)


@only_text
@examples(1_000)
@given(values)
def test_any_event(served: Served, event: Any) -> None:
    """An event of any shape gets a response."""
    check(served, event)


methods = st.sampled_from(["GET", "POST", "HEAD", "get"]) | texts
paths = st.sampled_from(["/", "/predict", "/add/1/2", "/ping"]) | st.lists(texts).map("/".join) | texts
headers = st.dictionaries(st.sampled_from(["content-type", "Content-Type", "X"]) | texts, st.none() | texts, max_size=4)
lists = st.dictionaries(texts, st.none() | st.lists(st.none() | texts, max_size=3), max_size=4)


@only_text
@examples(1_000)
@given(methods, paths, headers, texts, lists, st.none() | texts, st.none() | st.booleans())
def test_any_request(
    served: Served,
    method: str,
    path: str,
    headers: dict[str, Any],
    query: str,
    lists: dict[str, Any],
    body: str | None,
    encoded: bool | None,
) -> None:
    """Any method, path, headers, query and body get a response, from every source."""
    context = {"http": {"method": method}, "stage": path[1:4]}
    check(served, http(body, encoded, rawPath=path, rawQueryString=query, headers=headers, requestContext=context))
    shared = {"httpMethod": method, "path": path, "body": body, "isBase64Encoded": encoded}
    more = {"headers": headers, "multiValueHeaders": lists, "multiValueQueryStringParameters": lists}
    check(served, shared | more | {"requestContext": {"elb": {}}})
    rest = {"resource": f"/{{{query}+}}", "pathParameters": {query: path[1:]}, "requestContext": {"apiId": "a"}}
    check(served, shared | more | rest)


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """Return a sample event in which a few fields, at any depth, are missing, null, or have another value."""
    event = json.loads(json.dumps(draw(st.sampled_from(EVENTS))))
    for _ in range(draw(st.integers(1, 4))):
        holder = event
        while isinstance(holder, dict | list) and holder:
            keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            key = draw(st.sampled_from(keys))
            if isinstance(holder[key], dict | list) and holder[key] and draw(st.booleans()):
                holder = holder[key]
                continue
            change = draw(st.sampled_from(["drop", "null", "replace", "rename"]))
            kept = holder.pop(key)
            if change in {"null", "replace"}:
                kept = None if change == "null" else draw(values)
            if change != "drop" and isinstance(holder, dict):
                holder[draw(texts) if change == "rename" else key] = kept
            break
    return event


@only_text
@examples(2_500)
@given(mutated())
def test_any_mutation_of_a_sample(served: Served, event: Any) -> None:
    """A damaged sample event gets a response in a form that its source accepts."""
    check(served, event)
