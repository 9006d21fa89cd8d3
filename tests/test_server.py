"""The web service as images run it: workers, a failed start, and slow or hostile clients."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from web_service import SECONDS, ask, started, until

from handler.server import processors
from local.serve import HOST


def workers(process: subprocess.Popen[bytes]) -> set[int]:
    """Return the process ids of the workers."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return {int(child) for child in children if b"spawn_main" in command(child)}


def command(process: str) -> bytes:
    """Return the command line of a process; empty if it has ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def seconds_without_worker(process: subprocess.Popen[bytes]) -> float:
    """Kill one of two workers; return the seconds until there are two again."""
    before = workers(process)
    os.kill(min(before), signal.SIGKILL)
    began = time.monotonic()
    until(lambda: len(workers(process)) == 2 and workers(process) != before)
    return time.monotonic() - began


def peak(process: int) -> int:
    """Return the greatest memory that a process has had, in MB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found
    return int(found[1]) // 1024


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
def test_one_worker_per_cpu(
    files: dict[str, str], expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The container's CPU limit counts, in both versions of cgroups, up to this process's CPUs."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    (tmp_path / "cpu").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(f"{text}\n")
    assert expected == processors(tmp_path)


@pytest.fixture(scope="module")
def service(moody: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Serve the model that does what its input says."""
    with started(moody, tmp_path_factory.mktemp("server") / "log") as one:
        yield one


def test_a_worker_that_dies_is_replaced(service: tuple[subprocess.Popen[bytes], int]) -> None:
    """The other one responds meanwhile."""
    process, port = service
    assert 200 == ask(port)[0]
    before = workers(process)
    assert 2 == len(before)

    os.kill(min(before), signal.SIGKILL)

    assert [200] * 20 == [ask(port)[0] for _ in range(20)]
    until(lambda: len(workers(process)) == 2 and min(before) not in workers(process))
    assert 200 == ask(port, "POST", "/predict", b'{"text": "calm"}')[0]


def test_workers_that_die_are_replaced_soon(service: tuple[subprocess.Popen[bytes], int]) -> None:
    """Also one that dies while the service waits for its sign of life, again and again."""
    process, port = service
    ask(port)
    until(lambda: len(workers(process)) == 2)
    for _ in range(10):
        assert seconds_without_worker(process) < 15
    until(lambda: ask(port)[0] == 200)


def test_slow_and_disconnected_clients_block_nobody(service: tuple[subprocess.Popen[bytes], int]) -> None:
    """Half a request on a hundred connections, and a hundred disconnects, do not block other requests."""
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


HALF = b"GET /ping HTTP/1.1\r\nHost: a\r\nX-Half: "


def test_half_sent_headers_do_not_block_health_checks(service: tuple[subprocess.Popen[bytes], int]) -> None:
    """Of 2,500 connections with half a header, the oldest are closed; a health check takes less than a second."""
    _, port = service
    ask(port)
    with ExitStack() as stack:
        for _ in range(2_500):
            half = stack.enter_context(socket.create_connection((HOST, port), timeout=SECONDS))
            half.sendall(HALF)
        seconds = []
        for _ in range(20):
            began = time.monotonic()
            assert 200 == ask(port)[0]
            seconds.append(time.monotonic() - began)
        assert sorted(seconds)[-2] < 1  # one may wait until the service has accepted the 2,500


def test_half_a_header_is_not_waited_for(moody: Path, tmp_path: Path) -> None:
    """A client has 10 seconds for a header, on a new connection or a used one."""
    with started(moody, tmp_path / "log") as (_, port):
        ask(port)
        with (
            socket.create_connection((HOST, port), timeout=SECONDS) as new,
            socket.create_connection((HOST, port), timeout=SECONDS) as used,
        ):
            used.sendall(b"GET /ping HTTP/1.1\r\nHost: a\r\n\r\n")
            response = b""
            while not response.endswith(b"\r\n\r\n\n"):
                response += used.recv(65_536)
            began = time.monotonic()
            for half in (new, used):
                half.sendall(HALF)
            for half in (new, used):
                with suppress(ConnectionResetError):
                    assert b"" == half.recv(1)
            assert 5 < time.monotonic() - began < 30


@pytest.mark.parametrize(
    "sent",
    [
        HALF + b"x" * 154_000_000,
        HALF + b"\r\n".join(b"A%d: %s" % (number, b"x" * 1_000) for number in range(1_000)),
        b"GET /" + b"x" * 1_000_000,
        b"POST /predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + b"x" * 1_000_000,
        b"POST /predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * 1_000_000,
    ],
    ids=["one header", "many headers", "path", "trailer", "chunk extension"],
)
def test_large_headers_are_rejected(sent: bytes, service: tuple[subprocess.Popen[bytes], int]) -> None:
    """After 64 kB the response is 431 and the connection is closed."""
    _, port = service
    ask(port)
    response = b""
    with socket.create_connection((HOST, port), timeout=SECONDS) as connection:
        with suppress(ConnectionError):
            connection.sendall(sent)
        with suppress(ConnectionError):
            response = connection.recv(65_536)
    assert response[:13] in {b"", b"HTTP/1.1 431 "}
    assert max(peak(worker) for worker in workers(service[0])) < 400
    assert 200 == ask(port)[0]


def test_headers_up_to_64_kb_are_accepted(service: tuple[subprocess.Popen[bytes], int]) -> None:
    """Cookies and tokens may be large; a header over the limit in one packet gets 431."""
    _, port = service
    ask(port)
    for size, status in ((60_000, b"200"), (70_000, b"431")):
        with socket.create_connection((HOST, port), timeout=SECONDS) as connection:
            connection.sendall(HALF + b"x" * size + b"\r\n\r\n")
            assert b"HTTP/1.1 " + status == connection.recv(65_536)[:12]


def test_a_body_over_the_limit_is_rejected(service: tuple[subprocess.Popen[bytes], int]) -> None:
    """It gets 413, and the next request succeeds."""
    _, port = service
    assert [413] * 4 == [ask(port, "POST", "/predict", b" " * 6_291_557)[0] for _ in range(4)]
    assert 200 == ask(port)[0]


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"PORT": "http"}, "PORT is 'http'; expected a whole number from 1"),
        ({"WEB_CONCURRENCY": "0"}, "WEB_CONCURRENCY is '0'; expected a whole number from 1"),
        ({"THAW_BUNDLE": "nowhere"}, "BundleError: no bundle in nowhere"),
    ],
)
def test_a_failed_start_ends_the_service(moody: Path, tmp_path: Path, variables: dict[str, str], message: str) -> None:
    """One line says why, and workers are not restarted."""
    with started(moody, tmp_path / "log", **variables) as (process, _):
        assert process.wait(SECONDS)
    log = (tmp_path / "log").read_text()
    assert message in log
    assert "Traceback" not in log
    assert log.count("BundleError") <= 2
