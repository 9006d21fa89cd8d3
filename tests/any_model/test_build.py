"""`model build` on models of several libraries: what it chooses, and that the bundle answers as MLflow does."""

import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import msgspec
import pytest
from any_model.served import post
from mlflow.models import infer_signature
from packages import REQUIREMENTS
from zoo.case import Case
from zoo.python_models import REFUSED

from handler import bundle
from handler.errors import BundleError
from handler.predictor import Predictor
from handler.response import encoding
from model.__main__ import main
from model.build import proof
from model.build.bundle import Built, Choices, build
from model.build.verify import verify
from model.errors import ModelError

Saved = Callable[[str], tuple[Case, Path]]

CHOSEN = {
    "sklearn probabilities": "compiled",
    "sklearn array": "compiled",
    "sklearn by names": "compiled",
    "xgboost classifier": "compiled",
    "xgboost booster": "compiled",
    "lightgbm classifier": "compiled",
    "lightgbm booster": "compiled",
    "statsmodels formula": "compiled",
    "onnx tensor": "native",
    "params": "custom",
    "unsigned": "pyfunc",
    "one at a time": "custom",
}


def built(folder: Path, bundle: Path, **options: Any) -> Built:
    """A bundle of a model, built without a word."""
    return build(folder, bundle, Choices(**options), tell=lambda _: None)


@pytest.fixture(scope="session", name="linear")
def _linear(saved: Saved, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of a logistic regression."""
    return built(saved("sklearn probabilities")[1], tmp_path_factory.mktemp("linear") / "bundle").bundle


@pytest.fixture
def copied(linear: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoiled."""
    return Path(shutil.copytree(linear, tmp_path / "bundle"))


@pytest.mark.parametrize("name", CHOSEN)
def test_the_fastest_backend_that_gives_mlflows_answers_serves(
    name: str, saved: Saved, linear: Path, tmp_path: Path
) -> None:
    """It answers over HTTP what MLflow predicts, in an environment with nothing but what the bundle needs."""
    case, folder = saved(name)
    made = linear if name == "sklearn probabilities" else built(folder, tmp_path / "bundle").bundle

    manifest = bundle.read_manifest(made)

    assert CHOSEN[name] == manifest.backend, manifest.parity["refused"]
    predicted = mlflow.pyfunc.load_model(str(folder)).predict(case.data, params=case.params)
    expected = json.loads(encoding.encode(case.answer(predicted)))
    [(status, rows)] = post(made, (case.rows, case.query))
    assert 200 == status
    pairs = zip(map(flat, expected), map(flat, rows), strict=True)
    assert max(proof.difference(values, got, proof.Scale({})) for values, got in pairs) <= 1e-9


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a response's row in their order: probabilities are named by class, or a list."""
    values = [each for value in row.values() for each in (value if isinstance(value, list) else [value])]
    return dict(enumerate(values))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["xgboost classifier", "lightgbm mixed"])
def test_a_booster_needs_its_library_alone(name: str, saved: Saved, tmp_path: Path) -> None:
    """Served natively it takes neither numpy nor what its library's Python package depends on."""
    case, folder = saved(name)
    library = {"xgboost": "xgboost-cpu", "lightgbm": "lightgbm"}[name.split(maxsplit=1)[0]]

    manifest = built(folder, tmp_path / "bundle", backend="native").manifest

    assert {"python", "mlflow", "msgspec", library} == set(manifest.built_with)
    assert (0.0, []) == (manifest.parity["greatest_difference"], manifest.parity["refused"])
    assert 200 == post(tmp_path / "bundle", (case.rows, ""))[0][0]


@pytest.mark.parametrize("name", ["sklearn labels str", "lightgbm classifier"])
def test_probabilities_are_served_when_they_are_asked_for(name: str, saved: Saved, tmp_path: Path) -> None:
    """`--predict-fn predict_proba` serves what the model was not logged with."""
    case, folder = saved(name)

    built(folder, tmp_path / "bundle", predict_fn="predict_proba")

    [(status, rows)] = post(tmp_path / "bundle", (case.rows, ""))
    assert 200 == status
    assert all(len(row) == 3 and abs(sum(row.values()) - 1) < 1e-9 for row in rows)


