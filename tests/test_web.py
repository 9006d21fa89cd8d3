"""The service under uvicorn: HTTP requests, many at a time, until SIGTERM."""

import gzip
import http.client
import json
import os
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
    """Serve the model that does what its input says."""
    with serving(moody, tmp_path_factory.mktemp("web") / "log") as one:
        yield one


def test_routes(service: Service) -> None:
    """Routes are those of Lambda; the query is not part of the path, which is decoded once."""
    assert (200, b'{"message":"Hello Model"}') == (service.ask("GET", "/")[0], service.ask("GET", "/")[2])
    assert b'{"total":7}' == service.ask("GET", "/add/%33/4?x=1")[2]
    assert 422 == service.ask("GET", "/add/%2533/4")[0]
    assert (200, b"\n") == (service.ask("GET", "/ping")[0], service.ask("GET", "/health")[2])
    assert (200, {"prediction": "calm"}) == service.predict({"text": "calm"})
    assert 404 == service.ask("GET", "/nowhere")[0]
    assert 404 == service.ask("GET", "/%ff%00")[0]


def test_a_base_path_precedes_the_routes(moody: Path, tmp_path: Path) -> None:
    """`THAW_BASE_PATH` is the path that a load balancer or an ingress passes on; the page's links are relative."""
    with serving(moody, tmp_path / "log", THAW_BASE_PATH="/ml") as service:
        assert 200 == service.ask("POST", "/ml/predict", {"text": "calm"})[0]
        assert [200, 200] == [service.ask("GET", path)[0] for path in ("/ping", "/ml/docs/docs.css")]
        assert b'href="docs/docs.css"' in service.ask("GET", "/ml/docs")[2]
        assert "." == json.loads(service.ask("GET", "/ml/openapi.json")[2])["servers"][0]["url"]


def test_methods(service: Service) -> None:
    """HEAD responds as GET without a body; other methods get 405 and the list of allowed ones."""
    status, headers, body = service.ask("HEAD", "/")
    assert (200, "25", b"") == (status, headers["content-length"], body)
    for method, path, allow in (
        ("GET", "/predict", "OPTIONS, POST"),
        ("PUT", "/ping", "GET, HEAD, OPTIONS"),
        ("PATCH", "/", "GET, HEAD, OPTIONS"),
    ):
        status, headers, body = service.ask(method, path)
        assert (405, allow, dict) == (status, headers["allow"], type(json.loads(body)))


def test_curls_default_content_type_is_json(service: Service) -> None:
    """`curl -d` declares every body a form; other types are rejected."""
    assert 200 == service.predict({"text": "calm"}, Content_Type="application/x-www-form-urlencoded")[0]
    assert 415 == service.predict(b"text\ncalm\n", content_type="text/csv")[0]


def test_a_request_id_is_echoed(service: Service) -> None:
    """A valid id of the client is returned, otherwise a new one."""
    assert "abc-1.2:3" == service.ask("GET", "/", X_Request_Id="abc-1.2:3")[1]["x-request-id"]
    for none in ("", "two words", "x" * 129, "é"):
        made = service.ask("GET", "/", x_request_id=none)[1]["x-request-id"]
        assert re.fullmatch(r"[0-9a-f]{32}", made)
    assert len(service.ask("POST", "/predict", {})[1]["x-model-version"]) == 32


def test_bodies_up_to_lambdas_limit(service: Service) -> None:
    """One byte more gets 413, with any framing, and the connection stays usable."""
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


def test_concurrent_requests_get_their_own_responses(service: Service) -> None:
    """Responses and errors are not mixed up."""

    def ask(number: int) -> bool:
        if number % 5 == 0:
            return service.predict([{"text": "calm"}, {"text": f"raise:{number}"}])[0] == 422
        return service.predict({"text": f"row {number}"}) == (200, {"prediction": f"row {number}"})

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(200)))


def test_health_responds_during_predictions(service: Service) -> None:
    """A health check does not wait for 40 slow predictions."""
    with ThreadPoolExecutor(40) as pool:
        slow = [pool.submit(service.predict, {"text": "sleep:0.4"}) for _ in range(40)]
        time.sleep(0.2)
        assert 200 == service.ask("GET", "/ping")[0]
        assert sum(one.done() for one in slow) < 20
        assert {200} == {one.result()[0] for one in slow}


def test_clients_may_disconnect(service: Service) -> None:
    """Other requests succeed after disconnects in a body or before a response, and after invalid HTTP."""
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


