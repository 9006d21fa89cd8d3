"""Find the parts of a model's answers that differ from call to call: identifiers, clocks, samples.

A path is a list of names and indexes that leads to a part; `*` stands for any index, the empty path for everything.
"""

from __future__ import annotations

import json
import time
import traceback
from typing import Any, Callable, Iterable, List, NamedTuple, Optional, Union

from . import clock

Path = List[Union[str, int]]

ANY = "*"

_NOISE = 1e-12  # of a number below _CLOCK: the last digits of sums that threads add up in another order
_CLOCK = 1e8  # seconds since 1970 are above it, and two calls are milliseconds apart
_TICK = 1.1  # seconds between two calls: a clock of whole seconds shows it
_SINGLES = 20  # rows to ask alone again, if they cannot be asked all at once


class FirstCalls(NamedTuple):
    """The first calls, with the model's answers.

    Attributes:
        rows: the rows.
        examples: those of the model's example.
        answers: the answer to each row alone; None where it raised.
        errors: what each raised.
        example: the answer to the example by itself; None where it raised.
        together: the answer to all rows that did not raise; None where it raised.
        begin: `time.monotonic()` before the first call.
    """

    rows: List[Any]
    examples: List[Any]
    answers: List[Any]
    errors: List[Optional[str]]
    example: Any
    together: Any
    begin: float


def ask_again(predict: Callable[[List[Any]], Any], calls: FirstCalls, *, whole: bool, quick: bool) -> list[Path]:
    """Ask again, and return the paths in a row's answer (in the output, if it is whole) that differ.

    The example is asked by itself, also with the clock set ahead; then all rows at once if that is quick, else some
    rows alone.
    """
    found: list[Path] = []

    def compare(rows: list[Any], before: Any, *, each: bool) -> None:
        try:
            after = predict(rows)
        except (Exception, SystemExit):
            traceback.print_exc()
            return
        pairs = zip(before, after) if each else [(before, after)]
        found.extend(path for pair in pairs for path in differing_paths(*pair, whole=whole))

    good = [index for index, error in enumerate(calls.errors) if error is None]
    alone = good[:_SINGLES] if calls.together is None or whole else []
    alone = alone if quick or calls.example is None else []
    time.sleep(max(0.0, _TICK - (time.monotonic() - calls.begin)))
    if calls.example is not None:
        compare(calls.examples, calls.example, each=not whole)
    for index in alone:
        before = calls.answers[index]
        compare([calls.rows[index]], before if whole else [before], each=not whole)
    if calls.together is not None and quick:
        compare([calls.rows[index] for index in good], calls.together, each=not whole)
    clock.set_ahead()
    if calls.example is not None:
        compare(calls.examples, calls.example, each=not whole)
    elif good:
        before = calls.answers[good[0]]
        compare([calls.rows[good[0]]], before if whole else [before], each=not whole)
    return merged(found)


def differing_paths(first: Any, second: Any, *, whole: bool) -> list[Path]:
    """Return the paths at which two answers to the same question differ.

    Args:
        first: one answer: of a row, or a whole output.
        second: the other.
        whole: whether they are whole outputs, whose outermost lists have any length.
    """
    if isinstance(first, dict) and isinstance(second, dict) and first.keys() == second.keys():
        inner = {
            name: _any_index(differing_paths(first[name], second[name], whole=False), first[name])
            if whole
            else differing_paths(first[name], second[name], whole=False)
            for name in first
        }
        return [[name, *path] for name, paths in inner.items() for path in paths]
    if isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        found: list[Path] = [
            [index, *path]
            for index, pair in enumerate(zip(first, second))
            for path in differing_paths(*pair, whole=False)
        ]
        return _any_index(found, first) if whole else found
    return [] if _same(first, second) else [[]]


def merged(paths: Iterable[Path]) -> list[Path]:
    """Return paths without repetitions, and without those that another one contains."""
    found: list[Path] = []
    for path in sorted(paths, key=lambda path: (len(path), str(path))):
        if not any(_contains(known, path) for known in found):
            found.append(path)
    return found


def _contains(known: Path, path: Path) -> bool:
    return len(known) <= len(path) and all(step in (ANY, own) for step, own in zip(known, path))


def _any_index(paths: list[Path], value: Any) -> list[Path]:
    """Return paths into a list with any index in the place of their first step."""
    return merged([ANY, *path[1:]] if path else path for path in paths) if isinstance(value, list) else paths


def _same(first: Any, second: Any) -> bool:
    if isinstance(first, float) and isinstance(second, float) and abs(first) < _CLOCK:
        return first == second or abs(first - second) <= _NOISE * abs(first) or repr(first) == repr(second)
    return json.dumps(first) == json.dumps(second)
