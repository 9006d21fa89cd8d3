"""`"stream": true` in a request to `/invocations`: server-sent events in web mode, all of them at once on Lambda."""

import http.client
import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import Service, serving

from handler.core import Core
from handler.message import Request, Response
from handler.settings import Settings

INPUTS = [{"type": "string", "name": "text", "required": True}]
PARAMS = [{"name": "k", "type": "long", "default": 1, "shape": None}]
HELLO = {"word": "hello", "params": {"k": 1}}


@pytest.fixture(scope="module", name="talker")
def _talker(bundle_of: Callable[..., Path]) -> Path:
    """The bundle of `models/talker.py`."""
    return bundle_of("talker", inputs=INPUTS, params=PARAMS)


@pytest.fixture(scope="module", name="core")
def _core(talker: Path) -> Core:
    """Serve it without a platform that streams."""
    return Core(Settings(talker))


@pytest.fixture(scope="module", name="stopped")
def _stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that the model writes when its stream stops."""
    return tmp_path_factory.mktemp("talker") / "stopped"


@pytest.fixture(scope="module", name="service")
def _service(talker: Path, stopped: Path) -> Iterator[Service]:
    """Serve it in web mode."""
    with serving(talker, stopped.with_name("log"), THAW_TIMEOUT="2", TALKER_FILE=str(stopped)) as service:
        yield service


def body(text: str, **more: Any) -> dict[str, Any]:
    """Return a request that asks for a stream."""
    return {"dataframe_records": [{"text": text}], "stream": True, **more}


def ask(core: Core, value: Any, **fields: Any) -> Response:
    """Send a request to `/invocations`."""
    return core.answer(Request("POST", "/invocations", {}, {}, json.dumps(value).encode(), id="an-id", **fields))


def events(raw: bytes) -> list[Any]:
    """Return the values of the events, the last of which is `[DONE]`."""
    *found, end = raw.decode().split("\n\n")
    assert not end
    assert all(event.startswith("data: ") for event in found)
    *values, last = [event.removeprefix("data: ") for event in found]
    assert "[DONE]" == last
    return [json.loads(value) for value in values]


def test_events_are_collected_where_the_platform_does_not_stream(core: Core) -> None:
    """On Lambda, the response has all events, which clients read like a stream."""
    response = ask(core, body("a b", params={"k": 2}))
    assert (200, "text/event-stream; charset=utf-8") == (response.status, response.headers["content-type"])
    assert [HELLO | {"params": {"k": 2}}, {"word": "a"}, {"word": "b"}] == events(response.body)
    assert response.stream is None


@pytest.mark.parametrize("value", [{"stream": False}, {"stream": None}, {"stream": "yes"}, {}])
def test_other_requests_are_answered_whole(value: dict[str, Any], core: Core) -> None:
    """Only `true` asks for a stream."""
    response = ask(core, {"dataframe_records": [{"text": "a"}], **value})
    assert b'{"predictions":["hello a"]}' == response.body


def test_a_model_that_does_not_stream_answers_whole(bundle_of: Callable[..., Path]) -> None:
    """As in `mlflow models serve`, which ignores the field."""
    response = ask(Core(Settings(bundle_of("echo", inputs=INPUTS))), body("a"))
    assert (200, b"predictions") == (response.status, response.body[2:13])


def test_a_stream_is_of_one_row(core: Core) -> None:
    """MLflow's `predict_stream` takes one input."""
    response = ask(core, {"dataframe_records": [{"text": "a"}] * 2, "stream": True})
    assert (400, True) == (response.status, b"expected one row to stream the output of, got 2" in response.body)


def test_an_error_before_the_first_event_is_an_ordinary_response(core: Core) -> None:
    """With its status and MLflow's format, and without the exception's text."""
    response = ask(core, body("fail at once"))
    assert (500, "INTERNAL_ERROR") == (response.status, json.loads(response.body)["error_code"])
    assert b"xyzzy" not in response.body
    assert 400 == ask(core, {"dataframe_records": [{"text": 1}], "stream": True}).status
    assert 504 == ask(core, body("a"), deadline=time.monotonic() - 1).status


def test_an_error_in_a_stream_is_an_event(core: Core) -> None:
    """It is the last one before `[DONE]`, and does not contain the exception's text."""
    found = events(ask(core, body("a fail b")).body)
    assert [HELLO, {"word": "a"}, {"error": "the model failed with ValueError; the log has the details"}] == found


def test_the_deadline_ends_a_stream(core: Core) -> None:
    """It is checked after every event."""
    *words, last = events(ask(core, body("tick " * 50), deadline=time.monotonic() + 0.5).body)
    assert 1 < len(words) < 6
    assert last["error"].startswith("no time is left to predict")


def test_a_request_is_logged_when_its_stream_ends(core: Core, caplog: pytest.LogCaptureFixture) -> None:
    """With the time of the whole stream."""
    with caplog.at_level(logging.INFO, "thaw"):
        response = core.answer(
            Request("POST", "/invocations", {}, {}, json.dumps(body("tick")).encode(), id="an-id"), streams=True
        )
        assert response.stream is not None
        assert "request" not in caplog.text
        assert 3 == len(list(response.stream))
    [line] = [record.getMessage() for record in caplog.records if "route=POST /invocations" in record.getMessage()]
    assert 200 < float(line.split(" ms=")[1].split()[0])


def open_stream(service: Service, text: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    """Send a request for a stream; return the connection and the response without its body."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    connection.request("POST", "/invocations", json.dumps(body(text)).encode(), {"content-type": "application/json"})
    return connection, connection.getresponse()


def test_events_arrive_as_they_are_made(service: Service) -> None:
    """The first event arrives before the second is made."""
    started = time.monotonic()
    connection, response = open_stream(service, "tick tick tick tick")
    try:
        assert ("text/event-stream; charset=utf-8", None) == (
            response.getheader("content-type"),
            response.getheader("content-length"),
        )
        assert f"data: {json.dumps(HELLO, separators=(',', ':'))}\n".encode() == response.readline()
        first = time.monotonic() - started
        assert [{"word": "tick"}] * 4 == events(response.read().removeprefix(b"\n"))
        assert first + 0.5 < time.monotonic() - started
    finally:
        connection.close()


def test_a_client_that_disconnects_stops_the_model(service: Service, stopped: Path) -> None:
    """The model is not asked for another event, and its generator is closed."""
    stopped.unlink(missing_ok=True)
    connection, response = open_stream(service, "tick " * 1000)
    response.readline()
    response.close()
    connection.close()
    end = time.monotonic() + 1.5  # before the service's own time limit
    while not stopped.exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert "stopped" == stopped.read_text()
    assert "error=Disconnected" in service.log


@pytest.mark.parametrize("text", ["tick " * 100, "sleep"])
def test_the_time_limit_ends_a_stream_with_an_event(text: str, service: Service) -> None:
    """Whether the model yields or hangs, the client gets an error event and `[DONE]`."""
    connection, response = open_stream(service, text)
    try:
        *_, last = events(response.read())
    finally:
        connection.close()
    assert "THAW_TIMEOUT" in last["error"] or "no time is left" in last["error"]
    assert 200 == service.ask("GET", "/ping")[0]


def test_other_responses_are_as_before(service: Service) -> None:
    """Requests without a stream have a length; errors before the first event have a status."""
    status, headers, answer = service.ask("POST", "/invocations", {"dataframe_records": [{"text": "a"}]})
    assert (200, b'{"predictions":["hello a"]}') == (status, answer)
    assert str(len(answer)) == headers["content-length"]
    assert 500 == service.ask("POST", "/invocations", body("fail at once"))[0]
