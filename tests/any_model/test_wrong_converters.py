"""Models that other converters answer wrongly: the right answer is the training library's, and MLflow's.

Each situation is that of a bug report, rebuilt: it names the project and the number of its issue.
"""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import mlflow
import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMRegressor
from mlflow.models import infer_signature
from packages import REQUIREMENTS
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler, TargetEncoder
from sklearn.svm import SVC, LinearSVC
from xgboost import XGBClassifier, XGBRegressor, XGBRFRegressor

from handler.core import Core
from handler.message import Request
from handler.settings import Settings
from model.build.bundle import Choices, build

RANDOM = np.random.default_rng(5)
ROWS = 300
NUMBERS = pd.DataFrame(RANDOM.normal(size=(ROWS, 3)), columns=["a", "b", "c"])
SUM = NUMBERS["a"] * 2 - NUMBERS["b"] + RANDOM.normal(size=ROWS) / 4
HOLES = NUMBERS.mask(RANDOM.random(NUMBERS.shape) < 0.3)
ZEROS = NUMBERS.where(RANDOM.random(NUMBERS.shape) < 0.6, 0.0)
WIDE = NUMBERS * [1.0, 1e3, 1e5]
CODES = pd.DataFrame({"kind": RANDOM.integers(0, 9, ROWS).astype("f8"), "size": NUMBERS["a"]})
MIXED = pd.DataFrame({"share": RANDOM.random(ROWS), "count": RANDOM.integers(0, 100, ROWS)})
CITIES = pd.DataFrame({"city": RANDOM.choice(["Bern", "Oslo", "Rome"], ROWS), "size": NUMBERS["a"]})
LABELS = SUM > 0


class Situation(NamedTuple):
    """A fitted model and the rows that it was fitted to; of these, and of `edges`, the answers are compared."""

    make: Callable[[], Any]
    frame: pd.DataFrame
    edges: list[list[Any]] = []  # noqa: RUF012 - nobody changes it
    method: str = "predict"


def boosted(kind: Any, frame: pd.DataFrame, target: Any, **options: Any) -> Callable[[], Any]:
    """Return what fits a small booster."""
    return lambda: kind(**{"n_estimators": 12, **options}).fit(frame, target)


def reloaded() -> Any:
    """Return a booster whose file a classifier has read."""
    labels = LABELS.astype(int)
    with TemporaryDirectory() as folder:
        XGBClassifier(n_estimators=12).fit(NUMBERS, labels).get_booster().save_model(f"{folder}/booster.json")
        model = XGBClassifier()
        model.load_model(f"{folder}/booster.json")
    return model


