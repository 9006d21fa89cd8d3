"""The Lambda entry point: responses to events within the platform's limits, in process and under the runtime client."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller

from handler.errors import BatchFailed
from local.runtime_api import InitError, Runtime
from local.stage import stage

MARKER = "xyzzy-plugh"

Event = dict[str, Any]
Handler = Callable[[Any, Any], Any]


def context(milliseconds: int) -> SimpleNamespace:
    """Return an invocation's Lambda context."""
    return SimpleNamespace(aws_request_id="an-id", get_remaining_time_in_millis=lambda: milliseconds)


@pytest.fixture(scope="module")
def handler(bundle: Path, handler_of: Callable[..., Handler]) -> Handler:
    """Serve the repository's model."""
    return handler_of(bundle)


@pytest.fixture(scope="module")
def moods(moody: Path, handler_of: Callable[..., Handler]) -> Handler:
    """Serve the model whose input says what it does."""
    return handler_of(moody)


def test_every_source_gets_the_same_body(handler: Handler, http_event: Callable[..., Event]) -> None:
    """HTTP APIs, REST APIs, load balancers and direct invokes get the same body."""
    row = {"text": "Aliens voted twice!"}
    plain = {"httpMethod": "POST", "path": "/predict", "body": json.dumps(row)}
    bodies = [
        handler(event, None)["body"]
        for event in (
            http_event(row),
            {**plain, "requestContext": {"apiId": "a"}},
            {**plain, "requestContext": {"elb": {}}},
            {**plain, "requestContext": {"elb": {}}, "multiValueHeaders": {"Content-Type": ["application/json"]}},
        )
    ]
    assert [handler(row, None)] * 4 == [json.loads(body) for body in bodies]


def test_responses_have_the_platforms_request_id(moods: Handler, http_event: Callable[..., Event]) -> None:
    """Responses have the platform's request id in a header; without a context it is empty."""
    headers = moods(http_event({"text": "calm"}), context(1_000))["headers"]
    assert {"content-type", "x-request-id", "x-model-version"} == set(headers)
    assert "an-id" == headers["x-request-id"]
    assert "" == moods(http_event({"text": "calm"}), None)["headers"]["x-request-id"]


def test_a_direct_invokes_error_is_the_problem_object(handler: Handler) -> None:
    """A direct invoke's error is the problem object with its status; warm-up pings get one too."""
    for event, status in (({"text": 1}, 422), ({}, 422), ({"ping": True}, 422), ([], 400), (None, 400), ("", 400)):
        problem = handler(event, None)
        assert (status, "about:blank") == (problem["status"], problem["type"])


def test_an_invalid_event_gets_its_sources_form(handler: Handler, http_event: Callable[..., Event]) -> None:
    """An invalid event gets a 400 in the form that its source expects."""
    invalid: list[Event] = [
        http_event(headers={"n": 1}),
        http_event() | {"body": {}},
        {"requestContext": {"elb": {}}},
        {"httpMethod": "POST", "requestContext": {"apiId": "a"}},
    ]
    for event in invalid:
        answer = handler(event, None)
        assert 400 == answer["statusCode"]
        assert "not valid for its source" in json.loads(answer["body"])["detail"]


@pytest.mark.parametrize("source", ["aws:kinesis", "aws:s3", "aws:sns"])
def test_records_that_are_not_supported_fail_the_function(handler: Handler, source: str) -> None:
    """Their source would take any result for success, and drop them."""
    with pytest.raises(BatchFailed, match=f"a batch of records from {source} is not supported; send "):
        handler({"Records": [{"eventSource": source}]}, None)


def test_the_deadline_is_the_contexts(moods: Handler, http_event: Callable[..., Event]) -> None:
    """Without enough time left to send a response, the model is not called."""
    statuses = [moods(http_event({"text": "calm"}), context(left))["statusCode"] for left in (0, 40, 5_000)]
    assert [504, 504, 200] == statuses
    assert 504 == moods({"text": "calm"}, context(0))["status"]


