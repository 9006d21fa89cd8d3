"""Ask one side of a proof: every row alone, then all rows together.

It takes an `AnsweringRequest` and gives an `AnsweringResult` (see `contract`). Progress: the size of each batch before
it is asked, its answers and errors, and each new limit.
"""

from __future__ import annotations

import time
import traceback
import unicodedata
from itertools import cycle, islice, takewhile
from typing import TYPE_CHECKING, Any, Callable, List, Optional, Tuple

from .gentle import Gauge, Meter
from .outputs import NotPerRow
from .serving import Record, one_line
from .varying import FirstCalls, ask_again

if TYPE_CHECKING:
    from .contract import AnsweringRequest, AnsweringResult

Predict = Callable[[List[Any]], Any]
"""Returns the answers to rows, a list; or, if they are whole, the output."""

Answered = Tuple[Any, Optional[str]]

PATIENCE = 10.0
"""Seconds for rows asked one by one: a forest takes a tenth of one for each."""

SMALL_BATCH = 64

CAREFUL = 256
"""How many rows are asked alone after a batch that cost too much."""

LEFT_OUT = "\0left out"
"""Stands for the answer to a row that was not asked."""


def ask_all(ask: Predict, request: AnsweringRequest, record: Record) -> AnsweringResult:
    """Ask every row alone and all of them together; record each answer as it comes."""
    predict = Counted(ask)
    rows, whole = request["rows"], bool(request.get("whole"))
    alone, examples = request["alone"] or whole, request.get("examples") or 0
    record(0)
    begin = time.monotonic()
    example = try_together(predict, rows[:examples])
    found, first = ask_each(predict, request, record)
    left_out = {place: reason for place, (answer, reason) in enumerate(found) if answer == LEFT_OUT}
    first -= sum(place < first for place in left_out)
    rows = [row for row, (answer, _) in zip(rows, found) if answer != LEFT_OUT]
    found = [answered for answered in found if answered[0] != LEFT_OUT]
    answers, errors = [answer for answer, _ in found], [error for _, error in found]
    start = time.perf_counter()
    uneven = bool(request.get("sizes")) and len(set(map(shape_of, rows))) > 1  # rows of several shapes form no tensor
    no_batch = (alone and not whole) or request.get("skip_together") or uneven
    together = None if no_batch else ask_good(predict, rows, errors)
    seconds = time.perf_counter() - start
    batches = [
        (places, try_together(predict, [rows[at] for at in places])) for places in batches_of(rows, errors, request)
    ]
    first_calls = FirstCalls(rows, rows[:examples], answers, errors, example, together, begin)
    quick = seconds < PATIENCE
    varies = ask_again(predict, first_calls, whole=whole, quick=quick) if request.get("twice") else []
    return {
        "batch": answers if alone else spread(together, errors),
        "together": together if whole else None,
        "single": answers,
        "example": example,
        "errors": errors,
        "one_at_a_time": first,
        "seconds_together": seconds,
        "characters": character_properties(rows),
        "left_out": [list(item) for item in left_out.items()],
        "varies": varies,
        "batches": batches,
        "asked": {"calls": predict.calls, "rows": predict.rows},
    }


def ask_each(predict: Predict, request: AnsweringRequest, record: Record) -> tuple[list[Answered], int]:
    """Ask rows alone, from some place on in small batches; return their answers, and how many were asked alone.

    A row that is not asked has the answer LEFT_OUT, and the reason in the place of the error.
    """
    rows, whole = request["rows"], bool(request.get("whole"))
    alone, first = request["alone"] or whole, request.get("one_at_a_time")
    found: list[Answered] = [(pair[0], pair[1]) for pair in request.get("known", [])]
    careful = len(found) + request.get("careful", 0)
    gently = "gently" in request
    gauge = Gauge(rows[0] if rows else None, request.get("gently") or {})
    missing_raises = False  # then rows with missing values are asked alone: halving batches would take more calls
    end = time.monotonic() + PATIENCE
    while len(found) < len(rows):
        if first is None and time.monotonic() >= end and (whole or not alone):
            first = len(found)
        if whole and first is not None and max(first, request.get("examples") or 0) <= len(found):
            break
        single = alone or first is None or len(found) < max(first, careful)
        single = single or (missing_raises and has_missing(rows[len(found)]))
        batch = rows[len(found) : len(found) + (1 if single else SMALL_BATCH)]
        if missing_raises and not single:
            batch = list(takewhile(lambda row: not has_missing(row), batch))
        reasons = [gauge.reason_not_to_ask(row) if gently else None for row in batch]
        asked = [row for row, reason in zip(batch, reasons) if reason is None]
        record(len(batch))
        with Meter() as meter:
            answers = iter(ask_by_halves(predict, asked, whole=whole) if asked else [])
        answered = [next(answers) if reason is None else (LEFT_OUT, reason) for reason in reasons]
        if gently:  # what a model has no memory for says nothing about its answers
            answered = [(LEFT_OUT, error) if ran_out(error) else (answer, error) for answer, error in answered]
        record(answered)
        found += answered
        if len(batch) == 1 and has_missing(batch[0]) and answered[0][1] is not None:
            missing_raises = True
        if asked and gently and gauge.is_steep(meter.cost, len(asked)):
            if len(asked) > 1:
                careful = len(found) + CAREFUL
            else:
                record(gauge.limit(asked[0], meter.cost))
    return found, len(found) if first is None else first


