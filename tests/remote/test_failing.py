"""Endpoints that fail, refuse, keep us waiting or say nonsense."""

import json
import socket
import threading
import time
from collections.abc import Callable

import pytest
from answering import Answer, Asked, answering

from handler.backends.remote import retrying
from handler.core import Core
from handler.message import Request, Response

ROW = {"sepal length (cm)": 5.1, "sepal width (cm)": 3.5, "petal length (cm)": 1.4, "petal width (cm)": 0.2}
GOOD = Answer(b'{"predictions": [0]}')


def ask(core: Core, seconds: float | None = None, path: str = "/predict") -> Response:
    """The answer to one row, in so much time."""
    deadline = None if seconds is None else time.monotonic() + seconds
    body = ROW if path == "/predict" else {"dataframe_records": [ROW]}
    headers = {"content-type": "application/json"}
    return core.answer(Request("POST", path, headers, {}, json.dumps(body).encode(), "id", deadline))


def in_turn(*answers: Answer) -> Callable[[Asked], Answer]:
    """One after the other, the last one for ever."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are short here."""
    monkeypatch.setattr(retrying, "_BASE", 0.001)


def test_nothing_is_asked_before_somebody_asks(asking: Callable[[str], Core]) -> None:
    """An endpoint that is not there yet does not keep the handler from starting."""
    core = asking("http://127.0.0.1:9/invocations")
    assert "ready" in core.answer(Request("GET", "/v2/health/ready", {}, {}, b"", "id")).body.decode()
    answer = ask(core)
    assert 502 == answer.status
    assert b"cannot be reached (ConnectionRefusedError)" in answer.body


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(status: int, asking: Callable[[str], Core]) -> None:
    """And answered, once the endpoint answers."""
    with answering(in_turn(Answer(b"", status), GOOD)) as (url, asked):
        answer = ask(asking(url))
    assert (200, 2) == (answer.status, len(asked))


def test_the_endpoint_says_when(asking: Callable[[str], Core]) -> None:
    """It is asked again no sooner."""
    busy = Answer(b"", 429, (("retry-after", "1"),))
    started = time.monotonic()
    with answering(in_turn(busy, GOOD)) as (url, _):
        assert 200 == ask(asking(url)).status
    assert time.monotonic() - started >= 1


def test_it_is_not_asked_for_ever(asking: Callable[[str], Core]) -> None:
    """After four times its error is the answer."""
    with answering(lambda _: Answer(b"", 503)) as (url, asked):
        answer = ask(asking(url))
    assert (502, retrying.TRIES) == (answer.status, len(asked))
    assert b"answers 503" in answer.body


def test_no_time_is_left_to_ask_again(asking: Callable[[str], Core]) -> None:
    """A pause that would end after the deadline is not begun."""
    busy = Answer(b"", 503, (("retry-after", "60"),))
    with answering(lambda _: busy) as (url, asked):
        assert 502 == ask(asking(url), seconds=5).status
    assert 1 == len(asked)


@pytest.mark.parametrize("path", ["/predict", "/invocations"])
def test_a_deadline_is_kept(path: str, asking: Callable[[str], Core]) -> None:
    """An endpoint that does not answer is not waited for longer than the caller waits."""
    with answering(lambda _: time.sleep(1) or GOOD) as (url, _):
        started = time.monotonic()
        answer = ask(asking(url), seconds=0.3, path=path)
        spent = time.monotonic() - started
    assert 504 == answer.status
    assert spent < 0.9


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        (Answer(b'{"message": "no column a\\nTraceback ..."}', 400), 422, "refuses the input: no column a"),
        (Answer(b"<html>", 422), 422, "refuses the input"),
        (Answer(b"", 401), 502, "answers 401: it does not take THAW_TOKEN"),
        (Answer(b"", 404), 502, "answers 404: it has no such path"),
        (Answer(b"no JSON"), 502, "answers with no predictions"),
        (Answer(b'{"outputs": []}'), 502, "answers with no predictions"),
        (Answer(b'{"predictions": [0, 1]}'), 500, "gave 2 answers for 1 rows"),
    ],
)
def test_what_it_says_is_told_without_a_trace(
    given: Answer, status: int, said: str, asking: Callable[[str], Core]
) -> None:
    """The caller hears what is the caller's business."""
    with answering(lambda _: given) as (url, _):
        answer = ask(asking(url))
    assert status == answer.status
    assert said in json.loads(answer.body)["detail"]
    assert "Traceback" not in answer.body.decode()


def test_a_connection_is_kept(asking: Callable[[str], Core]) -> None:
    """Requests one after the other take one connection; where that was closed meanwhile, another."""
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
