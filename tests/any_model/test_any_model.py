"""Any MLflow model works: what `POST /predict` answers is what MLflow's own `predict` gives."""

import copy
import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import mlflow.pyfunc
import pytest
from zoo.case import Case
from zoo.models import MODELS

from handler import answers
from handler.core import Core
from handler.message import Request
from handler.settings import Settings
from model import ask, candidates, mlmodel, proof
from model.candidates import Candidate
from model.question import ask_about


@pytest.mark.parametrize("name", MODELS)
def test_a_model_answers_as_mlflow_does(name: str, saved: Callable[[str], tuple[Case, Path]], tmp_path: Path) -> None:
    """Without a line of code changed, whatever the library, the signature and the form of the prediction."""
    case, folder = saved(name)
    model = mlmodel.read(folder)
    bundle = candidates.stage(model, Candidate("pyfunc", {}), Path(sys.executable), tmp_path).folder

    request = Request("POST", "/predict", {}, parse_qs(case.query), json.dumps(case.rows).encode(), "test")
    response = Core(Settings(bundle)).answer(request)

    predicted = mlflow.pyfunc.load_model(str(folder)).predict(copy.deepcopy(case.data), params=case.params)
    expected = json.loads(answers.encode(case.answer(predicted)))
    assert (200, expected) == (response.status, json.loads(response.body))

    question = ask_about(model)
    with warnings.catch_warnings(action="ignore"):  # as in the processes that a build starts
        reference = ask.answer(question.asked_of(model=str(folder)))
        got = ask.answer(question.asked_of(bundle=str(bundle)))
    verdict = proof.compare(question.rows, reference, got)
    assert (None, 0, 0.0) == (verdict.refusal, verdict.unstable, verdict.difference)
