"""A model's params through every way in: typed by the signature, or refused in one line; never ignored in silence."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

from bench.hostile.ways import Queue
from handler.bundle import Signature
from handler.predictor import Predictor
from handler.schema import Schema
from model import environment, score
from model.errors import ModelError
from model.score import worker
from model.score.job import Job

CONTEXT = SimpleNamespace(aws_request_id="an-id", get_remaining_time_in_millis=lambda: 60_000)
INPUTS = [{"type": "long", "name": "x", "required": True}]
PARAMS: list[dict[str, Any]] = [
    {"name": "k", "type": "long", "default": 1, "shape": None},
    {"name": "words", "type": "string", "default": ["a"], "shape": [-1]},
]
GIVEN = {"k": 5, "words": ["b", "c"]}


class Target(NamedTuple):
    """A handler, its bundle, and the queue for results."""

    handler: Callable[[Any, Any], Any]
    bundle: Path
    queue: Queue


@pytest.fixture(scope="module", name="target")
def _target(bundle_of: Callable[..., Path], handler_of: Callable[..., Any]) -> Iterator[Target]:
    """A model with an integer and a list as params, which returns its rows and params as text."""
    queue = Queue()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "eu-west-1"}.items():
            patch.setenv(name, value)
        folder = bundle_of("echo", inputs=INPUTS, params=PARAMS)
        yield Target(handler_of(folder, THAW_RESULTS=queue.url), folder, queue)
    queue.close()


def http(path: str, body: str, query: dict[str, Any] | None = None, media: str = "application/json") -> dict[str, Any]:
    """Return an HTTP API event."""
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": urlencode(query or {}, doseq=True),
        "headers": {"content-type": media},
        "requestContext": {"http": {"method": "POST"}, "stage": "$default"},
        "body": body,
    }


def ask(target: Target, event: dict[str, Any]) -> str:
    """Return the response's body."""
    body: str = target.handler(event, CONTEXT)["body"]
    return body


def infer(more: dict[str, Any]) -> str:
    """Return an inference request for one row."""
    tensor = {"name": "x", "shape": [1], "datatype": "INT64", "data": [3]}
    return json.dumps({"inputs": [tensor], **more})


def _messages(target: Target, body: Any) -> str:
    target.queue.bodies.clear()
    event = {"Records": [{"messageId": "a", "body": json.dumps(body), "eventSource": "aws:sqs"}]}
    answer = target.handler(event, CONTEXT)
    return target.queue.bodies[0] if target.queue.bodies else json.dumps(answer)


def _score(target: Target, line: str, params: dict[str, Any]) -> str:
    source = target.bundle / "rows.jsonl"
    source.write_text(line + "\n")
    texts = {
        name: [str(one) for one in (value if isinstance(value, list) else [value])] for name, value in params.items()
    }
    with pytest.MonkeyPatch.context() as patch:  # the bundle was made for the Python of the tests
        patch.setattr(environment, "runtime_environment", lambda _: Path(sys.executable))
        try:
            score.score(Job(source, target.bundle / "out.jsonl", target.bundle, 1, (), texts), lambda *_: None)
        except ModelError as error:
            return str(error)
    return (target.bundle / "out.jsonl").read_text()


def model(target: Target) -> str:
    """Return the path of the model's inference route."""
    name = json.loads((target.bundle / "manifest.json").read_text())["model"]["name"]
    return f"/v2/models/{name}/infer"