def ran_out(error: str | None) -> bool:
    """Return whether an error says that no memory was left."""
    return error is not None and error.startswith("MemoryError")


class Counted:
    """Counts the calls of a function, and their rows."""

    def __init__(self, predict: Predict) -> None:
        self._predict, self.calls, self.rows = predict, 0, 0

    def __call__(self, rows: list[Any]) -> Any:
        """Call it."""
        self.calls, self.rows = self.calls + 1, self.rows + len(rows)
        return self._predict(rows)


def has_missing(row: dict[str, Any]) -> bool:
    """Return whether a value of a row is missing."""
    return any(value is None for value in row.values())


def ask_by_halves(predict: Predict, rows: list[Any], *, whole: bool = False) -> list[Answered]:
    """Return the answer to each row of a batch, or what it raised: found by halves where the batch raises."""
    try:
        return [(answer, None) for answer in ([predict(rows)] if whole else predict(rows))]
    except NotPerRow:
        raise
    except (Exception, SystemExit) as error:
        if len(rows) == 1:
            return [(None, one_line(error)[:500])]
    half = len(rows) // 2
    return ask_by_halves(predict, rows[:half]) + ask_by_halves(predict, rows[half:])


def ask_good(predict: Predict, rows: list[Any], errors: list[Any]) -> Any:
    """Return the answer to the rows that do not raise, asked all at once; None if that raises."""
    return try_together(predict, [row for row, error in zip(rows, errors) if error is None])


def try_together(predict: Predict, rows: list[Any]) -> Any:
    """Return the answer to a batch, None if the model raises; an empty batch is not asked."""
    try:
        return predict(rows) if rows else None
    except NotPerRow:
        raise
    except (Exception, SystemExit):
        traceback.print_exc()
    return None


def batches_of(rows: list[Any], errors: list[Any], request: AnsweringRequest) -> list[list[int]]:
    """Return the places of rows to ask together, for each of the request's sizes: rows of one shape that do not raise.

    Rows with sequences have several shapes: each size takes those of the next, again and again if they are too few.
    """
    shapes: dict[Any, list[int]] = {}
    for place, (row, error) in enumerate(zip(rows, errors)):
        if error is None:
            shapes.setdefault(shape_of(row), []).append(place)
    turns = cycle(shapes.values())
    sizes = [] if request.get("skip_together") else request.get("sizes") or []
    return [list(islice(cycle(next(turns)), size)) for size in sizes if shapes]


def shape_of(value: Any) -> Any:
    """Return the lengths of the lists in a row."""
    if isinstance(value, dict):
        return tuple(map(shape_of, value.values()))
    return (len(value), shape_of(value[0]) if value else None) if isinstance(value, list) else None


def spread(answers: list[Any] | None, errors: list[Any]) -> list[Any]:
    """Return the answers to the rows that do not raise in the places of those rows, None in the others."""
    left = iter(answers or [])
    return [None if error or answers is None else next(left) for error in errors]


def character_properties(rows: list[Any]) -> dict[str, str]:
    """Return how this Python's Unicode tables class each character beyond ASCII in the rows' texts."""
    found: set[str] = set()
    waiting: list[Any] = list(rows)
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found.update(character for character in value if character > "\x7f")
        elif isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return {character: _properties(character) for character in sorted(found)}


def _properties(character: str) -> str:
    forms = (unicodedata.normalize(form, character) for form in ("NFC", "NFKD"))
    parts = [unicodedata.category(character), unicodedata.combining(character), character.lower(), character.upper()]
    return repr([*parts, *forms])
