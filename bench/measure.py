"""Starts programs in turn and times them."""

import math
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

from local.runtime_api import Answer, InitError, Runtime

_OK = 200
_TURN = 10  # requests in a row: with fewer, each would find the processor's caches filled by another program
_PATIENCE = 0.4  # seconds of turns, after which a start of a slow program has been asked enough


class ProgramError(Exception):
    """A program did not answer as it should."""


class Start(NamedTuple):
    """One start of one program.

    Attributes:
        init: milliseconds from starting the process to its first poll for an event.
        first: milliseconds of the first request.
        warm: milliseconds of each later request.
        predict: milliseconds of a later request that the model itself took, the median; NaN where the program does
            not say.
        peak: most memory resident, in MB.
    """

    init: float
    first: float
    warm: tuple[float, ...]
    predict: float
    peak: float


def tried(programs: Mapping[str, Callable[[], Runtime]], event: Any) -> dict[str, str]:
    """Start each program once and ask it once, untimed: that writes Python's bytecode and fills the page cache.

    Returns:
        Why not, of those that did not load or answer.
    """
    failed = {}
    for name, make in programs.items():
        try:
            with make() as runtime:
                ask(name, runtime, event)
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
    """Start each program `starts` times, in rounds: all load in turn, then answer in turns of ten requests.

    So a busy moment of the machine falls on all alike. Every second round goes backwards: a program that loads what
    the one before it has just loaded is faster for it.

    Args:
        programs: by name, what makes a sandbox that is not started yet.
        event: what each is asked.
        starts: starts of each.
        requests: requests a start after the first, fewer where they are slow.
        done: called after each round.

    Raises:
        InitError: a program did not load.
        ProgramError: a program answered with a failure.
    """
    results: dict[str, list[Start]] = {name: [] for name in programs}
    for number in range(starts):
        order = list(programs)[::-1] if number % 2 else list(programs)
        for name, start in _round({name: programs[name] for name in order}, event, requests).items():
            results[name].append(start)
        done()
    return results


def ask(name: str, runtime: Runtime, event: Any) -> Answer:
    """The answer to an HTTP API event.

    Raises:
        ProgramError: it is no success.
    """
    answer = runtime.invoke(event)
    if answer.failed or answer.value["statusCode"] != _OK:
        raise ProgramError(f"{name} answered {answer.body.decode()[:2000]}")
    return answer


def _round(programs: Mapping[str, Callable[[], Runtime]], event: Any, requests: int) -> dict[str, Start]:
    with ExitStack() as stack:
        runtimes = {name: stack.enter_context(make()) for name, make in programs.items()}
        firsts = {name: ask(name, runtime, event) for name, runtime in runtimes.items()}
        warm: dict[str, list[Answer]] = {name: [] for name in runtimes}
        spent = dict.fromkeys(runtimes, 0.0)
        for asked in range(0, requests, _TURN):
            for name, runtime in runtimes.items():
                if spent[name] < _PATIENCE:
                    began = time.perf_counter()
                    warm[name] += [ask(name, runtime, event) for _ in range(min(_TURN, requests - asked))]
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
