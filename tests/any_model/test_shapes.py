"""Answers that are not one steady value per row: MLflow's scoring server says what they are."""

import io
import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import msgspec
import pandas as pd
import pytest
from any_model.served import post
from mlflow.pyfunc.scoring_server import predictions_to_json
from zoo.shapes import ROWS, VARYING, WHOLE, save_shape

from handler.bulk.scoring import score
from handler.bundle import Answers
from handler.core import Core
from handler.message import Request
from handler.settings import Settings
from model import mlmodel, process
from model.build import candidates, proof
from model.build.bundle import build
from model.build.candidates import Candidate
from model.build.question import make_question
from model.child import ask_bundle, ask_mlflow

RECORDS: list[dict[str, Any]] = ROWS.to_dict(orient="records")


@pytest.fixture(scope="module", name="whole")
def _whole(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Path]]:
    """Return a function that saves a model of WHOLE and stages a bundle of it; it returns both folders."""
    made: dict[str, tuple[Path, Path]] = {}

    def make(name: str) -> tuple[Path, Path]:
        if name not in made:
            folder = tmp_path_factory.mktemp("whole")
            model = mlmodel.read(save_shape(WHOLE[name], folder / "model"))
            made[name] = model.folder, candidates.stage(model, Candidate("pyfunc", {}), None, folder / "bundle").folder
        return made[name]

    return make


def mlflows(model: Path, rows: pd.DataFrame) -> Any:
    """Return the response of MLflow's scoring server; None if it fails."""
    out = io.StringIO()
    try:
        predictions_to_json(mlflow.pyfunc.load_model(str(model)).predict(rows), out)
    except TypeError:
        return None
    return json.loads(out.getvalue())


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_output_is_answered_as_mlflows_server_does(
    name: str, whole: Callable[[str], tuple[Path, Path]]
) -> None:
    """At `/invocations` and, in the same form, at `/predict`, also where the build did not find it out."""
    model, bundle = whole(name)
    core = Core(Settings(bundle))
    expected = mlflows(model, ROWS) or {"predictions": {"table": [{"t": 1}, {"t": 2}], "mean": 1.5}}
    for path, body in {"/predict": RECORDS, "/invocations": {"dataframe_records": RECORDS}}.items():
        response = core.answer(Request("POST", path, {}, {}, json.dumps(body).encode(), id="test"))
        assert (200, expected) == (response.status, json.loads(response.body))


def test_a_whole_output_is_tensors_of_any_length(whole: Callable[[str], tuple[Path, Path]]) -> None:
    """A table's columns and a dict's values keep their names."""
    inputs = [
        {"name": "a", "datatype": "FP64", "shape": [4], "data": ROWS["a"].tolist()},
        {"name": "n", "datatype": "INT64", "shape": [4], "data": ROWS["n"].tolist()},
    ]
    for name, shapes in {
        "forecast": {"step": [3], "value": [3]},
        "dict of scalars": {"mean": [1], "rows": [1]},
        "two targets": {"prediction": [5, 4, 2]},
        "one number": {"prediction": [1]},
    }.items():
        core = Core(Settings(whole(name)[1]))
        path = f"/v2/models/{core.predictor.manifest.model.name}/infer"
        response = core.answer(Request("POST", path, {}, {}, json.dumps({"inputs": inputs}).encode(), id="test"))
        assert 200 == response.status
        assert shapes == {tensor["name"]: tensor["shape"] for tensor in json.loads(response.body)["outputs"]}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_output_is_found_and_proved(name: str, whole: Callable[[str], tuple[Path, Path]]) -> None:
    """Asked row by row, the model is seen not to answer so; then every output of MLflow's is compared whole."""
    model, bundle = whole(name)
    with warnings.catch_warnings(action="ignore"):  # as in the processes that a build starts
        question = make_question(mlmodel.read(model))
        assert ["not_per_row"] == list(ask_mlflow.answer(question.mlflow_request(model), lambda _: None))
        question = make_question(mlmodel.read(model), whole=True)
        reference = ask_mlflow.ask(question.mlflow_request(model), lambda _: None)
        got = ask_bundle.answer(question.bundle_request(bundle), lambda _: None)
    assert reference["example"] is not None
    assert reference["together"] is not None
    assert (None, 0.0) == proof.compare(question.rows, reference, got)[5:1:-3]
    got["together"] = "another"
    assert "on all rows at once MLflow answers" in str(proof.compare(question.rows, reference, got).refusal)