def test_a_bundle_is_proved_again_with_its_model_and_without(saved: Saved, linear: Path) -> None:
    """`verify` compares with MLflow anew, or with what MLflow answered when the bundle was built."""
    for model in (saved("sklearn probabilities")[1], None):
        verdict = verify(linear, model, tell=lambda _: None).verdict
        assert (None, 0) == (verdict.refusal, verdict.unstable)
        assert verdict.rows > 100


def test_an_altered_bundle_is_refused(copied: Path) -> None:
    """One byte is enough, and `verify` says which file."""
    with (copied / "arrays.bin").open("r+b") as stream:
        stream.write(b"\x01")

    with pytest.raises(ModelError, match=r"arrays.bin is not the one that was proved"):
        verify(copied, tell=lambda _: None)


def test_a_bundle_that_answers_its_example_otherwise_does_not_start(copied: Path) -> None:
    """The warm-up compares with the answer it was proved with."""
    manifest = bundle.read_manifest(copied)
    assert manifest.example is not None
    wrong = msgspec.structs.replace(manifest.example, answer=[{"prediction": "another"}] * len(manifest.example.rows))
    altered = msgspec.structs.replace(manifest, example=wrong)
    (copied / "manifest.json").write_bytes(msgspec.json.encode(altered))

    with pytest.raises(BundleError, match="was proved with"):
        Predictor(copied)


def test_modules_of_the_models_own_win_over_ours(tmp_path: Path) -> None:
    """A model may bring `model.py`, `handler.py` and `schema.py`, and is served with them."""
    code = tmp_path / "code"
    code.mkdir()
    (code / "model.py").write_text(
        "from handler import twice\nclass Doubler:\n    def __call__(self, x): return twice(x)\n"
    )
    (code / "handler.py").write_text("import schema\ndef twice(x): return [v * schema.FACTOR for v in x]\n")
    (code / "schema.py").write_text("FACTOR = 2\n")
    (tmp_path / "own.py").write_text(
        "import mlflow\n"
        "from mlflow.pyfunc import PythonModel\n"
        "class Own(PythonModel):\n"
        "    def predict(self, context, model_input):\n"
        "        from model import Doubler\n"
        "        return Doubler()(model_input['x'].tolist())\n"
        "mlflow.models.set_model(Own())\n"
    )
    import pandas as pd

    frame = pd.DataFrame({"x": [1.5, 2.0]})
    mlflow.pyfunc.save_model(
        tmp_path / "saved",
        python_model=str(tmp_path / "own.py"),
        code_paths=[str(code / name) for name in ("model.py", "handler.py", "schema.py")],
        signature=infer_signature(frame, [1.0]),
        input_example=frame,
        pip_requirements=REQUIREMENTS,
    )

    assert "custom" == built(tmp_path / "saved", tmp_path / "bundle").manifest.backend
    assert [(200, {"prediction": 42.0})] == post(tmp_path / "bundle", ({"x": 21}, ""))

    unasked = msgspec.structs.replace(bundle.read_manifest(tmp_path / "bundle"), example=None)
    (tmp_path / "bundle" / "manifest.json").write_bytes(msgspec.json.encode(unasked))
    assert [(200, {"prediction": 42.0})] == post(tmp_path / "bundle", ({"x": 21}, ""))


def test_the_build_tells_a_person_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table names the backend, what was refused and why, the proof, the files and what they need."""
    with warnings.catch_warnings(action="ignore"):
        folder = REFUSED["a use of MLflow"][0](tmp_path)

    assert 0 == main(["build", "--model", str(folder), "--bundle", str(tmp_path / "bundle")])

    printed = " ".join(capsys.readouterr().out.split())
    for words in (
        "pyfunc",
        "refused",
        "its code uses mlflow",
        "identical to the last bit",
        " packages",
    ):
        assert words in printed
    assert bundle.read_manifest(tmp_path / "bundle", every_hash=True).parity["rows"] > 100
