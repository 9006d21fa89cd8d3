"""Five thousand generated requests: what MLflow's server answers, or a deviation that says why not."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from asking import Asks, Question
from comparing import deviations, judged
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

REQUESTS = 240
"""For each of them."""

OTHERS = {
    "sklearn probabilities": ("compiled", "native"),
    "sklearn by names": ("compiled", "native"),
    "sklearn array": ("compiled", "native"),
    "xgboost booster": ("compiled", "native"),
    "lightgbm classifier": ("compiled", "native"),
    "onnx tensor": ("native",),
}
"""Backends that are asked the same, besides MLflow's own."""

DIGITS = 1e-6
"""What their numbers may differ by: float32 in another order."""


@pytest.mark.parametrize("name", MODELS)
def test_every_difference_is_deliberate(
    name: str, asks: Callable[..., Asks], saved: Callable[[str], tuple[Case, Path]]
) -> None:
    """Status, content type and body are MLflow's, or a deviation holds; what fits is answered, all else refused."""
    signature = mlmodel.read(saved(name)[1]).signature
    served = [(asks(name), 0.0), *((asks(name, backend), DIGITS) for backend in OTHERS.get(name, ()))]
    asked: Counter[str] = Counter()

    @seed(3_17)
    @settings(max_examples=REQUESTS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(questions(signature, hinted=name == "type hint"))
    def ask(question: Question) -> None:
        asked["requests"] += 1
        for both, digits in served:
            deviations(question, both, digits)
            if signature.inputs:
                judged(question, both)

    ask()
    assert asked["requests"] >= REQUESTS
