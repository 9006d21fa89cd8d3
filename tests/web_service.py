"""Run the web service as images run it, for several test files."""

import http.client
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from local.serve import HOST, find_port
from local.stage import stage

SECONDS = 60


@contextmanager
def started(bundle: Path, log: Path, **variables: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start a service with two workers on a free port."""
    port = find_port(0)
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
    """Return the status and body of a response; retries until the service listens."""
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


def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