NAN = float("nan")
SITUATIONS = {
    "treelite 376, tl2cgen 8: zero counts as missing": Situation(
        boosted(LGBMRegressor, ZEROS, SUM, zero_as_missing=True, verbose=-1),
        ZEROS,
        [[0.0, 0.0, 0.0], [-0.0, 1.0, 0.0], [1e-36, -1e-36, 1e-35], [1.1e-35, 0.0, NAN], [NAN, NAN, NAN]],
    ),
    "treelite 277: a missing category": Situation(
        lambda: LGBMRegressor(n_estimators=12, verbose=-1).fit(CODES, SUM, categorical_feature=[0]),
        CODES,
        [[NAN, 0.0], [-1.0, 0.0], [0.0, 0.0], [99.0, 0.0], [2.7, 0.0]],
    ),
    "treelite 706: forests learn where missing values go": Situation(
        lambda: RandomForestClassifier(20, random_state=0).fit(HOLES, LABELS),
        HOLES,
        [[NAN, NAN, NAN], [NAN, 0.1, -2.0], [2.0, NAN, NAN]],
        "predict_proba",
    ),
    "treelite 585: a start value under a link": Situation(
        boosted(XGBRegressor, NUMBERS, np.exp(SUM + 5), objective="count:poisson", base_score=3000), NUMBERS
    ),
    "sklearn-onnx 1129: a real and a whole column": Situation(
        lambda: LogisticRegression().fit(MIXED, LABELS), MIXED, [[0.5, 2**24 + 1]], "predict_proba"
    ),
    "sklearn-onnx 1246: sigmoid calibration of a pipeline": Situation(
        lambda: CalibratedClassifierCV(make_pipeline(StandardScaler(), LinearSVC()), method="sigmoid").fit(
            NUMBERS, LABELS
        ),
        NUMBERS,
        method="predict_proba",
    ),
    "sklearn-onnx 1046: one-hot columns before boosted trees": Situation(
        lambda: make_pipeline(
            make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["city"]), (StandardScaler(), ["size"])),
            XGBClassifier(n_estimators=12),
        ).fit(CITIES, LABELS.astype(int)),
        CITIES,
        [["Paris", 0.0], ["", 0.0]],
        "predict_proba",
    ),
    "onnxruntime 4130: scaled numbers beside a threshold": Situation(
        lambda: make_pipeline(StandardScaler(), RandomForestRegressor(20, random_state=0)).fit(WIDE, SUM), WIDE
    ),
    "onnxruntime 11284: probabilities of support vectors": Situation(
        lambda: CalibratedClassifierCV(SVC(), ensemble=False).fit(WIDE, LABELS), WIDE, method="predict_proba"
    ),
    "sklearn-onnx 990: labels of support vectors": Situation(lambda: SVC(random_state=5).fit(NUMBERS, LABELS), NUMBERS),
    "m2cgen 574: leaves of minus zero, and branches that differ in little": Situation(
        boosted(XGBClassifier, NUMBERS.round(1), LABELS.astype(int), max_depth=8, reg_lambda=0, min_child_weight=0),
        NUMBERS.round(1),
        [[0.1, 0.2, 0.3], [NAN, 0.0, 0.0]],
        "predict_proba",
    ),
    "sklearn-onnx 1192: encoded categories before histogram gradient boosting": Situation(
        lambda: make_pipeline(
            make_column_transformer(
                (TargetEncoder(cv=KFold(3)), ["city"]), ("passthrough", ["size"]), remainder="drop"
            ),
            FunctionTransformer(lambda table: table.astype("float32")),
            HistGradientBoostingRegressor(max_iter=12),
        ).fit(CITIES, SUM),
        CITIES,
        [["Paris", 0.0], ["Oslo", NAN]],
    ),
    "m2cgen 581: a classifier that was loaded from a file": Situation(reloaded, NUMBERS, method="predict_proba"),
    "m2cgen 589: labels of several classes, and a start value of zero": Situation(
        boosted(XGBClassifier, NUMBERS, SUM.gt(-1).astype(int) + SUM.gt(1), objective="multi:softmax", base_score=0),
        NUMBERS,
    ),
    "m2cgen 595: many trees": Situation(
        boosted(XGBRegressor, NUMBERS, SUM, n_estimators=236, max_depth=2, learning_rate=0.3), NUMBERS
    ),
    "m2cgen 524: a forest of XGBoost": Situation(boosted(XGBRFRegressor, NUMBERS, SUM, max_depth=8), NUMBERS),
}


@pytest.mark.filterwarnings("ignore:.*integer column")
@pytest.mark.parametrize("name", SITUATIONS)
def test_the_answer_is_the_training_librarys(name: str, tmp_path: Path) -> None:
    """It compiles, MLflow proves it, and the situation's own rows get the library's own answers."""
    situation = SITUATIONS[name]
    model, frame = situation.make(), situation.frame
    mlflow.sklearn.save_model(
        model,
        tmp_path / "model",
        signature=infer_signature(frame, model.predict(frame)),
        input_example=frame[:3],
        pip_requirements=REQUIREMENTS,
        serialization_format="cloudpickle",
        pyfunc_predict_fn=situation.method,
    )
    built = build(tmp_path / "model", tmp_path / "bundle", Choices(rows=100), tell=lambda _: None)
    assert ("compiled", "proved") == (built.manifest.backend, built.manifest.parity["state"]), built.manifest.parity
    asked = pd.concat([frame[:100], pd.DataFrame(situation.edges, columns=frame.columns)]).astype(frame.dtypes)
    own = np.asarray(getattr(model, situation.method)(asked), dtype="f8").reshape(len(asked), -1)
    assert own == pytest.approx(answers(built.bundle, asked), rel=1e-6, abs=1e-9)


def answers(bundle: Path, frame: pd.DataFrame) -> Any:
    """Return a bundle's answers, one row of numbers for each row of a frame."""
    core = Core(Settings(bundle))
    rows = json.loads(frame.to_json(orient="records", double_precision=15))
    for row, (_, exact) in zip(rows, frame.iterrows(), strict=True):  # to_json rounds
        row.update({column: exact[column] for column, value in row.items() if isinstance(value, float)})
    response = core.answer(Request("POST", "/predict", {}, {}, json.dumps(rows).encode(), id="an-id"))
    assert 200 == response.status, response.body
    found = json.loads(response.body)
    return np.array([np.ravel(list(row.values())) for row in found], dtype="f8")
