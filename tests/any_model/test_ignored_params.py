"""Params that change nothing, and modules that the estimator does not use, do not keep a model from compiling."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.models import infer_signature
from packages import REQUIREMENTS
from sklearn.linear_model import LogisticRegression

from handler.core import Core
from handler.message import Request
from handler.settings import Settings
from model.build.bundle import build
from model.child.other_params import changing_params, other_values

FRAME = pd.DataFrame(np.random.default_rng(7).normal(size=(90, 3)), columns=["a", "b", "c"])
PARAMS = {"threshold": 0.5, "verbose": False, "names": ["a"], "limit": 3, "mode": "fast"}


def test_params_that_mlflow_does_not_pass_on(tmp_path: Path) -> None:
    """A model of scikit-learn with params and own modules compiles, and takes its params as MLflow does."""
    estimator = LogisticRegression().fit(FRAME, FRAME["a"] > 0)
    (tmp_path / "helpers.py").write_text("VERSION = 1\n")
    mlflow.sklearn.save_model(
        estimator,
        tmp_path / "model",
        signature=infer_signature(FRAME, estimator.predict(FRAME), PARAMS),
        input_example=(FRAME[:3], PARAMS),
        code_paths=[str(tmp_path / "helpers.py")],
        serialization_format="cloudpickle",
        pip_requirements=REQUIREMENTS,
    )
    built = build(tmp_path / "model", tmp_path / "bundle", tell=lambda _: None)
    assert ("compiled", "proved") == (built.manifest.backend, built.manifest.parity["state"])
    core = Core(Settings(tmp_path / "bundle"))

    def status(query: dict[str, str]) -> int:
        several = {name: [value] for name, value in query.items()}
        return core.answer(Request("POST", "/predict", {}, several, b'{"a": 1, "b": 0, "c": 0}', id="an-id")).status

    assert (200, 422, 422) == (status({"threshold": "0.9"}), status({"threshold": "high"}), status({"other": "1"}))


SPECS: list[dict[str, Any]] = [
    {"name": "k", "type": "long", "default": 3},
    {"name": "high", "type": "boolean", "default": False},
    {"name": "words", "type": "string", "default": ["a"], "shape": [-1]},
]


@pytest.mark.parametrize(
    ("predict", "expected"),
    [
        (lambda _params, rows: [len(rows)] * len(rows), []),
        (lambda params, rows: [row + params.get("k", 3) for row in rows], ["k"]),
        (lambda params, rows: [row if params.get("words", ["a"]) == ["a"] else -row for row in rows], ["words"]),
        (lambda params, rows: rows if not params.get("high") else 1 / 0, ["high"]),
    ],
    ids=["none", "a number", "a list", "an error"],
)
def test_params_that_change_an_answer(predict: Callable[..., Any], expected: list[str]) -> None:
    """They are named, also where another value is refused."""
    assert expected == changing_params(predict, SPECS, {}, [1.0, 2.0])


@pytest.mark.parametrize("kind", ["boolean", "integer", "long", "float", "double", "string", "datetime"])
def test_other_values(kind: str) -> None:
    """Every type of params has values that are not its default."""
    assert other_values({"name": "x", "type": kind, "default": None})
    assert None not in other_values({"name": "x", "type": kind, "default": None})
