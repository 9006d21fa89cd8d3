"""Any MLflow model works: what `POST /predict` answers is what MLflow's own `predict` gives."""

import copy
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import mlflow.pyfunc
import pytest
from zoo.case import Case
from zoo.models import MODELS

from handler.core import Core
from handler.message import Request
from handler.response import encoding
from handler.settings import Settings
from model import mlmodel
from model.build import candidates, proof
from model.build.candidates import Candidate
from model.build.question import make_question
from model.child import ask_bundle, ask_mlflow


@pytest.mark.parametrize("name", MODELS)
def test_a_model_answers_as_mlflow_does(name: str, saved: Callable[[str], tuple[Case, Path]], tmp_path: Path) -> None:
    """Without a line of code changed, whatever the library, the signature and the form of the prediction."""
    case, folder = saved(name)
    model = mlmodel.read(folder)
    bundle = candidates.stage(model, Candidate("pyfunc", {}), None, tmp_path).folder

    request = Request("POST", "/predict", {}, parse_qs(case.query), json.dumps(case.rows).encode(), id="test")
    response = Core(Settings(bundle)).answer(request)

    predicted = mlflow.pyfunc.load_model(str(folder)).predict(copy.deepcopy(case.data), params=case.params)
    expected = json.loads(encoding.encode(case.answer(predicted)))
    assert (200, expected) == (response.status, json.loads(response.body))

    question = make_question(model, whole=name == "chat")  # its output is one response
    with warnings.catch_warnings(action="ignore"):  # as in the processes that a build starts
        reference = ask_mlflow.ask(question.mlflow_request(folder), lambda _: None)
        got = ask_bundle.answer(question.bundle_request(bundle), lambda _: None)
    verdict = proof.compare(question.rows, reference, got)
    assert (None, 0, 0.0) == (verdict.refusal, verdict.unstable, verdict.difference)