def test_a_model_of_whole_outputs_is_asked_moderate_values(whole: Callable[[str], tuple[Path, Path]]) -> None:
    """A horizon of two billion steps would take all memory."""
    question = make_question(mlmodel.read(whole("forecast")[0]), whole=True)
    assert 100 == max(row["n"] for row in question.rows)
    assert len(RECORDS) == question.examples


@pytest.mark.parametrize("name", VARYING)
def test_parts_that_differ_from_call_to_call_are_found(name: str, tmp_path: Path) -> None:
    """Identifiers, samples and choices by asking twice, dates by asking with the clock set ahead."""
    function, expected = VARYING[name]
    model = mlmodel.read(save_shape(function, tmp_path / "model"))
    request = make_question(model, limit=40).mlflow_request(model.folder)
    request["twice"] = True
    assert expected == process.run(Path(sys.executable), "ask_mlflow", request)["varies"]


def test_a_model_whose_answers_vary_is_built(tmp_path: Path) -> None:
    """The steady columns are proved, and the bundle starts although its identifiers differ each time."""
    built = build(save_shape(VARYING["identifiers"][0], tmp_path / "model"), tmp_path / "bundle", tell=lambda _: None)
    assert Answers(varies=[["id"]]) == built.manifest.answers
    assert "proved but for what varies" == built.manifest.parity["state"]
    [(status, [row])] = post(tmp_path / "bundle", (RECORDS[:1], ""))
    assert (200, 2.0) == (status, row["twice"])


def test_a_model_of_whole_outputs_is_built(tmp_path: Path) -> None:
    """The manifest and the API description say so, and each item of a batch is answered by itself."""
    built = build(save_shape(WHOLE["forecast"], tmp_path / "model"), tmp_path / "bundle", tell=lambda _: None)
    assert Answers(whole=True) == built.manifest.answers
    forecast = {"predictions": [{"step": step, "value": 1.5} for step in range(3)]}
    assert [(200, forecast), (200, forecast)] == post(tmp_path / "bundle", (RECORDS[0], ""), (RECORDS, ""))
    described = json.loads((tmp_path / "bundle" / "openapi.json").read_text())
    response = described["paths"]["/predict"]["post"]["responses"]["200"]
    assert response["description"].startswith("The whole output")
    predictor = Core(Settings(tmp_path / "bundle")).predictor
    scored = score(predictor, {name: ROWS[name].tolist() for name in ROWS}, len(ROWS))
    lengths = [len(result["output"]["predictions"]) for result in msgspec.to_builtins(scored, enc_hook=list)]
    assert ROWS["n"].tolist() == lengths


def test_answers_that_depend_on_the_batch_are_built(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The example is asked by itself, so the bundle starts; batches of a service warn."""
    folder = save_shape(lambda frame: frame["a"] - frame["a"].mean(), tmp_path / "model")
    built = build(folder, tmp_path / "bundle", tell=lambda _: None)
    assert Answers(batch=True) == built.manifest.answers
    assert built.manifest.example is not None
    assert [-0.5, -3.5, 1.5, 2.5] == [next(iter(row.values())) for row in built.manifest.example.answer]
    from handler.bulk.scoring import score_rows

    score_rows(Core(Settings(tmp_path / "bundle")).predictor, RECORDS, None, text=False)
    assert any("depends_on_batch" in record.getMessage() for record in caplog.records)


def test_a_model_that_refuses_a_short_example_is_asked_with_all_of_it(tmp_path: Path) -> None:
    """A forecast from a history of thirty rows has nothing to say about five."""

    def forecast(frame: pd.DataFrame) -> pd.DataFrame:
        if len(frame) < 12:
            raise ValueError("a history of a year is needed")
        return pd.DataFrame({"month": range(3), "value": frame["y"].iloc[-12:-9].to_numpy()})

    history = pd.DataFrame({"y": [float(number) for number in range(30)]})
    built = build(save_shape(forecast, tmp_path / "model", history), tmp_path / "bundle", tell=lambda _: None)
    assert built.manifest.example is not None
    assert (True, 30) == (built.manifest.answers.whole, len(built.manifest.example.rows))