RECORDS = {"dataframe_records": [{"x": 3}]}
WAYS: dict[str, Callable[[Target, dict[str, Any]], str]] = {
    "predict, query": lambda target, given: ask(target, http("/predict", '{"x": 3}', given)),
    "predict, list and query": lambda target, given: ask(target, http("/predict", '[{"x": 3}]', given)),
    "predict, field": lambda target, given: ask(target, http("/predict", json.dumps({"x": 3, "params": given}))),
    "invocations, params": lambda t, given: ask(t, http("/invocations", json.dumps({**RECORDS, "params": given}))),
    "invocations, query": lambda target, given: ask(target, http("/invocations", json.dumps(RECORDS), given)),
    "invocations, CSV and query": lambda t, given: ask(t, http("/invocations", "x\n3\n", given, "text/csv")),
    "infer, parameters": lambda t, given: ask(t, http(model(t), infer({"parameters": given}))),
    "infer, query": lambda t, given: ask(t, http(model(t), infer({}), given)),
    "direct": lambda target, given: json.dumps(target.handler({"x": 3, "params": given}, CONTEXT)),
    "items": lambda t, given: _items(t, {"Items": [{"x": 3}], "BatchInput": {"params": given}}),
    "items of CSV": lambda t, given: _items(
        t, {"Items": [{"x": "3"}], "BatchInput": {"params": given, "format": "csv"}}
    ),
    "items, field": lambda t, given: _items(t, {"Items": [{"x": 3, "params": given}]}),
    "message": lambda target, given: _messages(target, [{"x": 3, "params": given}, {"x": 0}]),
    "score, --param": lambda target, given: _score(target, '{"x": 3}', given),
    "score, field": lambda target, given: _score(target, json.dumps({"x": 3, "params": given}), {}),
}
"""Functions that send the row {"x": 3} with params, and return the response as text."""


def _items(target: Target, event: dict[str, Any]) -> str:
    try:
        return json.dumps(target.handler(event, CONTEXT))
    except Exception as error:  # noqa: BLE001 - what fails the function
        return str(error)


@pytest.mark.parametrize("way", WAYS)
def test_params_reach_the_model(way: str, target: Target) -> None:
    """The model gets the row and the params, typed by the signature."""
    assert repr(({"x": 3}, GIVEN)) in WAYS[way](target, GIVEN)


@pytest.mark.parametrize("way", WAYS)
def test_defaults_apply_to_other_params(way: str, target: Target) -> None:
    """A param that a request leaves out has its default."""
    assert repr(({"x": 3}, {"k": 7, "words": ["a"]})) in WAYS[way](target, {"k": 7})


@pytest.mark.parametrize("way", sorted(WAYS.keys() - {"invocations, params"}))
def test_unknown_params_are_refused(way: str, target: Target) -> None:
    """The error names the param and the model's own."""
    assert "'limit' is not a param of the model; its params are k, words" in WAYS[way](target, {"limit": 1})


@pytest.mark.parametrize("way", WAYS)
def test_params_of_another_type_are_refused(way: str, target: Target) -> None:
    """The error says what was expected."""
    assert "expected a" in (found := WAYS[way](target, {"k": "five"})) or "got 'five'" in found, found


def test_mlflow_ignores_unknown_params(target: Target, caplog: pytest.LogCaptureFixture) -> None:
    """Unknown `params` of `/invocations` change nothing, as in MLflow's server, and leave a warning in the log."""
    assert repr(({"x": 3}, {"k": 1, "words": ["a"]})) in WAYS["invocations, params"](target, {"limit": 1})
    assert "ignored_params params=1" in caplog.text


@pytest.mark.parametrize(
    "name", ["content_type", "headers", "priority", "timeout", "binary_data_output", "sequence_id", "sequence_start"]
)
def test_parameters_of_the_inference_protocol_are_no_params(name: str, target: Target) -> None:
    """Parameters that clients of the protocol send for the server itself are accepted."""
    assert '"outputs"' in WAYS["infer, parameters"](target, {name: "pd"})


def test_presigned_requests_have_other_query_parameters(target: Target) -> None:
    """The query parameters of a presigned URL are not params."""
    assert repr({"k": 2, "words": ["a"]}) in WAYS["predict, query"](target, {"k": 2, "X-Amz-Signature": "abc"})


