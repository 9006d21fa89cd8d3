"""Five thousand generated requests: the response is MLflow's, or a deviation explains why not."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings
from scoring_protocol.asking import Question, Servers
from scoring_protocol.comparing import deviations, judge
from scoring_protocol.generating import questions
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
"""One model for each kind of signature and output."""

REQUESTS = 240
"""Requests for each model."""

OTHERS = {
    "sklearn probabilities": ("compiled", "native"),
    "sklearn by names": ("compiled", "native"),
    "sklearn array": ("compiled", "native"),
    "xgboost booster": ("compiled", "native"),
    "lightgbm classifier": ("compiled", "native"),
    "onnx tensor": ("native",),
}
"""Backends that get the same requests, besides pyfunc."""

DIGITS = 1e-6
"""Relative difference of their numbers: float32 is summed in another order."""


@pytest.mark.parametrize("name", MODELS)
def test_every_difference_is_deliberate(
    name: str, asks: Callable[..., Servers], saved: Callable[[str], tuple[Case, Path]]
) -> None:
    """Responses are MLflow's or a deviation's; valid requests are accepted, all others refused."""
    signature = mlmodel.read(saved(name)[1]).signature
    served = [(asks(name), 0.0), *((asks(name, backend), DIGITS) for backend in OTHERS.get(name, ()))]
    sent: Counter[str] = Counter()

    @seed(3_17)
    @settings(max_examples=REQUESTS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(questions(signature, hinted=name == "type hint"))
    def ask(question: Question) -> None:
        sent["requests"] += 1
        for both, digits in served:
            deviations(question, both, digits)
            if signature.inputs:
                judge(question, both)

    ask()
    assert sent["requests"] >= REQUESTS