def test_each_request_is_logged_in_one_line(service: Service) -> None:
    """It has the route, the status and the client's request id, but not the input."""
    service.ask("POST", "/predict", {"text": "xyzzy"}, x_request_id="to-be-found")
    lines = [line for line in service.log.splitlines() if "request_id=to-be-found" in line]
    assert 1 == len(lines)
    assert re.search(
        r" INFO request .* route=POST /predict status=200 rows=1 ms=[\d.]+ cold=False model_version=\w+$", lines[0]
    )
    assert "xyzzy" not in service.log


def test_sigterm_completes_requests_in_flight(moody: Path, tmp_path: Path) -> None:
    """The service exits after the response, without a traceback."""
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
def test_a_failed_start_is_one_line(variables: dict[str, str], line: str, bundle: Path) -> None:
    """The exit code is 3, and the log says why without a traceback."""
    with stage(bundle) as (folder, _):
        command = [sys.executable, "-m", "uvicorn", "handler.web:app", "--port", "0"]
        done = subprocess.run(
            command, cwd=folder, env=environment(**variables), capture_output=True, text=True, timeout=60, check=False
        )
    assert 3 == done.returncode  # on which uvicorn does not start another worker
    assert 1 == done.stderr.count(line)
    assert "Traceback" not in done.stderr


def test_the_deadline_of_a_request(moody: Path, tmp_path: Path) -> None:
    """A prediction that takes longer than THAW_TIMEOUT gets 504, as does a body that does not arrive."""
    with serving(moody, tmp_path / "log", THAW_TIMEOUT="0.5") as service:
        started = time.monotonic()
        status, problem = service.predict({"text": "sleep:3"})
        assert 504 == status
        assert "no response within 0.5 seconds" in problem["detail"]
        assert time.monotonic() - started < 2
        with socket.create_connection(("127.0.0.1", service.port), timeout=5) as connection:
            connection.sendall(b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{")
            response = b"".join(iter(lambda: connection.recv(65536), b""))  # until the service closes it
        assert response.startswith(b"HTTP/1.1 504 ")
        assert (200, {"prediction": "calm"}) == service.predict({"text": "calm"})


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("text/csv", b"text\n" + b"0\n" * 8_000_000),
        ("text/csv", b"text\n" + b"0\n" * 4_000_000),
        ("application/json", b'{"dataframe_split":{"data":[' + b'[""],' * 3_000_000 + b'[""]]}}'),
        ("application/json", b'{"dataframe_split":{"data":[' + b"[]," * 2_700_000 + b"[]]}}"),
    ],
    ids=["csv over the limit", "csv", "json over the limit", "json"],
)
def test_a_small_body_of_many_rows_is_rejected(media: str, body: bytes, bundle: Path, tmp_path: Path) -> None:
    """Millions of rows in some kB of gzip get 413 before they are predicted, and block no health check meanwhile."""
    packed = gzip.compress(body)
    with serving(bundle, tmp_path / "log") as service, ThreadPoolExecutor(5) as pool:
        before = peak(service.process.pid)
        attacks = [
            pool.submit(service.ask, "POST", "/invocations", packed, content_type=media, content_encoding="gzip")
            for _ in range(4)
        ]
        while not all(attack.done() for attack in attacks):
            used = cpu_seconds(service.process.pid)
            assert 200 == service.ask("GET", "/ping")[0]
            assert cpu_seconds(service.process.pid) - used < 5  # all that the health check has waited for
            time.sleep(0.05)
        for attack in attacks:
            status = attack.result()[0]
            assert 413 == status
        assert peak(service.process.pid) - before < 1_024
        assert 200 == service.predict({"text": "calm"})[0]


def test_a_body_that_needs_too_much_memory_is_rejected(bundle: Path, tmp_path: Path) -> None:
    """A worker with 512 MB takes bodies of 2.6 MB, whatever rows they hold."""
    with serving(bundle, tmp_path / "log", AWS_LAMBDA_FUNCTION_MEMORY_SIZE="512") as service:
        assert 200 == service.predict({"text": "x" * 2_000_000})[0]
        status, problem = service.predict({"text": "x" * 3_000_000})
        assert 413 == status
        assert "give the service more memory" in problem["detail"]
        for body in (b"0\n" * 1_300_000, b"0\n" * 3_000_000):
            assert 413 == service.ask("POST", "/invocations", b"text\n" + body, content_type="text/csv")[0]
        assert peak(service.process.pid) < 512


def cpu_seconds(process: int) -> float:
    """Return the CPU time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def peak(process: int) -> int:
    """Return the greatest memory that a process has had, in MB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found
    return int(found[1]) // 1024