@pytest.mark.parametrize("path", ["/predict", "/invocations", "infer"])
def test_a_param_is_given_once(path: str, target: Target) -> None:
    """A param in the query string and in the body is refused."""
    bodies = {"/predict": {"x": 3, "params": {"k": 1}}, "/invocations": {**RECORDS, "params": {"k": 1}}}
    body = infer({"parameters": {"k": 1}}) if path == "infer" else json.dumps(bodies[path])
    answer = target.handler(http(model(target) if path == "infer" else path, body, {"k": 2}), CONTEXT)
    assert answer["statusCode"] in {400, 422}
    assert "the param 'k' is in the query string and in the body" in answer["body"]


def test_rows_of_a_list_share_their_params(target: Target) -> None:
    """A list of rows takes its params from the query string alone."""
    answer = target.handler(http("/predict", '[{"x": 3}, {"x": 3, "params": {"k": 1}}]'), CONTEXT)
    assert (422, True) == (answer["statusCode"], "at $[1].params" in answer["body"])


def test_rows_of_a_batch_have_their_own_params(target: Target) -> None:
    """Each item has its own params over those of the batch; a wrong one fails alone."""
    items = [{"x": 1, "params": {"k": 2}}, {"x": 2}, {"x": 3, "params": {"k": "a"}}, {"x": 4, "params": {"k": 2}}]
    event = {"Items": items, "BatchInput": {"params": {"k": 9}}}
    found = target.handler(event, CONTEXT)["Items"]
    assert ["InvalidParam"] == [one["error"]["type"] for one in found if "error" in one]
    assert [2, 9, 2] == [
        eval(one["output"]["prediction"])[1]["k"]  # noqa: S307 - the model's own text
        for one in found
        if "output" in one
    ]


def test_a_message_of_one_row_has_params(target: Target) -> None:
    """A message that is one object has its params in it."""
    assert repr(({"x": 3}, {"k": 2, "words": ["a"]})) in _messages(target, {"x": 3, "params": {"k": 2}})


def test_csv_rows_have_no_params(target: Target) -> None:
    """A column `params` of CSV is refused, since its text would be ignored."""
    event = {"Items": [{"x": "3", "params": "{}"}], "BatchInput": {"format": "csv"}}
    assert "a row of CSV has no params" in _items(target, event)
    source = target.bundle / "rows.csv"
    source.write_text("x,params\n3,{}\n")
    with pytest.raises(ModelError, match="CSV has no params in its rows: use --param"):
        score.score(Job(source, target.bundle / "out.csv", target.bundle, 1), lambda *_: None)


@pytest.mark.parametrize("way", ["items", "items of CSV", "score, --param"])
def test_a_model_without_params_refuses_them(way: str, bundle_of: Callable[..., Path], handler_of: Any) -> None:
    """Params of a whole batch are refused where the model has none."""
    folder = bundle_of("echo", inputs=INPUTS)
    assert "'k' is not a param of the model; it has no params" in WAYS[way](
        Target(handler_of(folder), folder, Queue()), {"k": 1}
    )


def test_a_column_called_params_is_a_column(bundle_of: Callable[..., Path], handler_of: Callable[..., Any]) -> None:
    """A model with a column `params` takes its params from the query string."""
    folder = bundle_of("echo", inputs=[{"type": "string", "name": "params", "required": True}], params=PARAMS)
    answer = handler_of(folder)(http("/predict", '{"params": "a"}', {"k": 2}), CONTEXT)
    assert repr(({"params": "a"}, {"k": 2, "words": ["a"]})) == json.loads(answer["body"])["prediction"]


def test_a_model_without_columns_has_params() -> None:
    """Without columns in the signature, the field `params` does not become a column."""
    batch = Schema(Signature(inputs=None, params=PARAMS)).decode(b'{"x": 3, "params": {"k": 4}}')
    assert ({"x": [3]}, {"k": 4}) == (batch.columns, batch.params)


def test_workers_type_params(target: Target) -> None:
    """A worker of `score` parses the texts of the command line."""
    request = {"input": "csv", "header": ["x"], "output": "jsonl", "keep": [], "params": {"k": ["4"]}, "explain": False}
    found = worker.score_chunk(Predictor(target.bundle), request, 0, b"3\n")
    assert repr({"k": 4, "words": ["a"]}) in found.decode()
