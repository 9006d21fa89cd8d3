"""The native backend's forms: what a library's own model, as data, answers without the library's Python package."""

import json
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from case import Case

from model import ask, candidates, child, mlmodel, proof
from model.candidates import Candidate, Staged
from model.question import Question, ask_about

Saved = Callable[[str], tuple[Case, Path]]

FORMS = {
    "lightgbm classifier": "lightgbm",
    "lightgbm booster": "lightgbm",
    "lightgbm tensor": "lightgbm",
    "lightgbm mixed": "lightgbm",
    "lightgbm probabilities": "lightgbm",
    "xgboost classifier": "xgboost",
    "xgboost booster": "xgboost",
    "xgboost softmax": "xgboost",
    "xgboost linear": "xgboost",
    "xgboost several outputs": "xgboost",
    "xgboost mixed": "xgboost",
    "xgboost probabilities": "xgboost",
    "onnx tensor": "onnx",
    "onnx columns": "onnx",
    "onnx frame": "onnx",
    "onnx table": "onnx",
}


def staged(folder: Path, form: str, bundle: Path, **options: str) -> tuple[Staged, Question]:
    """A model in a form of the native backend, and rows to ask it."""
    bundle.mkdir(exist_ok=True)
    model = mlmodel.read(folder)
    candidate = Candidate("native", {"form": form, "predict_fn": model.predict_fn, **options})
    return candidates.stage(model, candidate, Path(sys.executable), bundle), ask_about(model)


@pytest.mark.parametrize("name", FORMS)
def test_a_form_gives_mlflows_answers_to_the_last_bit(name: str, saved: Saved, tmp_path: Path) -> None:
    """Whatever rows, alone and in a batch: missing, infinite and huge values, and columns of several types."""
    _, folder = saved(name)
    bundle, question = staged(folder, FORMS[name], tmp_path / "bundle")

    with warnings.catch_warnings(action="ignore"):  # as in the processes that a build starts
        reference = ask.answer(question.asked_of(model=str(folder)))
        got = ask.answer(question.asked_of(bundle=str(bundle.folder)))

    verdict = proof.compare(question.rows, reference, got)
    assert (None, 0, 0.0) == (verdict.refusal, verdict.unstable, verdict.difference)


@pytest.mark.parametrize(
    ("name", "imported"),
    [("lightgbm classifier", set()), ("xgboost classifier", set()), ("onnx tensor", {"numpy", "onnxruntime"})],
)
def test_a_form_imports_no_more_than_it_needs(name: str, imported: set[str], saved: Saved, tmp_path: Path) -> None:
    """Boosters are asked by the standard library alone, though their packages would import much."""
    case, folder = saved(name)
    bundle, _ = staged(folder, FORMS[name], tmp_path / "bundle")
    program = (
        "import json, pathlib, sys\n"
        "from handler.predictor import Predictor\n"
        "folder, row = sys.argv[1:]\n"
        "predictor = Predictor(pathlib.Path(folder))\n"
        "predictor.predict(predictor.schema.decode(row.encode()), {})\n"
        "print(*sys.modules)"
    )
    with child.handler_alone() as alone:
        command = [sys.executable, "-P", "-c", program, str(bundle.folder), json.dumps(case.rows[0])]
        variables = child.environment(PYTHONPATH=str(alone))
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)

    heavy = {"lightgbm", "numpy", "onnx", "onnxruntime", "pandas", "scipy", "sklearn", "xgboost"}
    assert imported == heavy & set(done.stdout.split())


@pytest.mark.parametrize(
    ("name", "form", "message"),
    [
        ("xgboost several labels", "xgboost", "XGBClassifier with several labels has no form but its pickle"),
        ("lightgbm stopping early", "lightgbm", "LGBMRegressor with pred_early_stop has no form but its pickle"),
        ("sklearn forest", "lightgbm", "RandomForestClassifier.predict .* has no form but its pickle"),
    ],
)
def test_what_a_form_cannot_say_is_named(name: str, form: str, message: str, saved: Saved, tmp_path: Path) -> None:
    """An estimator that answers in a way of its own is left to its pickle."""
    _, folder = saved(name)
    with pytest.raises(child.ChildError, match=message):
        staged(folder, form, tmp_path / "bundle")
