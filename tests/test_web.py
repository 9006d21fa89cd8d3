"""The service under uvicorn: HTTP as clients speak it, many at a time, until it is told to stop."""

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from serving import Service, serving

from local.stage import environment, stage

MAX_BODY = 6_291_556


@pytest.fixture(scope="module")
def service(moody: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serves the model that does what it is told."""
    with serving(moody, tmp_path_factory.mktemp("web") / "log") as one:
        yield one


def test_routes_answer(service: Service) -> None:
    """The same as on Lambda; a query is no part of the path, and percent signs are undone once."""
    assert (200, b'{"message":"Hello Model"}') == (service.ask("GET", "/")[0], service.ask("GET", "/")[2])
    assert b'{"total":7}' == service.ask("GET", "/add/%33/4?x=1")[2]
    assert 422 == service.ask("GET", "/add/%2533/4")[0]
    assert (200, b"\n") == (service.ask("GET", "/ping")[0], service.ask("GET", "/health")[2])
    assert (200, {"prediction": "calm"}) == service.predict({"text": "calm"})
    assert 404 == service.ask("GET", "/nowhere")[0]
    assert 404 == service.ask("GET", "/%ff%00")[0]


def test_methods(service: Service) -> None:
    """HEAD is answered as GET without a body; what a path does not answer is 405 and says what it does."""
    status, headers, body = service.ask("HEAD", "/")
    assert (200, "25", b"") == (status, headers["content-length"], body)
    for method, path, allow in (
        ("GET", "/predict", "OPTIONS, POST"),
        ("PUT", "/ping", "GET, HEAD, OPTIONS"),
        ("PATCH", "/", "GET, HEAD, OPTIONS"),
    ):
        status, headers, body = service.ask(method, path)
        assert (405, allow, dict) == (status, headers["allow"], type(json.loads(body)))


def test_what_curl_sends_by_default_is_json(service: Service) -> None:
    """`curl -d` calls every body a form; other types are refused."""
    assert 200 == service.predict({"text": "calm"}, Content_Type="application/x-www-form-urlencoded")[0]
    assert 415 == service.predict(b"text\ncalm\n", content_type="text/csv")[0]


def test_a_request_id_is_echoed(service: Service) -> None:
    """The caller's own, where it is one; else a new one."""
    assert "abc-1.2:3" == service.ask("GET", "/", X_Request_Id="abc-1.2:3")[1]["x-request-id"]
    for none in ("", "two words", "x" * 129, "é"):
        made = service.ask("GET", "/", x_request_id=none)[1]["x-request-id"]
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made)
    assert len(service.ask("POST", "/predict", {})[1]["x-model-version"]) == 32


def test_bodies_up_to_lambdas_limit_are_taken(service: Service) -> None:
    """A byte more is 413, however it is sent, and the connection's next request is answered."""
    row = json.dumps({"text": ""}).encode()
    fits = row.replace(b'""', b'"%s"' % (b"x" * (MAX_BODY - len(row))))
    assert MAX_BODY == len(fits)
    assert 200 == service.predict(fits)[0]
    assert 413 == service.predict(fits + b" ")[0]
    assert 413 == service.predict(fits * 3)[0]
    status, _, answer = service.ask("POST", "/invocations", fits + b" ")
    assert (413, "BAD_REQUEST") == (status, json.loads(answer)["error_code"])
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    for body, status in ((iter([fits, b"  "]), 413), (iter([b'{"text":', b' "calm"}']), 200)):
        connection.request("POST", "/predict", body, encode_chunked=True, headers={"transfer-encoding": "chunked"})
        response = connection.getresponse()
        assert (status, True) == (response.status, bool(response.read()))
    connection.close()


def test_many_at_a_time_get_their_own_answers(service: Service) -> None:
    """Answers are not mixed up, good and bad ones alike."""

    def ask(number: int) -> bool:
        if number % 5 == 0:
            return service.predict([{"text": "calm"}, {"text": f"raise:{number}"}])[0] == 422
        return service.predict({"text": f"row {number}"}) == (200, {"prediction": f"row {number}"})

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(200)))


def test_health_is_answered_while_predictions_run(service: Service) -> None:
    """However many there are, a health check does not wait for them."""
    with ThreadPoolExecutor(40) as pool:
        slow = [pool.submit(service.predict, {"text": "sleep:0.4"}) for _ in range(40)]
        time.sleep(0.2)
        assert 200 == service.ask("GET", "/ping")[0]
        assert sum(one.done() for one in slow) < 20
        assert {200} == {one.result()[0] for one in slow}


def test_a_caller_who_hangs_up_harms_nobody(service: Service) -> None:
    """Neither in the middle of a body nor before the answer; broken HTTP is the server's own 400."""
    for sent in (
        b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{",
        b'POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 20\r\n\r\n{"text":"sleep:0.1"}',
        b"POST /predict HTTP/1.1\r\ncontent-length: many\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"",
    ):
        with socket.create_connection(("127.0.0.1", service.port)) as connection:
            connection.sendall(sent)
    assert (200, {"prediction": "calm"}) == service.predict({"text": "calm"})
    time.sleep(0.3)
    assert "Traceback" not in service.log


def test_one_line_a_request_is_logged(service: Service) -> None:
    """Route, status and the caller's id are in it, the input is not."""
    service.ask("POST", "/predict", {"text": "xyzzy"}, x_request_id="to-be-found")
    lines = [line for line in service.log.splitlines() if "request_id=to-be-found" in line]
    assert 1 == len(lines)
    assert re.search(
        r" INFO request .* route=POST /predict status=200 rows=1 ms=[\d.]+ cold=False model_version=\w+$", lines[0]
    )
    assert "xyzzy" not in service.log


def test_told_to_stop_it_answers_what_it_has_begun(moody: Path, tmp_path: Path) -> None:
    """SIGTERM ends the service once the prediction under way is answered, without a traceback."""
    with serving(moody, tmp_path / "log") as service, ThreadPoolExecutor(1) as pool:
        slow = pool.submit(service.predict, {"text": "sleep:0.5"})
        time.sleep(0.2)
        service.process.send_signal(signal.SIGTERM)
        assert (200, {"prediction": None}) == slow.result()
        assert service.process.wait(10) in {0, -signal.SIGTERM}
        assert "Traceback" not in service.log


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"THAW_BUNDLE": "none"}, "BundleError: no bundle in none (No such file or directory)"),
        ({"THAW_LOG": "1"}, "SettingError: THAW_LOG is not a setting"),
    ],
)
def test_what_cannot_be_served_ends_it_with_one_line(variables: dict[str, str], line: str, bundle: Path) -> None:
    """The line says why; there is no traceback."""
    with stage(bundle) as (folder, _):
        command = [sys.executable, "-m", "uvicorn", "handler.web:app", "--port", "0"]
        done = subprocess.run(
            command, cwd=folder, env=environment(**variables), capture_output=True, text=True, timeout=60, check=False
        )
    assert 3 == done.returncode  # on which uvicorn starts no other worker
    assert done.stderr.startswith(line)
    assert 1 == len(done.stderr.splitlines())
