"""Custom models that compile: what they do around their estimators is traced."""

import io
import json
import math
import sys
import warnings
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import pytest
from mlflow.pyfunc.scoring_server import predictions_to_json
from zoo.traced_models import ARRAY, TABLE, TRACED, log
from zoo.untraced_models import REFUSED

from handler.core import Core
from handler.message import Request
from handler.settings import Settings
from model import mlmodel, process
from model.build import candidates, proof
from model.build.candidates import Candidate
from model.build.question import make_question
from model.child import ask_mlflow
from model.process import ChildError

SPLIT = TABLE.to_dict(orient="split")
COMPILED = Candidate("compiled", {"predict_fn": "predict"})


def export(folder: Path, bundle: Path) -> candidates.Staged:
    """Trace a model in a process of its own, as a build does."""
    bundle.mkdir()
    model = mlmodel.read(folder)
    exported = candidates.export(model, COMPILED, Path(sys.executable), bundle)
    return candidates.stage(model, COMPILED, exported, bundle)


@pytest.fixture(scope="module", name="traced", params=sorted(TRACED))
def _traced(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, candidates.Staged]:
    """A model and its bundle."""
    folder = tmp_path_factory.mktemp("traced")
    with warnings.catch_warnings(action="ignore"):
        saved = TRACED[request.param](folder)
    return saved, export(saved, folder / "bundle")


def test_answers_are_mlflows(traced: tuple[Path, candidates.Staged]) -> None:
    """To all rows of a proof, alone and together."""
    folder, staged = traced
    model = mlmodel.read(folder)
    question = make_question(model, staged.hints, limit=150)
    with warnings.catch_warnings(action="ignore"):  # as in the processes that a build starts
        reference = ask_mlflow.ask(question.mlflow_request(model.folder), lambda _: None)
    got = process.run(
        Path(sys.executable), "ask_bundle", question.bundle_request(staged.folder), packages=(process.HANDLER,)
    )
    assert proof.compare(question.rows, reference, got).refusal is None


def test_invocations_are_answered_as_mlflows_server_does(traced: tuple[Path, candidates.Staged]) -> None:
    """An array, a Series with its name, a table and a dict each have a form of their own."""
    folder, staged = traced
    [first, *_] = mlmodel.read(folder).signature.inputs or []
    array = first["type"] == "tensor"
    rows, body = (ARRAY, {"inputs": ARRAY.tolist()}) if array else (TABLE, {"dataframe_split": SPLIT})
    out = io.StringIO()
    predictions_to_json(mlflow.pyfunc.load_model(str(folder)).predict(rows), out)
    response = Core(Settings(staged.folder)).answer(
        Request("POST", "/invocations", {}, {}, json.dumps(body).encode(), id="test")
    )
    assert 200 == response.status
    assert close(json.loads(out.getvalue()), json.loads(response.body))


def close(expected: Any, got: Any) -> bool:
    """Return whether two values of JSON are the same but for the last bits of numbers."""
    if isinstance(expected, dict):
        return expected.keys() == got.keys() and all(close(value, got[name]) for name, value in expected.items())
    if isinstance(expected, list):
        return len(expected) == len(got) and all(map(close, expected, got))
    return math.isclose(expected, got, rel_tol=1e-12) if isinstance(expected, float) else expected == got


def test_a_param_is_the_requests(tmp_path: Path) -> None:
    """Without one, it has the signature's default, as in MLflow."""
    with warnings.catch_warnings(action="ignore"):
        folder = TRACED["params"](tmp_path)
    core = Core(Settings(export(folder, tmp_path / "bundle").folder))
    model = mlflow.pyfunc.load_model(str(folder))
    for threshold in (None, 0.1, 0.5, 0.9):
        params = {} if threshold is None else {"threshold": threshold}
        body = json.dumps({"dataframe_split": SPLIT, "params": params}).encode()
        response = core.answer(Request("POST", "/invocations", {}, {}, body, id="test"))
        assert model.predict(TABLE, params=params).tolist() == json.loads(response.body)["predictions"]


@pytest.mark.parametrize("name", REFUSED)
def test_a_model_that_cannot_be_traced_is_refused(name: str, tmp_path: Path) -> None:
    """The reason names what it does, and the line."""
    model, reason = REFUSED[name]
    with warnings.catch_warnings(action="ignore"):
        folder = log(model)(tmp_path)
    with pytest.raises(ChildError, match=reason):
        export(folder, tmp_path / "bundle")
