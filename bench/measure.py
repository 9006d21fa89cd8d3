"""Start programs, interleaved, and time them."""

import math
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

from local.runtime_api import Answer, InitError, Runtime

_OK = 200
_TURN = 10  # requests in a row; fewer would measure CPU caches filled by the other programs
_LIMIT = 0.4  # seconds after which a slow program gets no further requests in a start


class ProgramError(Exception):
    """A program or tool failed."""


class Start(NamedTuple):
    """One start of one program.

    Attributes:
        init: milliseconds from starting the process to its first poll for an event.
        first: milliseconds of the first request.
        warm: milliseconds of each later request.
        predict: median milliseconds that the model took in a later request; NaN if the program does not report it.
        peak: peak resident memory in MB.
    """

    init: float
    first: float
    warm: tuple[float, ...]
    predict: float
    peak: float


def warm_up(programs: Mapping[str, Callable[[], Runtime]], event: Any) -> dict[str, str]:
    """Start each program and send one request, untimed, to write bytecode and fill the page cache.

    Returns:
        Error messages of the programs that failed.
    """
    failed = {}
    for name, make in programs.items():
        try:
            with make() as runtime:
                request(name, runtime, event)
        except (InitError, ProgramError) as error:
            failed[name] = str(error)
    return failed


def measure(
    programs: Mapping[str, Callable[[], Runtime]],
    event: Any,
    *,
    starts: int,
    requests: int,
    done: Callable[[], object] = lambda: None,
) -> dict[str, list[Start]]:
    """Start each program `starts` times, in rounds: all load one by one, then handle requests in turns of ten.

    Interleaving spreads disturbances evenly. Every second round is in reverse order, because a program loads faster
    right after another one that reads the same files.

    Args:
        programs: by name, functions that create a sandbox that is not started yet.
        event: the event to send.
        starts: starts of each program.
        requests: requests per start after the first; fewer for slow programs.
        done: called after each round.

    Raises:
        InitError: a program did not load.
        ProgramError: a program returned an error.
    """
    results: dict[str, list[Start]] = {name: [] for name in programs}
    for number in range(starts):
        order = list(programs)[::-1] if number % 2 else list(programs)
        for name, start in _round({name: programs[name] for name in order}, event, requests).items():
            results[name].append(start)
        done()
    return results


def request(name: str, runtime: Runtime, event: Any) -> Answer:
    """Send an HTTP API event; return the result.

    Raises:
        ProgramError: the status is not 200.
    """
    answer = runtime.invoke(event)
    if answer.failed or answer.value["statusCode"] != _OK:
        raise ProgramError(f"{name} returned {answer.body.decode()[:2000]}")
    return answer


def _round(programs: Mapping[str, Callable[[], Runtime]], event: Any, requests: int) -> dict[str, Start]:
    with ExitStack() as stack:
        runtimes = {name: stack.enter_context(make()) for name, make in programs.items()}
        firsts = {name: request(name, runtime, event) for name, runtime in runtimes.items()}
        warm: dict[str, list[Answer]] = {name: [] for name in runtimes}
        spent = dict.fromkeys(runtimes, 0.0)
        for sent in range(0, requests, _TURN):
            for name, runtime in runtimes.items():
                if spent[name] < _LIMIT:
                    began = time.perf_counter()
                    warm[name] += [request(name, runtime, event) for _ in range(min(_TURN, requests - sent))]
                    spent[name] += time.perf_counter() - began
        return {name: _start(runtime, firsts[name], warm[name]) for name, runtime in runtimes.items()}


def _start(runtime: Runtime, first: Answer, warm: list[Answer]) -> Start:
    return Start(
        init=runtime.init_milliseconds,
        first=first.milliseconds,
        warm=tuple(answer.milliseconds for answer in warm),
        predict=statistics.median(float(answer.value["headers"].get("predict-ms", math.nan)) for answer in warm),
        peak=runtime.peak_megabytes(),
    )
