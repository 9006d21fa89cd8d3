"""Attack a started web service over loopback, and measure its health checks and memory meanwhile."""

import gzip
import http.client
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from bench.measure import ProgramError
from local.serve import HOST, find_port, wait_until_listening
from local.stage import stage

WORKERS = 2
HALF = b"POST /predict HTTP/1.1\r\nHost: a\r\nX-Half: "
BODY = b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n["
BURST = 2_500
TIMEOUT = 8
"""Seconds in THAW_TIMEOUT."""

MEMORIES = (1_024, 6_144)
"""Settings of the memory of both workers together, in MB: with the larger one, bodies of 16 MB are decoded."""

PATIENCE = 10
"""Seconds after which the service has closed a connection whose client sends nothing."""

SLOW = 1.0
"""Seconds from which on a health check counts as blocked."""


class Service(NamedTuple):
    """A running service, and the memory in MB that each of its workers may use."""

    process: subprocess.Popen[bytes]
    port: int
    memory: int

    def workers(self) -> list[int]:
        """Return the process ids of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]

    def peak(self) -> int:
        """Return the greatest memory that a worker has had, in MB."""
        peaks = [re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{worker}/status").read_text()) for worker in self.workers()]
        return max((int(peak[1]) // 1024 for peak in peaks if peak), default=0)

    def ask(self, path: str = "/health", body: bytes | None = None, **headers: str) -> int:
        """Return the status of a response; 0 without one."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=40)
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request("GET" if body is None else "POST", path, body, names)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            return 0
        else:
            return response.status
        finally:
            connection.close()


class Figures(NamedTuple):
    """The effect of an attack.

    Attributes:
        sent: requests or connections of the attack.
        lost: requests of others without a response.
        blocked: health checks that took SLOW seconds or more.
        left: connections of the attack that are open 12 seconds later.
        failed: responses with a status of 500 or more.
        peak: greatest memory of a worker so far, in MB.
        slowest: the slowest health check, in seconds.
    """

    sent: int
    lost: int
    blocked: int
    left: int
    failed: int
    peak: int
    slowest: float


@contextmanager
def started(bundle: Path, memory: int) -> Iterator[Service]:
    """Start the service as an image does, with two workers; stop it and all of its workers.

    Args:
        bundle: the bundle to serve.
        memory: memory setting in MB, which the workers share.
    """
    port = find_port(0)
    with stage(bundle) as (folder, variables), tempfile.TemporaryFile() as log:
        given = variables | {"PORT": str(port), "WEB_CONCURRENCY": str(WORKERS), "THAW_TIMEOUT": str(TIMEOUT)}
        given["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = str(memory)  # without a container, the only limit there is
        process = subprocess.Popen(
            [sys.executable, "-m", "handler.server"], cwd=folder, env=given, stdout=log, stderr=log
        )
        try:
            wait_until_listening(process, port)
            yield Service(process, port, memory // WORKERS)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def checked(service: Service, seconds: list[float], statuses: list[int]) -> Iterator[None]:
    """Ask for health all the time while the block runs."""
    stop = threading.Event()

    def check() -> None:
        while not stop.wait(0.05):
            began = time.monotonic()
            statuses.append(service.ask())
            seconds.append(time.monotonic() - began)

    thread = threading.Thread(target=check)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def attack(service: Service, name: str) -> Figures:
    """Run one attack and return its figures."""
    seconds: list[float] = []
    statuses: list[int] = []
    with checked(service, seconds, statuses):
        sent, answers, left = ATTACKS[name](service)
    every = [*statuses, *answers]
    return Figures(
        sent,
        lost=statuses.count(0),
        blocked=sum(second >= SLOW for second in seconds),
        left=left,
        failed=sum(status >= 500 and status not in {503, 504} for status in every),  # noqa: PLR2004 - refused in time
        peak=service.peak(),
        slowest=round(max(seconds, default=0.0), 2),
    )


Attack = Callable[[Service], tuple[int, list[int], int]]
"""Returns how many were sent, the statuses of their responses, and how many connections were left open."""


def _unfinished(sent: bytes) -> Attack:
    def run(service: Service) -> tuple[int, list[int], int]:
        with ExitStack() as stack:
            opened: list[socket.socket] = []
            end = time.monotonic() + PATIENCE
            while len(opened) < BURST and time.monotonic() < end:
                connection = stack.enter_context(socket.create_connection((HOST, service.port), timeout=5))
                with suppress(OSError):
                    connection.sendall(sent)
                opened.append(connection)
            time.sleep(PATIENCE + 2)
            return len(opened), [], sum(map(_is_open, opened))

    return run


def _is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        while connection.recv(65_536):
            pass
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def _large_headers(service: Service) -> tuple[int, list[int], int]:
    part = b"x" * 65_536
    for _ in range(8):
        with suppress(OSError), socket.create_connection((HOST, service.port), timeout=5) as connection:
            connection.sendall(HALF)
            for _ in range(2_350):
                connection.sendall(part)
    return 8, [], 0


def _bodies(bodies: list[tuple[str, bytes, dict[str, str]]], times: int) -> Attack:
    def run(service: Service) -> tuple[int, list[int], int]:
        with ThreadPoolExecutor(8) as pool:
            sent = [pool.submit(service.ask, path, body, **headers) for path, body, headers in bodies * times]
            return len(sent), [one.result() for one in sent], 0

    return run


_CSV = {"content_type": "text/csv"}
_JSON = {"content_type": "application/json"}
_GZIP = {"content_encoding": "gzip"}


def _packed() -> list[tuple[str, bytes, dict[str, str]]]:
    """Return small bodies that are large once they are decompressed."""
    rows = json.dumps({"dataframe_split": {"data": []}})[:-3].encode() + b'[""],' * 3_000_000 + b'[""]]}}'
    return [
        ("/invocations", gzip.compress(b"text\n" + b"0\n" * 8_000_000), _CSV | _GZIP),
        ("/invocations", gzip.compress(rows), _JSON | _GZIP),
        ("/predict", gzip.compress(b"[" + b"{}," * 5_000_000 + b"{}]"), _JSON | _GZIP),
        ("/predict", gzip.compress(bytes(300_000_000)), _JSON | _GZIP),
        ("/predict", gzip.compress(b"[" * 16_000_000), _JSON | _GZIP),
    ]


def _many_rows() -> list[tuple[str, bytes, dict[str, str]]]:
    return [("/invocations", b"text\n" + b"0\n" * 3_000_000, _CSV), ("/predict", b"[" * 6_000_000, _JSON)]


def _killed_worker(service: Service) -> tuple[int, list[int], int]:
    """Kill a worker; connections that are made later find the other one, or its successor."""
    os.kill(service.workers()[0], signal.SIGKILL)
    time.sleep(5)
    return 1, [], 0


ATTACKS: dict[str, Attack] = {
    "half-sent headers": _unfinished(HALF),
    "half-sent bodies": _unfinished(BODY),
    "silent connections": _unfinished(b""),
    "headers of 154 MB": _large_headers,
    "packed bodies": _bodies(_packed(), 4),
    "bodies of many rows": _bodies(_many_rows(), 4),
    "killed worker": _killed_worker,
}


def raise_file_limit() -> None:
    """Allow this process the connections of an attack.

    Raises:
        ProgramError: the system does not.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < BURST + 200:
        raise ProgramError(f"the limit of open files is {hard}; {BURST + 200} are needed: ulimit -n")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
