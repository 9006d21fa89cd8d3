"""Starts programs in turn and times them."""

import math
import statistics
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

from local.runtime_api import Answer, Runtime

_OK = 200
_TURN = 10  # requests in a row: with fewer, each would find the processor's caches filled by another program


class ProgramError(Exception):
    """A program did not answer as it should."""


class Start(NamedTuple):
    """One start of one program.

    Attributes:
        init: milliseconds from starting the process to its first poll for an event.
        first: milliseconds of the first request.
        warm: milliseconds of a later request: the median of many.
        predict: milliseconds of a later request that the model itself took; NaN where the program does not say.
        peak: most memory resident, in MB.
    """

    init: float
    first: float
    warm: float
    predict: float
    peak: float


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
    the one before it has just loaded is faster for it. A round before those does not count: it writes Python's
    bytecode and fills the page cache.

    Args:
        programs: by name, what makes a sandbox that is not started yet.
        event: what each is asked.
        starts: starts of each that count.
        requests: requests a start after the first.
        done: called after each round.

    Raises:
        InitError: a program did not load.
        ProgramError: a program answered with a failure.
    """
    results: dict[str, list[Start]] = {name: [] for name in programs}
    for number in range(starts + 1):
        order = list(programs) if number % 2 else list(programs)[::-1]
        started = _round({name: programs[name] for name in order}, event, requests)
        done()
        if number:
            for name, start in started.items():
                results[name].append(start)
    return results


def _round(programs: Mapping[str, Callable[[], Runtime]], event: Any, requests: int) -> dict[str, Start]:
    with ExitStack() as stack:
        runtimes = {name: stack.enter_context(make()) for name, make in programs.items()}
        answers = {name: [_ask(name, runtime, event)] for name, runtime in runtimes.items()}
        for asked in range(0, requests, _TURN):
            for name, runtime in runtimes.items():
                answers[name] += [_ask(name, runtime, event) for _ in range(min(_TURN, requests - asked))]
        return {name: _start(runtime, answers[name]) for name, runtime in runtimes.items()}


def _ask(name: str, runtime: Runtime, event: Any) -> Answer:
    answer = runtime.invoke(event)
    if answer.failed or answer.value["statusCode"] != _OK:
        raise ProgramError(f"{name} answered {answer.body.decode()}")
    return answer


def _start(runtime: Runtime, answers: list[Answer]) -> Start:
    first, *warm = answers
    return Start(
        init=runtime.init_milliseconds,
        first=first.milliseconds,
        warm=statistics.median(answer.milliseconds for answer in warm),
        predict=statistics.median(float(answer.value["headers"].get("predict-ms", math.nan)) for answer in warm),
        peak=runtime.peak_megabytes(),
    )
