"""Measure rows per second by request size: Lambda handlers behind the Runtime API, services over HTTP."""

import http.client
import json
import math
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench.measure import ProgramError, request
from local.runtime_api import Runtime
from local.serve import HOST, find_port, wait_until_listening

SIZES = (1, 10, 1000, 10_000)
"""Rows per request."""

_TURNS = 3
_TURN = 0.25  # seconds
_SLOW = 2.0  # seconds; a request that takes longer is sent once only
_COMPARED = 1000  # rows of the request whose predictions are compared
_TOLERANCE = 1e-9

Send = Callable[[bytes], tuple[bytes, float]]
Body = Callable[[list[dict[str, Any]]], bytes]


class RunningProgram(NamedTuple):
    """A program that is running.

    Attributes:
        body: encodes rows as the program expects them.
        send: sends such a body; returns the response and the seconds it took.
    """

    body: Body
    send: Send


class Rates(NamedTuple):
    """The results of one program.

    Attributes:
        rows: rows per second by size in `SIZES`.
        different: of the rows in a request of 1,000, those whose prediction differs from the first program's.
        difference: the greatest numeric difference among those.
    """

    rows: dict[int, float]
    different: int
    difference: float


def measure(
    programs: Mapping[str, Callable[[], AbstractContextManager[RunningProgram]]],
    rows: list[dict[str, Any]],
    done: Callable[[], object] = lambda: None,
) -> tuple[dict[str, Rates], dict[str, str]]:
    """Start all programs, then send requests in turns of a quarter of a second, three turns for each size.

    Args:
        programs: functions that start a program, by name; the first one is the reference.
        rows: at least as many rows as the largest of `SIZES`.
        done: called after each size.

    Returns:
        The results by program, and the error messages of programs that failed or returned fewer predictions.

    Raises:
        InitError, LocalError: a program did not load.
    """
    with ExitStack() as stack:
        running = {name: stack.enter_context(start()) for name, start in programs.items()}
        rates: dict[str, dict[int, float]] = {name: {} for name in programs}
        answers: dict[str, list[Any]] = {}
        failed: dict[str, str] = {}
        for size in SIZES:
            bodies = {name: program.body(rows[:size]) for name, program in running.items()}
            seconds: dict[str, list[float]] = {}
            for name in list(running):
                try:
                    response, first = running[name].send(bodies[name])
                    predictions = _decode(name, response, size)
                except ProgramError as error:
                    failed[name] = str(error)
                    del running[name]
                    continue
                seconds[name] = [first] if first > _SLOW else []
                answers |= {name: predictions} if size == _COMPARED else {}
            for _ in range(_TURNS):
                for name in (name for name in running if not max(seconds[name], default=0) > _SLOW):
                    seconds[name] += _turn(running[name].send, bodies[name])
            for name in running:
                rates[name][size] = size / statistics.median(seconds[name])
            done()
        reference = next(iter(answers.values()), [])
        return {name: Rates(rates[name], *_compare(reference, answers[name])) for name in running}, failed


def _decode(name: str, response: bytes, size: int) -> list[Any]:
    predictions = to_values(json.loads(response))
    if len(predictions) != size:
        raise ProgramError(f"{name} returned {len(predictions)} predictions for {size:,} rows")
    return predictions


def to_values(response: Any) -> list[Any]:
    """Return the predictions in a program's response, one value per row."""
    predictions = response["predictions"] if isinstance(response, dict) and "predictions" in response else response
    rows = predictions if isinstance(predictions, list) else [predictions]
    return [next(iter(row.values())) if isinstance(row, dict) and len(row) == 1 else row for row in rows]


@contextmanager
def handler(name: str, make: Callable[[], Runtime], event: dict[str, Any]) -> Iterator[RunningProgram]:
    """Run a Lambda handler and send it HTTP API events."""
    with make() as runtime:

        def invoke(body: bytes) -> tuple[bytes, float]:
            answer = request(name, runtime, body)
            return answer.value["body"].encode(), answer.milliseconds / 1000

        yield RunningProgram(lambda rows: json.dumps(event | {"body": json.dumps(rows)}).encode(), invoke)


@contextmanager
def service(
    name: str, python: Path, entry: str, folder: Path, variables: Mapping[str, str]
) -> Iterator[RunningProgram]:
    """Run an ASGI application under uvicorn with one worker; send MLflow's requests over one connection."""
    port = find_port(0)
    command = [str(python), "-m", "uvicorn", entry, "--host", HOST, "--port", str(port), "--log-level", "warning"]
    command += ["--timeout-keep-alive", "600"]  # idle during the others' turns
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            command, cwd=folder, env=dict(variables), stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
        try:
            wait_until_listening(server, port)
            connection = http.client.HTTPConnection(HOST, port, timeout=300)
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield RunningProgram(to_dataframe_split, lambda body: _post(name, connection, body))
            connection.close()
        finally:
            server.kill()
            server.wait()


def to_dataframe_split(rows: list[dict[str, Any]]) -> bytes:
    """Encode rows for MLflow's scoring protocol in its most compact format."""
    data = [list(row.values()) for row in rows]
    return json.dumps({"dataframe_split": {"columns": list(rows[0]), "data": data}}).encode()


def _post(name: str, connection: http.client.HTTPConnection, body: bytes) -> tuple[bytes, float]:
    began = time.perf_counter()
    connection.request("POST", "/invocations", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    seconds = time.perf_counter() - began
    if response.status != http.client.OK:
        raise ProgramError(f"{name} returned {response.status} {answer.decode()[:2000]}")
    return answer, seconds


def _turn(send: Send, body: bytes) -> list[float]:
    seconds: list[float] = []
    while sum(seconds) < _TURN:
        seconds.append(send(body)[1])
    return seconds


def _compare(expected: list[Any], actual: list[Any]) -> tuple[int, float]:
    numbers = [(one, other) for one, other in zip(expected, actual, strict=True) if isinstance(one, float)]
    different = sum(not _is_same(one, other) for one, other in zip(expected, actual, strict=True))
    return different, max((abs(one - other) for one, other in numbers), default=0.0)


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=_TOLERANCE)
    return bool(one == other)
