"""Rows of every type through every way in: the same rows are valid everywhere, and a bad row fails alone."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.hostile.rows import EVERY_TYPE as INPUTS
from bench.hostile.rows import unusual_rows, valid_row
from bench.hostile.ways import ALONE, FAILED, PREDICTED, TOGETHER, Queue, Target, alone, together
from handler.predictor import Predictor

IN_CSV = [spec for spec in INPUTS if spec["type"] not in {"any", "array", "map", "object"}]


@pytest.fixture(scope="module", name="queue")
def _queue() -> Iterator[Queue]:
    """A local queue for results, and credentials for it."""
    queue = Queue()
    variables = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "eu-west-1"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield queue
    queue.close()


@pytest.fixture(scope="module", name="target")
def _target(bundle_of: Callable[..., Path], handler_of: Callable[..., Any], queue: Queue) -> Target:
    """A model with an input of each type that predicts any valid row."""
    folder = bundle_of("echo", inputs=INPUTS)
    return Target(handler_of(folder, THAW_RESULTS=queue.url), Predictor(folder), queue)


@pytest.fixture(scope="module", name="target_of_csv")
def _target_of_csv(bundle_of: Callable[..., Path], handler_of: Callable[..., Any], queue: Queue) -> Target:
    """The same, with the types that CSV can hold."""
    folder = bundle_of("echo", inputs=IN_CSV)
    return Target(handler_of(folder), Predictor(folder), queue)


def rows(inputs: list[dict[str, Any]] = INPUTS) -> tuple[dict[str, Any], list[Any]]:
    """Return a valid row, and unusual ones."""
    chance = random.Random(0)
    return valid_row(inputs, chance), list(unusual_rows(inputs, chance))


@pytest.mark.parametrize("way", ALONE)
def test_no_row_is_a_server_error(way: str, target: Target) -> None:
    """Each is predicted, or rejected with a status below 500."""
    good, unusual = rows()
    assert PREDICTED == alone(target, "predict", good).what
    failed = [(row, outcome.detail) for row in unusual if (outcome := alone(target, way, row)).what == FAILED]
    assert [] == failed


@pytest.mark.parametrize("way", TOGETHER)
def test_a_bad_row_fails_alone(way: str, request: pytest.FixtureRequest) -> None:
    """Valid rows before and after each unusual one are predicted, in one batch."""
    target = request.getfixturevalue("target_of_csv" if "csv" in way else "target")
    good, unusual = rows(IN_CSV if "csv" in way else INPUTS)
    good |= {"integer": 1, "string": "text", "binary": "AP8="}  # CSV has neither 3.0 as an integer nor empty text
    for start in range(0, len(unusual), 20):
        part = unusual[start : start + 20]
        outcomes = together(target, way, [good, *(one for row in part for one in (row, good))])
        assert 2 * len(part) + 1 == len(outcomes)
        assert {PREDICTED} == {outcome.what for outcome in outcomes[::2]}


@pytest.mark.parametrize("way", ["items", "messages", "score"])
def test_the_same_rows_are_valid(way: str, target: Target) -> None:
    """A batch predicts a row if and only if `POST /predict` does."""
    _, unusual = rows()
    known = [row for row in unusual if isinstance(row, dict) and row.keys() <= set(target.columns)]
    expected = [alone(target, "predict", row).what for row in known]
    found = [
        outcome.what
        for start in range(0, len(known), 20)
        for outcome in together(target, way, known[start : start + 20])
    ]
    assert [] == [(row, one, other) for row, one, other in zip(known, expected, found, strict=True) if one != other]
