"""Send generated rows through every way in, and damaged events, until a time."""

import importlib
import logging
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.hostile import echo
from bench.hostile.events import damaged_event, outcome
from bench.hostile.rows import EVERY_TYPE, unusual_rows, valid_row
from bench.hostile.ways import ALONE, FAILED, TOGETHER, Queue, Target, alone, together
from handler.predictor import Predictor

_BATCH, _DAMAGED = 40, 1_000
EVENTS = "damaged events"


class Figures(NamedTuple):
    """Counts for each way in, and what the first failures said.

    Attributes:
        sent: events, each with one row or with a batch of 80 rows.
        failed: events whose response is a server error, or batches that failed as a whole.
        words: what the failures said.
    """

    sent: dict[str, int]
    failed: dict[str, int]
    words: list[str]


def run(bundle: Path, until: float, chance: random.Random) -> Figures:
    """Send events to the bundle and to a model that accepts a value of every type, in turn.

    Args:
        bundle: an intact bundle.
        until: value of `time.monotonic()` at which to stop; each model gets every kind of event at least once.
        chance: source of the events.
    """
    logging.disable()
    names = (*ALONE, *TOGETHER, EVENTS)
    figures = Figures(dict.fromkeys(names, 0), dict.fromkeys(names, 0), [])
    with tempfile.TemporaryDirectory() as folder, _queue() as queue:
        every = echo.make(Path(folder), EVERY_TYPE)
        targets = [_target(each, queue) for each in (bundle, every)]
        first = True
        while first or time.monotonic() < until:
            for target in targets:
                _round(target, figures, chance)
            first = False
    return figures


@contextmanager
def _queue() -> Iterator[Queue]:
    queue = Queue()
    os.environ |= {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "eu-west-1"}
    try:
        yield queue
    finally:
        queue.close()


def _target(bundle: Path, queue: Queue) -> Target:
    """Import the entry point afresh for a bundle."""
    os.environ |= {"THAW_BUNDLE": str(bundle.resolve()), "THAW_RESULTS": queue.url}
    sys.modules.pop("handler.app", None)
    return Target(importlib.import_module("handler.app").handler, Predictor(bundle), queue)


def _round(target: Target, figures: Figures, chance: random.Random) -> None:
    inputs = target.predictor.schema.inputs or []
    rows = list(unusual_rows(inputs, chance))
    chance.shuffle(rows)

    def count(way: str, words: str | None) -> None:
        figures.sent[way] += 1
        if words is not None:
            figures.failed[way] += 1
            figures.words.append(f"{way}: {words}")

    for way in ALONE:
        for row in rows[:_BATCH]:
            found = alone(target, way, row)
            count(way, found.detail if found.what == FAILED else None)
    for way in TOGETHER:
        good = valid_row(inputs, chance)
        try:
            together(target, way, [row for one in rows[:_BATCH] for row in (one, good)])
        except Exception as error:  # noqa: BLE001 - counted
            count(way, f"{type(error).__name__}: {error}")
        else:
            count(way, None)
    for _ in range(_DAMAGED):
        event = damaged_event(chance)
        found = outcome(target, event)
        count(EVENTS, f"{found.detail} for {event!r}" if found.what == FAILED else None)
