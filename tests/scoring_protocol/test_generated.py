"""Six thousand generated requests: what MLflow's server answers, or a deviation that says why not."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from asking import Asks, Difference, Question, differences
from deviations import explained, told
from generating import questions
from hypothesis import HealthCheck, given, seed, settings
from zoo.case import Case

from model import mlmodel

MODELS = (
    "sklearn probabilities",
    "sklearn by names",
    "sklearn array",
    "sklearn unnamed columns",
    "xgboost booster",
    "lightgbm classifier",
    "onnx tensor",
    "onnx columns",
    "frame out",
    "named array",
    "series",
    "dict of lists",
    "nested",
    "moments",
    "binary",
    "every type",
    "unsigned",
    "nested columns",
    "type hint",
    "params",
    "tensor",
    "tensors",
)
"""One of each kind of signature and of output."""

REQUESTS = 275
"""For each of them."""

OTHERS = {"sklearn probabilities": "compiled", "named array": "", "sklearn by names": "native"}


@pytest.mark.parametrize("name", MODELS)
def test_every_difference_is_deliberate(
    name: str, asks: Callable[..., Asks], saved: Callable[[str], tuple[Case, Path]]
) -> None:
    """Status, content type and body are MLflow's, or a deviation holds; what fits is answered, all else refused."""
    both = asks(name)
    signature = mlmodel.read(saved(name)[1]).signature
    asked: Counter[str] = Counter()

    @seed(3_17)
    @settings(max_examples=REQUESTS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(questions(signature, hinted=name == "type hint"))
    def ask(question: Question) -> None:
        asked["requests"] += 1
        compare(question, both)

    ask()
    assert asked["requests"] >= REQUESTS


def compare(question: Question, both: Asks) -> None:
    """Ask both, and explain what differs."""
    theirs, ours = both.theirs(question), both.ours(question)
    for found in differences(theirs, ours):
        assert explained(question, found, both), told(question, found)
    expected = {415} if "media" in question.faults else {400} if question.faults else {200, 500}
    assert ours.status in expected, told(question, Difference("what is expected", expected, ours))
