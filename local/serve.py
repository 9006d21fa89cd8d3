"""`python -m local serve`: serve a bundle with uvicorn on this machine."""

import json
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode

from handler import bundle as bundles
from local.errors import LocalError
from local.stage import interpreter, stage

HOST = "127.0.0.1"

_STOPPED_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_START_TIMEOUT = 120.0  # seconds: a large model on a slow disk
_STOP_TIMEOUT = 10.0


def serve(bundle: Path, port: int) -> None:
    """Serve a bundle until a signal arrives; print its address and a `curl` command once it is up.

    Args:
        bundle: directory of the bundle.
        port: port on 127.0.0.1; 0 for a free one.

    Raises:
        BundleError: the directory holds no bundle.
        LocalError: the port is in use, or the service did not start or exited.
    """
    for number in _STOPPED_BY:
        signal.signal(number, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        example = bundles.read_manifest(bundle).example
        port = find_port(port)
        with _uvicorn(bundle, port) as server:
            wait_until_listening(server, port)
            address = f"http://{HOST}:{port}"
            print(f"Serving {bundle} on {address} (Ctrl-C stops it). Try:\n\n  {curl(address, example)}\n", flush=True)
            server.wait()
            raise LocalError("the service exited")


def find_port(port: int) -> int:
    """Return the port if it can be used on 127.0.0.1; for 0, return a free one.

    Raises:
        LocalError: the port cannot be used.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise LocalError(f"port {port} cannot be used: {error.strerror}; choose another with --port") from None
        return int(probe.getsockname()[1])


@contextmanager
def _uvicorn(bundle: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run the server in a session of its own, so that Ctrl-C reaches it only through this process."""
    command = [str(interpreter(bundle)), "-m", "uvicorn", "handler.web:app"]
    command += ["--http", "handler.limits.connections:LimitedProtocol"]
    command += ["--host", HOST, "--port", str(port), "--log-level", "warning", "--no-access-log"]
    with stage(bundle) as (folder, variables):
        server = subprocess.Popen(command, cwd=folder, env=variables, start_new_session=True)
        try:
            yield server
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            server.terminate()
            try:
                server.wait(_STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def wait_until_listening(server: subprocess.Popen[bytes], port: int) -> None:
    """Return once the server listens.

    Raises:
        LocalError: the server exited, or took too long.
    """
    end = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < end:
        if server.poll() is not None:
            raise LocalError("the service exited at startup: see its last lines above")
        # A connection is enough, since uvicorn listens after loading; a request would use up the log's `cold`.
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.02)
    raise LocalError(f"the service did not listen on port {port} within {_START_TIMEOUT:.0f} seconds")


def curl(address: str, example: bundles.Example | None) -> str:
    """Return a shell command that requests a prediction of the example's first row."""
    if example is None:
        return f"curl {address}/health"
    row = json.dumps(example.rows[0], ensure_ascii=False)
    query = f"?{urlencode(example.params, doseq=True)}" if example.params else ""
    return f"curl -d {shlex.quote(row)} {shlex.quote(f'{address}/predict{query}')}"
