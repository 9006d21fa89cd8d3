"""The native backend's forms: what a library's own model, as data, answers without the library's Python package."""

import json
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
from zoo.case import Case

from handler import bundle
from model import mlmodel, process
from model.build import candidates, proof
from model.build.question import make_question
from model.child import ask_bundle, ask_mlflow, export

Saved = Callable[[str], tuple[Case, Path]]
Write = Callable[[str, str], tuple[Path, Path]]

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


@pytest.fixture(scope="session", name="writers")
def _writers() -> Iterator[ModuleType]:
    """The writers, imported as the child imports them: by themselves."""
    with process.import_folder(*process.EXPORTERS) as path:
        sys.path.insert(0, str(path))
        yield import_module("writers")
        sys.path.remove(str(path))


@pytest.fixture(name="write")
def _write(writers: ModuleType, saved: Saved, tmp_path: Path) -> Write:
    """Writes a model in a form; gives the bundle's folder and the model's."""

    def write(name: str, form: str) -> tuple[Path, Path]:
        _, folder = saved(name)
        model = mlmodel.read(folder)
        loaded = export.load(model.flavor, str(folder))
        request = {"predict_fn": model.predict_fn, "inputs": model.signature.inputs}
        written = writers.writer(form)(loaded, tmp_path, request)
        classes = loaded.classes_.tolist() if hasattr(loaded, "classes_") else None
        manifest = {
            "format": bundle.FORMAT, "backend": "native", "options": {"form": form, **written.options},
            "flavor": model.flavor, "model": model.info, "signature": model.signature, "classes": classes,
            "example": None, "files": {}, "built_with": {}, "parity": {},
        }  # fmt: skip
        candidates.write_manifest(tmp_path, msgspec.convert(manifest, bundle.Manifest, from_attributes=True))
        return tmp_path, folder

    return write


@pytest.mark.parametrize("name", FORMS)
def test_a_form_gives_mlflows_answers_to_the_last_bit(name: str, write: Write) -> None:
    """Whatever rows, alone and in a batch: missing, infinite and huge values, and columns of several types."""
    written, folder = write(name, FORMS[name])
    question = make_question(mlmodel.read(folder))
    question = question._replace(rows=question.rows[:-90])  # the combined ones are many

    with warnings.catch_warnings(action="ignore"):  # as in the processes that a build starts
        reference = ask_mlflow.ask(question.mlflow_request(folder), lambda _: None)
        got = ask_bundle.answer(question.bundle_request(written), lambda _: None)

    verdict = proof.compare(question.rows, reference, got)
    assert (None, 0, 0.0) == (verdict.refusal, verdict.unstable, verdict.difference)


@pytest.mark.parametrize(
    ("name", "imported"),
    [("lightgbm classifier", set()), ("xgboost classifier", set()), ("onnx tensor", {"numpy", "onnxruntime"})],
)
def test_a_form_imports_no_more_than_it_needs(name: str, imported: set[str], saved: Saved, write: Write) -> None:
    """Boosters are asked by the standard library alone, though their packages would import much."""
    case, _ = saved(name)
    written, _ = write(name, FORMS[name])
    program = (
        "import json, pathlib, sys\n"
        "from handler.predictor import Predictor\n"
        "folder, row = sys.argv[1:]\n"
        "predictor = Predictor(pathlib.Path(folder))\n"
        "predictor.predict(predictor.schema.decode(row.encode()), {})\n"
        "print(*sys.modules)"
    )
    with process.handler_alone() as alone:
        command = [sys.executable, "-P", "-c", program, str(written), json.dumps(case.rows[0])]
        variables = process.child_environment(PYTHONPATH=str(alone))
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
def test_what_a_form_cannot_say_is_named(name: str, form: str, message: str, write: Write) -> None:
    """An estimator that answers in a way of its own is left to its pickle."""
    with pytest.raises(Exception, match=message):
        write(name, form)
