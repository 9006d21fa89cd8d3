"""`python -m local serve`: the bundle behind uvicorn, on this machine."""

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
    """Serve a bundle until told to stop; print its address and a `curl` line once it answers.

    Args:
        bundle: the folder to serve.
        port: of 127.0.0.1; 0 for any that is free.

    Raises:
        BundleError: there is no bundle in the folder.
        LocalError: the port is taken, or the service did not start or ended by itself.
    """
    for number in _STOPPED_BY:
        signal.signal(number, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        example = bundles.read(bundle).example
        port = free(port)
        with _uvicorn(bundle, port) as server:
            wait(server, port)
            address = f"http://{HOST}:{port}"
            print(f"Serving {bundle} on {address} (Ctrl-C stops it). Try:\n\n  {curl(address, example)}\n", flush=True)
            server.wait()
            raise LocalError("the service ended by itself")


def free(port: int) -> int:
    """The port of 127.0.0.1, or a free one for 0.

    Raises:
        LocalError: it cannot be used.
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
    """The server, in a session of its own so that Ctrl-C reaches it through us, once."""
    command = [str(interpreter(bundle)), "-m", "uvicorn", "handler.web:app"]
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


def wait(server: subprocess.Popen[bytes], port: int) -> None:
    """Return once the server listens.

    Raises:
        LocalError: it ended, or took too long.
    """
    end = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < end:
        if server.poll() is not None:
            raise LocalError("the service ended while it was starting; its last lines above say why")
        # uvicorn listens once the handler has loaded; a request would take the log's `cold` from the first caller.
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.02)
    raise LocalError(f"the service did not answer on port {port} within {_START_TIMEOUT:.0f} seconds")


def curl(address: str, example: bundles.Example | None) -> str:
    """A command for the shell that asks for the example's first row."""
    if example is None:
        return f"curl {address}/health"
    row = json.dumps(example.rows[0], ensure_ascii=False)
    query = f"?{urlencode(example.params, doseq=True)}" if example.params else ""
    return f"curl -d {shlex.quote(row)} {shlex.quote(f'{address}/predict{query}')}"
