"""Endpoints that fail, reject input, time out or respond with invalid JSON."""

import json
import socket
import threading
import time
from collections.abc import Callable

import pytest
from answering import Answer, Received, answering

from handler.backends.remote import retrying
from handler.core import Core
from handler.message import Request, Response

ROW = {"sepal length (cm)": 5.1, "sepal width (cm)": 3.5, "petal length (cm)": 1.4, "petal width (cm)": 0.2}
GOOD = Answer(b'{"predictions": [0]}')


def ask(core: Core, seconds: float | None = None, path: str = "/predict") -> Response:
    """Return the response to a request with one row and a timeout in seconds."""
    deadline = None if seconds is None else time.monotonic() + seconds
    body = ROW if path == "/predict" else {"dataframe_records": [ROW]}
    headers = {"content-type": "application/json"}
    return core.answer(Request("POST", path, headers, {}, json.dumps(body).encode(), id="id", deadline=deadline))


def in_turn(*answers: Answer) -> Callable[[Received], Answer]:
    """Respond with each in turn, and with the last one from then on."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the pauses between retries."""
    monkeypatch.setattr(retrying, "_BASE", 0.001)


def test_the_endpoint_is_called_only_for_predictions(asking: Callable[[str], Core]) -> None:
    """The handler starts and is ready while the endpoint is down."""
    core = asking("http://127.0.0.1:9/invocations")
    assert "ready" in core.answer(Request("GET", "/v2/health/ready", {}, {}, b"", id="id")).body.decode()
    answer = ask(core)
    assert 502 == answer.status
    assert b"cannot be reached (ConnectionRefusedError)" in answer.body


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_transient_failures_are_retried(status: int, asking: Callable[[str], Core]) -> None:
    """The second response counts."""
    with answering(in_turn(Answer(b"", status), GOOD)) as (url, asked):
        answer = ask(asking(url))
    assert (200, 2) == (answer.status, len(asked))


def test_retry_after_is_respected(asking: Callable[[str], Core]) -> None:
    """The retry comes no sooner."""
    busy = Answer(b"", 429, (("retry-after", "1"),))
    started = time.monotonic()
    with answering(in_turn(busy, GOOD)) as (url, _):
        assert 200 == ask(asking(url)).status
    assert time.monotonic() - started >= 1


def test_retries_are_limited(asking: Callable[[str], Core]) -> None:
    """After four attempts the endpoint's error is the response."""
    with answering(lambda _: Answer(b"", 503)) as (url, asked):
        answer = ask(asking(url))
    assert (502, retrying.TRIES) == (answer.status, len(asked))
    assert b"responds with 503" in answer.body


def test_no_retry_after_the_deadline(asking: Callable[[str], Core]) -> None:
    """A pause that would end after the deadline does not start."""
    busy = Answer(b"", 503, (("retry-after", "60"),))
    with answering(lambda _: busy) as (url, asked):
        assert 502 == ask(asking(url), seconds=5).status
    assert 1 == len(asked)


@pytest.mark.parametrize("path", ["/predict", "/invocations"])
def test_a_deadline_is_kept(path: str, asking: Callable[[str], Core]) -> None:
    """A request times out at its deadline while the endpoint is silent."""

    def silent(_: Received) -> Answer:
        time.sleep(1)
        return GOOD

    with answering(silent) as (url, _):
        started = time.monotonic()
        answer = ask(asking(url), seconds=0.3, path=path)
        spent = time.monotonic() - started
    assert 504 == answer.status
    assert spent < 0.9


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        (Answer(b'{"message": "no column a\\nTraceback ..."}', 400), 422, "rejects the input: no column a"),
        (Answer(b"<html>", 422), 422, "rejects the input"),
        (Answer(b"", 401), 502, "responds with 401: it rejects the token in THAW_TOKEN"),
        (Answer(b"", 404), 502, "responds with 404: it does not have this path"),
        (Answer(b"no JSON"), 502, "responds without `predictions`"),
        (Answer(b'{"outputs": []}'), 502, "responds without `predictions`"),
    ],
)
def test_its_errors_are_passed_on_without_a_stack_trace(
    given: Answer, status: int, said: str, asking: Callable[[str], Core]
) -> None:
    """Only the first line of its message reaches the caller."""
    with answering(lambda _: given) as (url, _):
        answer = ask(asking(url))
    assert status == answer.status
    assert said in json.loads(answer.body)["detail"]
    assert "Traceback" not in answer.body.decode()


def test_an_output_that_is_not_one_value_per_row_is_passed_on(asking: Callable[[str], Core]) -> None:
    """A forecast behind an endpoint has as many rows as its horizon."""
    with answering(lambda _: Answer(b'{"predictions": [0, 1]}')) as (url, _):
        answer = ask(asking(url))
    assert (200, {"predictions": [0, 1]}) == (answer.status, json.loads(answer.body))


def test_connections_are_reused(asking: Callable[[str], Core]) -> None:
    """Consecutive requests share a connection; after the host closes it, the next request opens another."""
    opened = []

    def serve(listening: socket.socket) -> None:
        for requests in (2, 1):
            connection, _ = listening.accept()
            opened.append(requests)
            with connection:
                for _ in range(requests):
                    received = b""
                    while b"]]}}" not in received:
                        received += connection.recv(65536)
                    body = b'{"predictions":[0]}'
                    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        core = asking(f"http://127.0.0.1:{listening.getsockname()[1]}/invocations")
        assert [200] * 3 == [ask(core, seconds=10).status for _ in range(3)]
        thread.join()
    assert [2, 1] == opened
