"""Models that serve probabilities: every protocol and the description name the classes and tell types and shapes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import pytest
import xgboost
from catboost import CatBoostClassifier
from mlflow.models import infer_signature
from packages import CATBOOST, REQUIREMENTS
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from handler.core import Core
from handler.message import Request
from handler.settings import Settings
from model.build.bundle import Built, Choices, build
from model.build.verify import verify
from model.errors import ModelError

NUMBERS = np.random.default_rng(7).normal(size=(90, 3))
FRAME = pd.DataFrame(NUMBERS, columns=["age", "income", "debt"])
THREE = np.digitize(NUMBERS[:, 0], [-0.5, 0.5])
TEXTS = np.array(["high", "low", "mid"])[THREE]
TWO = NUMBERS[:, 1] > 0
ROWS: list[dict[str, Any]] = json.loads(json.dumps(FRAME[20:25].to_dict(orient="records")))

Estimator = Callable[[], Any]


def pipeline(target: Any) -> Any:
    """Return a fitted pipeline that compiles."""
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(FRAME, target)


def booster(kind: Any, target: Any) -> Any:
    """Return a fitted estimator of LightGBM, XGBoost or CatBoost."""
    quiet = {"verbose": False, "allow_writing_files": False} if kind is CatBoostClassifier else {}
    return kind(n_estimators=4, **quiet).fit(FRAME, target)


MODELS: dict[str, tuple[Any, Estimator, list[str], str]] = {
    "texts": (mlflow.sklearn, lambda: pipeline(TEXTS), ["high", "low", "mid"], "FP64"),
    "integers": (mlflow.sklearn, lambda: pipeline(THREE + 10), ["10", "11", "12"], "FP64"),
    "booleans": (mlflow.sklearn, lambda: pipeline(TWO), ["false", "true"], "FP64"),
    "xgboost": (mlflow.xgboost, lambda: booster(xgboost.XGBClassifier, THREE), ["0", "1", "2"], "FP32"),
    "catboost": (mlflow.catboost, lambda: booster(CatBoostClassifier, TEXTS), ["high", "low", "mid"], "FP64"),
    "lightgbm": (mlflow.lightgbm, lambda: booster(lightgbm.LGBMClassifier, TEXTS), ["high", "low", "mid"], "FP64"),
}


def saved(flavor: Any, estimator: Any, folder: Path, **more: Any) -> Path:
    """Save an estimator with the signature of its labels."""
    if flavor.__name__ not in ("mlflow.catboost", "mlflow.xgboost"):
        more["serialization_format"] = "cloudpickle"
    signature = infer_signature(FRAME, estimator.predict(FRAME))
    packages = CATBOOST if flavor.__name__ == "mlflow.catboost" else REQUIREMENTS
    flavor.save_model(
        estimator, folder, signature=signature, input_example=FRAME[:3], pip_requirements=packages, **more
    )
    return folder


def asker(bundle: Path) -> Callable[..., Any]:
    """Return a function that sends a request to the bundle and returns the response's JSON."""
    core = Core(Settings(bundle))

    def ask(path: str, body: Any = None) -> Any:
        method, raw = ("GET", b"") if body is None else ("POST", json.dumps(body).encode())
        response = core.answer(Request(method, path, {"content-type": "application/json"}, {}, raw, id="an-id"))
        assert 200 == response.status, response.body
        return json.loads(response.body)

    return ask


def check(built: Built, name: str, classes: list[str], datatype: str, probabilities: Any) -> None:
    """Compare every protocol and the description with the estimator's own probabilities."""
    ask = asker(built.bundle)
    rows = [dict(zip(classes, row, strict=True)) for row in probabilities.tolist()]
    assert "proved" == built.manifest.parity["state"]
    assert name == built.manifest.model.name
    for expected, got in zip(rows, ask("/predict", ROWS), strict=True):
        assert list(expected) == list(got)
        assert pytest.approx(expected, rel=1e-6) == got
    given = ask("/invocations", {"dataframe_records": ROWS})["predictions"]
    assert pytest.approx(probabilities, rel=1e-6) == np.array(given)

    described = ask(f"/v2/models/{name}")["outputs"]
    assert [{"name": label, "datatype": datatype, "shape": [-1]} for label in classes] == described
    inputs = [
        {"name": column, "shape": [5], "datatype": "FP64", "data": [row[column] for row in ROWS]} for column in FRAME
    ]
    outputs = ask(f"/v2/models/{name}/infer", {"inputs": inputs})["outputs"]
    assert [(label, datatype, [5]) for label in classes] == [
        (output["name"], output["datatype"], output["shape"]) for output in outputs
    ]
    assert pytest.approx(probabilities.T, rel=1e-6) == np.array([output["data"] for output in outputs])

    api = ask("/openapi.json")
    answer = api["components"]["schemas"]["Answer"]["properties"]
    assert {label: ["number", "null"] for label in classes} == {label: answer[label]["type"] for label in answer}
    assert classes == [label if isinstance(label, str) else json.dumps(label) for label in api["x-model"]["classes"]]