@pytest.mark.parametrize("letter", ["x", '"', "é", "\u2028", "\U0001f600"])
@pytest.mark.parametrize("runtime", ["", "AWS_Lambda_python3.13"])
@pytest.mark.parametrize(
    ("source", "limit"), [("http", 6_291_556), ("alb", 1_048_576), ("alb_multi", 1_048_576), ("direct", 6_291_556)]
)
def test_the_limit_is_measured_as_the_runtime_encodes(
    source: str,
    limit: int,
    runtime: str,
    letter: str,
    moody: Path,
    handler_of: Callable[..., Handler],
    http_event: Callable[..., Event],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The longest response that fits is sent; one letter more is a 413 instead of the platform's 502."""
    monkeypatch.setenv("AWS_EXECUTION_ENV", runtime)
    handler, encode = handler_of(moody), LambdaMarshaller().marshal_response

    def ask(letters: int) -> tuple[Any, int]:
        row = {"text": f"repeat:{letter}{letters}"}
        alb = {"httpMethod": "POST", "path": "/predict", "body": json.dumps(row), "requestContext": {"elb": {}}}
        alb_multi = {**alb, "multiValueHeaders": {}}
        answer = handler({"http": http_event(row), "alb": alb, "alb_multi": alb_multi, "direct": row}[source], None)
        return answer, len(encode(answer)[0].encode())

    def status(answer: Any) -> int:
        return int(answer.get("statusCode", answer.get("status", 200)))

    none, one = ask(0)[1], ask(1)[1]
    most = (limit - none) // (one - none)
    answer, size = ask(most)
    assert (200, True) == (status(answer), limit - (one - none) < size <= limit)
    answer, size = ask(most + 1)
    assert (413, True) == (status(answer), size < 1_000)


def _clean(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "THAW_BUNDLE": str(folder), "HOME": "/nowhere"}


def test_under_the_real_runtime(moody: Path, moods: Handler, http_event: Callable[..., Event]) -> None:
    """Responses equal those in process; each request logs one JSON line, without its input."""
    events = [
        http_event([{"text": "calm"}, {"text": f"nan {MARKER}"}, {"text": "é\u2028\U0001f600"}]),
        http_event({"text": "nan"}),
        http_event([{"text": "calm"}, {"text": f"raise:{MARKER}"}]),
        http_event([MARKER]),
        http_event(path=f"/{MARKER}", rawQueryString=MARKER),
        http_event(MARKER, headers={"content-type": MARKER}),
        {"text": f"exit:{MARKER}"},
        {"text": [MARKER]},
        {MARKER: 1},
        {"detail-type": MARKER},
    ]
    with stage(moody) as (folder, _):
        logged = {"AWS_LAMBDA_LOG_FORMAT": "JSON"}
        with Runtime(Path(sys.executable), "handler.app.handler", folder, _clean(moody) | logged) as runtime:
            answers = [runtime.invoke(event) for event in events]
            home = runtime.invoke({"text": "home"}).value
            alone = runtime.invoke({"text": "parallel"}).value
            log = runtime.log

    for event, answer in zip(events, answers, strict=True):
        assert not answer.failed
        assert _without_id(moods(event, None)) == _without_id(answer.value)
    assert {"prediction": "/tmp"} == home  # noqa: S108
    assert {"prediction": True} == alone

    lines = [json.loads(line) for line in log.splitlines()]
    requests = [line for line in lines if line["message"] == "request"]
    assert [200, 200, 422, 422, 404, 415, 422, 422, 422, 400, 200, 200] == [line["status"] for line in requests]
    assert [True] + [False] * 11 == [line["cold"] for line in requests]
    assert [3, 1, 0] == [line["rows"] for line in requests[:3]]
    assert ["POST /predict", "none"] == [requests[3]["route"], requests[4]["route"]]
    assert all(line["ms"] >= 0 and line["request_id"] == line["requestId"] for line in requests)
    assert 12 == len({line["request_id"] for line in requests})
    assert ["raised ValueError", "raised SystemExit"] == [
        line["message"].splitlines()[0] for line in lines if line["level"] == "ERROR"
    ]
    assert MARKER not in log


def _without_id(answer: Any) -> Any:
    if "headers" not in answer:
        return answer
    return {**answer, "headers": {**answer["headers"], "x-request-id": ""}}


def test_input_is_logged_if_that_is_switched_on(moody: Path) -> None:
    """With THAW_LOG_INPUT, the log has bodies and a model's own messages, one line for each request."""
    with stage(moody) as (folder, _):
        variables = _clean(moody) | {"THAW_LOG_INPUT": "true"}
        with Runtime(Path(sys.executable), "handler.app.handler", folder, variables) as runtime:
            runtime.invoke({"text": f"raise:{MARKER}"})
            lines = runtime.log.splitlines()

    request = next(line for line in lines if "request request_id=" in line)
    assert f'input=\'{{"text":"raise:{MARKER}"}}\'' in request.replace("b'", "'")
    assert any(f"raised ValueError: cannot take {MARKER}" in line for line in lines)


@pytest.mark.parametrize(("initialization", "copies"), [("on-demand", 1), ("snap-start", 2)])
def test_copies_of_a_snapshot_draw_different_numbers(moody: Path, initialization: str, copies: int) -> None:
    """After a restore the generators are seeded again, in Python and numpy; other starts keep a model's seed."""
    drawn = []
    with stage(moody) as (folder, _):
        for _ in range(2):
            python, variables = Path(sys.executable), _clean(moody)
            with Runtime(python, "handler.app.handler", folder, variables, initialization=initialization) as runtime:
                drawn.append(runtime.invoke({"text": "random"}).value["prediction"])
    assert [copies, copies] == [len(set(column)) for column in zip(*drawn, strict=True)]


def test_a_bundle_that_cannot_be_served_fails_the_init(bundle: Path, tmp_path: Path) -> None:
    """A bundle that cannot be served fails the init, with the error's class and one line that says why."""
    copy = shutil.copytree(bundle, tmp_path / "bundle")
    (copy / "requirements.txt").write_text("something else\n")
    for variables, name, reason in (
        ({"THAW_BUNDLE": str(tmp_path / "none")}, "BundleError", "no bundle in "),
        ({"THAW_BUNDLE": str(copy)}, "BundleError", "the bundle's file "),
        ({"THAW_BUNDEL": "x"}, "SettingError", "THAW_BUNDEL is not a setting; the settings are THAW_BASE_PATH"),
    ):
        with (
            stage(bundle) as (folder, _),
            pytest.raises(InitError) as caught,
            Runtime(Path(sys.executable), "handler.app.handler", folder, _clean(bundle) | variables),
        ):
            pass
        assert name == caught.value.type
        assert str(caught.value).startswith(reason)
        assert 1 == len(str(caught.value).splitlines())
