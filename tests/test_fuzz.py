"""Ten thousand generated events, bodies and headers: an answer to each, and to the good question after it."""

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
from handler.adapters import items, sqs
from handler.adapters.envelope import BatchFailed

EVENTS = [json.loads(path.read_bytes()) for path in sorted(Path(__file__).parent.parent.glob("events/*.json"))]
CONTEXT = SimpleNamespace(aws_request_id="an-id", get_remaining_time_in_millis=lambda: 60_000)

encode = LambdaMarshaller().marshal_response


def examples(count: int) -> Callable[[Any], Any]:
    """So many generated cases for a test, however long one takes."""
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))


class Served(NamedTuple):
    """A handler, a good row for its model, and the answer it gets."""

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
    """A row, or a list of them, in which a few fields are gone or have another value."""

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
    """A handler for each kind of signature; its model answers whatever it is asked."""
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
    """Ask, assert that the answer is one that Lambda takes and no failure, ask a good question; the answer's status."""
    try:
        answer = served.handler(event, CONTEXT)
    except BatchFailed:  # as its source wants to be told
        assert adapters.find(event) in {items, sqs}
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
    """JSON without NaN and infinities, in UTF-8."""

    def refuse(token: str) -> None:
        raise AssertionError(token)

    return json.loads(text.encode(), parse_constant=refuse)


def http(body: str | None, encoded: bool | None = None, **fields: Any) -> dict[str, Any]:
    """An event of an HTTP API, `POST /predict` unless told otherwise."""
    context = {"http": {"method": "POST"}, "stage": "$default"}
    event = {"version": "2.0", "rawPath": "/predict", "rawQueryString": "", "headers": {}, "requestContext": context}
    return {**event, "body": body, "isBase64Encoded": encoded, **fields}


@examples(600)
@given(st.data())
def test_any_rows(served: Served, data: st.DataObject) -> None:
    """Rows that are good or nearly so, over HTTP and direct: each is predicted, or refused."""
    rows = data.draw(rows_like(served.row))
    over_http = check(served, http(json.dumps(rows)))
    if isinstance(rows, dict):
        assert (over_http == 200) == (check(served, rows) == 200)


@examples(250)
@given(body=st.binary(max_size=60) | values.map(lambda value: json.dumps(value).encode()), broken=st.booleans())
def test_any_bytes(served: Served, body: bytes, broken: bool) -> None:
    """Bytes of any kind as a body, in base64 or what only claims to be; JSON of any shape."""
    encoded = base64.b64encode(body).decode()
    check(served, http(encoded[1:] if broken else encoded, encoded=True))
    check(served, http(body.decode("latin-1"), encoded=broken))


only_text = pytest.mark.parametrize("served", ["text"], indirect=True)


@only_text
@examples(1_000)
@given(values)
def test_any_event(served: Served, event: Any) -> None:
    """An event of any shape is answered."""
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
    """Methods, paths, headers, queries and bodies of any kind, from every source."""
    context = {"http": {"method": method}, "stage": path[1:4]}
    check(served, http(body, encoded, rawPath=path, rawQueryString=query, headers=headers, requestContext=context))
    shared = {"httpMethod": method, "path": path, "body": body, "isBase64Encoded": encoded}
    more = {"headers": headers, "multiValueHeaders": lists, "multiValueQueryStringParameters": lists}
    check(served, shared | more | {"requestContext": {"elb": {}}})
    rest = {"resource": f"/{{{query}+}}", "pathParameters": {query: path[1:]}, "requestContext": {"apiId": "a"}}
    check(served, shared | more | rest)


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """One of `events/` in which a few fields, however deep, are gone, null, or another value."""
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
    """What is nearly an event of some source is answered in a form that the source takes."""
    check(served, event)
