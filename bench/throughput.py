"""Rows a second, by how many rows a request has: Lambda handlers behind the Runtime API, services over HTTP."""

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

from bench.measure import ProgramError, ask
from local.runtime_api import Runtime
from local.serve import HOST, free, wait

SIZES = (1, 10, 1000, 10_000)
"""Rows of a request."""

_TURNS = 3
_TURN = 0.25  # seconds
_SLOW = 2.0  # seconds: such a request is made once
_COMPARED = 1000  # the request whose answers are compared
_TOLERANCE = 1e-9

Ask = Callable[[bytes], tuple[bytes, float]]
Body = Callable[[list[dict[str, Any]]], bytes]


class Asked(NamedTuple):
    """A program that is running.

    Attributes:
        body: writes rows as it takes them.
        ask: has that answered; gives the answer and the seconds it took.
    """

    body: Body
    ask: Ask


class Rates(NamedTuple):
    """What one program did.

    Attributes:
        rows: rows a second of each size in `SIZES`.
        different: of the rows in a request of 1,000, those that got another answer than from the first program.
        difference: the greatest difference of a number among those.
    """

    rows: dict[int, float]
    different: int
    difference: float


def measure(
    programs: Mapping[str, Callable[[], AbstractContextManager[Asked]]],
    rows: list[dict[str, Any]],
    done: Callable[[], object] = lambda: None,
) -> tuple[dict[str, Rates], dict[str, str]]:
    """Start all programs, then ask them in turns, each for a quarter of a second, three times for each size.

    Args:
        programs: by name, what starts one; the first one's answers are what others' are compared with.
        rows: at least as many as the largest of `SIZES`.
        done: called after each size.

    Returns:
        What each did, and of those that answered with a failure or for fewer rows what they said instead.

    Raises:
        InitError, LocalError: a program did not load.
    """
    with ExitStack() as stack:
        asked = {name: stack.enter_context(start()) for name, start in programs.items()}
        rates: dict[str, dict[int, float]] = {name: {} for name in programs}
        answers: dict[str, list[Any]] = {}
        failed: dict[str, str] = {}
        for size in SIZES:
            bodies = {name: program.body(rows[:size]) for name, program in asked.items()}
            seconds: dict[str, list[float]] = {}
            for name in list(asked):
                try:
                    answer, first = asked[name].ask(bodies[name])
                    found = _checked(name, answer, size)
                except ProgramError as error:
                    failed[name] = str(error)
                    del asked[name]
                    continue
                seconds[name] = [first] if first > _SLOW else []
                answers |= {name: found} if size == _COMPARED else {}
            for _ in range(_TURNS):
                for name in (name for name in asked if not max(seconds[name], default=0) > _SLOW):
                    seconds[name] += _turn(asked[name].ask, bodies[name])
            for name in asked:
                rates[name][size] = size / statistics.median(seconds[name])
            done()
        reference = next(iter(answers.values()), [])
        return {name: Rates(rates[name], *_compared(reference, answers[name])) for name in asked}, failed


def _checked(name: str, answer: bytes, size: int) -> list[Any]:
    found = values(json.loads(answer))
    if len(found) != size:
        raise ProgramError(f"{name} gave {len(found)} answers for {size:,} rows")
    return found


def values(answer: Any) -> list[Any]:
    """What a program predicted, a value a row, out of what it answered."""
    predictions = answer["predictions"] if isinstance(answer, dict) and "predictions" in answer else answer
    rows = predictions if isinstance(predictions, list) else [predictions]
    return [next(iter(row.values())) if isinstance(row, dict) and len(row) == 1 else row for row in rows]


@contextmanager
def handler(name: str, make: Callable[[], Runtime], event: dict[str, Any]) -> Iterator[Asked]:
    """A Lambda handler, asked with HTTP API events."""
    with make() as runtime:

        def invoke(body: bytes) -> tuple[bytes, float]:
            answer = ask(name, runtime, body)
            return answer.value["body"].encode(), answer.milliseconds / 1000

        yield Asked(lambda rows: json.dumps(event | {"body": json.dumps(rows)}).encode(), invoke)


@contextmanager
def service(name: str, python: Path, entry: str, folder: Path, variables: Mapping[str, str]) -> Iterator[Asked]:
    """An ASGI application under uvicorn with one worker, asked as MLflow's server is, over one connection."""
    port = free(0)
    command = [str(python), "-m", "uvicorn", entry, "--host", HOST, "--port", str(port), "--log-level", "warning"]
    command += ["--timeout-keep-alive", "600"]  # others have their turns meanwhile
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            command, cwd=folder, env=dict(variables), stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
        try:
            wait(server, port)
            connection = http.client.HTTPConnection(HOST, port, timeout=300)
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield Asked(split, lambda body: _post(name, connection, body))
            connection.close()
        finally:
            server.kill()
            server.wait()


def split(rows: list[dict[str, Any]]) -> bytes:
    """Rows in MLflow's scoring protocol, in the form with the least to read."""
    data = [list(row.values()) for row in rows]
    return json.dumps({"dataframe_split": {"columns": list(rows[0]), "data": data}}).encode()


def _post(name: str, connection: http.client.HTTPConnection, body: bytes) -> tuple[bytes, float]:
    began = time.perf_counter()
    connection.request("POST", "/invocations", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    seconds = time.perf_counter() - began
    if response.status != http.client.OK:
        raise ProgramError(f"{name} answered {response.status} {answer.decode()[:2000]}")
    return answer, seconds


def _turn(call: Ask, body: bytes) -> list[float]:
    seconds: list[float] = []
    while sum(seconds) < _TURN:
        seconds.append(call(body)[1])
    return seconds


def _compared(expected: list[Any], actual: list[Any]) -> tuple[int, float]:
    numbers = [(one, other) for one, other in zip(expected, actual, strict=True) if isinstance(one, float)]
    different = sum(not _same(one, other) for one, other in zip(expected, actual, strict=True))
    return different, max((abs(one - other) for one, other in numbers), default=0.0)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=_TOLERANCE)
    return bool(one == other)
