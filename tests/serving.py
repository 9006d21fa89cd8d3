"""Run the service under uvicorn, for several test files."""

import http.client
import json
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.stage import stage


class Service:
    """A running uvicorn, its port and its output."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log
        self.port = self._wait()

    def _wait(self) -> int:
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None:
            if found := re.search(r"running on http://127.0.0.1:(\d+)", self.log):
                return int(found[1])
            time.sleep(0.05)
        raise AssertionError(self.log)

    @property
    def log(self) -> str:
        """Return standard output and standard error so far."""
        return self._log.read_text(errors="replace")

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Send a request; return status, headers and body. Underscores in header names stand for hyphens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
            connection.request(method, path, raw, {name.replace("_", "-"): text for name, text in headers.items()})
            response = connection.getresponse()
            return response.status, {name.lower(): text for name, text in response.getheaders()}, response.read()
        finally:
            connection.close()

    def predict(self, body: Any, **headers: str) -> tuple[int, Any]:
        """Send `POST /predict`; return the status and the decoded body."""
        status, _, answer = self.ask("POST", "/predict", body, **headers)
        return status, json.loads(answer)


@contextmanager
def serving(bundle: Path, log: Path, **settings: str) -> Iterator[Service]:
    """Run a service on a free port, with more settings, until the block ends."""
    command = [sys.executable, "-m", "uvicorn", "handler.web:app", "--port", "0"]
    command += ["--http", "handler.limits.connections:LimitedProtocol"]
    with stage(bundle) as (folder, variables), log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=variables | settings, stdout=output, stderr=output)
        try:
            yield Service(process, log)
        finally:
            process.kill()
            process.wait()


def free_port() -> int:
    """Return a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def wait_until_ready(url: str, server: "subprocess.Popen[bytes]") -> None:
    """Wait for a server that is starting."""
    for _ in range(1800):
        assert server.poll() is None
        try:
            with urllib.request.urlopen(url):  # noqa: S310 - our own
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not respond")