@pytest.mark.parametrize(
    ("name", "backend"),
    [
        ("texts", "compiled"),
        ("texts", "native"),
        ("texts", "pyfunc"),
        ("integers", "native"),
        ("booleans", "compiled"),
        ("xgboost", "compiled"),
        ("xgboost", "native"),
        ("xgboost", "pyfunc"),
        ("catboost", "compiled"),
        ("catboost", "pyfunc"),
        ("lightgbm", "compiled"),
        ("lightgbm", "native"),
    ],
)
def test_probabilities_are_named_by_class(name: str, backend: str, tmp_path: Path) -> None:
    """The option --predict-fn turns a model of labels into one of probabilities, in every backend."""
    flavor, make, classes, datatype = MODELS[name]
    estimator = make()
    folder = saved(flavor, estimator, tmp_path / name)
    choices = Choices(backend, predict_fn="predict_proba", rows=150)
    built = build(folder, tmp_path / "bundle", choices, tell=lambda _: None)
    assert backend == built.manifest.backend
    check(built, name, classes, datatype, estimator.predict_proba(FRAME[20:25]))


def test_a_model_logged_with_probabilities_names_them(tmp_path: Path) -> None:
    """The signature of the labels, with which such a model was logged, is not taken for that of its probabilities."""
    estimator = pipeline(TEXTS)
    folder = saved(mlflow.sklearn, estimator, tmp_path / "logged", pyfunc_predict_fn="predict_proba")
    built = build(folder, tmp_path / "bundle", Choices(rows=150), tell=lambda _: None)
    check(built, "logged", ["high", "low", "mid"], "FP64", estimator.predict_proba(FRAME[20:25]))


def test_a_method_that_the_model_lacks_is_named(tmp_path: Path) -> None:
    """The error is about the option, not about the loading."""
    folder = saved(mlflow.sklearn, pipeline(TEXTS), tmp_path / "logged")
    with pytest.raises(ModelError, match="the model has no method 'predict_odds': name another with --predict-fn"):
        build(folder, tmp_path / "bundle", Choices("native", predict_fn="predict_odds", rows=5), tell=lambda _: None)


def test_a_decision_function_of_two_classes_is_one_number(tmp_path: Path) -> None:
    """It is described as one number for each row, not as a label."""
    estimator = pipeline(TWO)
    folder = saved(mlflow.sklearn, estimator, tmp_path / "margins")
    built = build(
        folder, tmp_path / "bundle", Choices("native", predict_fn="decision_function", rows=100), tell=lambda _: None
    )
    ask = asker(built.bundle)
    expected = [{"prediction": value} for value in estimator.decision_function(FRAME[20:25])]
    assert expected == ask("/predict", ROWS)
    assert [{"name": "prediction", "datatype": "FP64", "shape": [-1]}] == ask("/v2/models/margins")["outputs"]


def test_probabilities_of_several_targets_are_one_output(tmp_path: Path) -> None:
    """They are not one list per row: the response holds an array for each target, and the description their classes."""
    targets = np.column_stack([TEXTS, np.where(TWO, "yes", "no")])
    estimator = RandomForestClassifier(n_estimators=3, random_state=0).fit(FRAME, targets)
    folder = saved(mlflow.sklearn, estimator, tmp_path / "several")
    built = build(folder, tmp_path / "bundle", Choices(predict_fn="predict_proba"), tell=lambda _: None)
    ask = asker(built.bundle)
    expected = [array.tolist() for array in estimator.predict_proba(FRAME[20:25])]
    assert {"predictions": expected} == ask("/predict", ROWS) == ask("/invocations", {"dataframe_records": ROWS})
    assert [["high", "low", "mid"], ["no", "yes"]] == ask("/openapi.json")["x-model"]["classes"]


@pytest.mark.parametrize("name", ["texts", "xgboost"])
def test_such_a_bundle_is_verified_with_its_model(name: str, tmp_path: Path) -> None:
    """The method is the one that the bundle was built with."""
    flavor, make, _, _ = MODELS[name]
    folder = saved(flavor, make(), tmp_path / name)
    choices = Choices("pyfunc", predict_fn="predict_proba", rows=20)
    bundle = build(folder, tmp_path / "bundle", choices, tell=lambda _: None).bundle
    assert 20 + 3 == verify(bundle, folder, tell=lambda _: None).verdict.rows  # generated, and the example's
