"""The web service as an image runs it: workers, a stop that loses nothing, and callers who misbehave."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from handler.server import processors
from local.serve import HOST, free
from local.stage import stage

SECONDS = 30


@contextmanager
def started(bundle: Path, log: Path, **variables: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A service with two workers on a free port."""
    port = free(0)
    with stage(bundle) as (folder, inherited), log.open("wb") as output:
        given = inherited | {"PORT": str(port), "WEB_CONCURRENCY": "2"} | variables
        process = subprocess.Popen(
            [sys.executable, "-m", "handler.server"], cwd=folder, env=given, stdout=output, stderr=output
        )
        try:
            yield process, port
        finally:
            process.terminate()
            try:
                process.wait(SECONDS)
            finally:
                process.kill()


def ask(port: int, method: str = "GET", path: str = "/health", body: bytes | None = None) -> tuple[int, bytes]:
    """Status and body of one answer, asked for until somebody listens."""
    end = time.monotonic() + SECONDS
    while True:
        connection = http.client.HTTPConnection(HOST, port, timeout=SECONDS)
        try:
            connection.request(method, path, body)
            response = connection.getresponse()
            return response.status, response.read()
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        finally:
            connection.close()


def workers(process: subprocess.Popen[bytes]) -> set[int]:
    """The processes that answer."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return {int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()}


def until(condition: Callable[[], bool]) -> None:
    """Wait for what must come."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, 2),
        ({"cpu.max": "max 100000"}, 2),
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu.max": "150000 100000"}, 2),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 2),
        ({"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 1),
    ],
)
def test_workers_are_as_many_as_the_container_has_processors(
    files: dict[str, str], expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In either version of cgroups, and never more than the machine lends this process."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    (tmp_path / "cpu").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(f"{text}\n")
    assert expected == processors(tmp_path)


@pytest.fixture(scope="module")
def service(moody: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Serves the model that does what it is told."""
    with started(moody, tmp_path_factory.mktemp("server") / "log") as one:
        yield one


def test_a_worker_that_dies_is_replaced(service: tuple[subprocess.Popen[bytes], int]) -> None:
    """Others answer meanwhile, and soon there are as many as before."""
    process, port = service
    assert 200 == ask(port)[0]
    before = workers(process)
    assert 2 == len(before)

    os.kill(min(before), signal.SIGKILL)

    assert [200] * 20 == [ask(port)[0] for _ in range(20)]
    until(lambda: len(workers(process)) == 2 and min(before) not in workers(process))
    assert 200 == ask(port, "POST", "/predict", b'{"text": "calm"}')[0]


def test_slow_and_vanished_callers_hold_up_nobody(service: tuple[subprocess.Popen[bytes], int]) -> None:
    """Half a request on a hundred connections, and as many that were dropped, leave others answered."""
    _, port = service
    ask(port)
    head = b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{"
    slow = [socket.create_connection((HOST, port), timeout=SECONDS) for _ in range(100)]
    for number, connection in enumerate(slow):
        connection.sendall(head[: 1 + number % len(head)])
    for _ in range(100):
        with socket.create_connection((HOST, port), timeout=SECONDS) as dropped:
            dropped.sendall(head)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: ask(port, "POST", "/predict", b'{"text": "calm"}')[0], range(50)))
    for connection in slow:
        connection.close()

    assert [200] * 50 == found


def test_a_body_over_the_limit_is_refused_and_the_next_answered(service: tuple[subprocess.Popen[bytes], int]) -> None:
    """413, whichever worker it reaches."""
    _, port = service
    assert [413] * 4 == [ask(port, "POST", "/predict", b" " * 6_291_557)[0] for _ in range(4)]
    assert 200 == ask(port)[0]


def test_a_stop_answers_what_is_under_way(moody: Path, tmp_path: Path) -> None:
    """SIGTERM ends the service once the requests that it has taken are answered."""
    with started(moody, tmp_path / "log") as (process, port), ThreadPoolExecutor(4) as pool:
        ask(port)
        under_way = [pool.submit(ask, port, "POST", "/predict", b'{"text": "sleep:2"}') for _ in range(4)]
        time.sleep(0.5)
        process.terminate()
        assert [200] * 4 == [one.result(SECONDS)[0] for one in under_way]
        assert 0 == process.wait(SECONDS)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((HOST, port), timeout=1)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"PORT": "http"}, "PORT is 'http'; it can be a whole number from 1 on"),
        ({"WEB_CONCURRENCY": "0"}, "WEB_CONCURRENCY is '0'; it can be a whole number from 1 on"),
        ({"THAW_BUNDLE": "nowhere"}, "BundleError: no bundle in nowhere"),
    ],
)
def test_what_cannot_be_served_ends_it(moody: Path, tmp_path: Path, variables: dict[str, str], message: str) -> None:
    """One line says why, and no worker is started again and again."""
    with started(moody, tmp_path / "log", **variables) as (process, _):
        assert process.wait(SECONDS)
    log = (tmp_path / "log").read_text()
    assert message in log
    assert "Traceback" not in log
    assert log.count("BundleError") <= 2
