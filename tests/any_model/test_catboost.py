"""CatBoost's models compile as MLflow saves them: by its own flavor, and pickled."""

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from catboost import CatBoostClassifier, CatBoostRegressor
from mlflow.models import infer_signature
from packages import CATBOOST
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from model.build.bundle import Choices, build

RANDOM = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "size": RANDOM.normal(size=200),
        "city": RANDOM.choice(["Bern", "Oslo", "Rome"], 200),
        "rooms": RANDOM.integers(1, 7, 200),
        "new": RANDOM.random(200) < 0.5,
    }
)
NUMBER = FRAME["size"] + (FRAME["city"] == "Oslo") * FRAME["rooms"] + FRAME["new"]
SMALL = {"iterations": 20, "depth": 4, "verbose": False, "allow_writing_files": False}
CATEGORIES = ["city", "rooms", "new"]


def classifier() -> Any:
    """A classifier of three classes, whose labels are an array of one column."""
    return CatBoostClassifier(**SMALL, cat_features=CATEGORIES).fit(FRAME, np.digitize(NUMBER, [1.0, 3.0]))


def pipeline() -> Any:
    """A pickled pipeline that passes categories on among numbers."""
    before = make_column_transformer((SimpleImputer(), ["size"]), ("passthrough", ["city", "rooms"]))
    return make_pipeline(before, CatBoostRegressor(**SMALL, cat_features=[1, 2])).fit(FRAME, NUMBER)


def of_texts() -> Any:
    """A regressor with a column of texts."""
    words = FRAME.apply(lambda row: f"{row['city']} has {row['rooms']} rooms in {row['city']}", axis=1)
    return CatBoostRegressor(**SMALL, text_features=["city"]).fit(FRAME.assign(city=words), NUMBER)


@pytest.mark.filterwarnings("ignore:.*integer column")
@pytest.mark.parametrize(
    ("flavor", "make", "more"),
    [
        (mlflow.catboost, classifier, {}),
        (mlflow.catboost, of_texts, {}),
        (mlflow.sklearn, pipeline, {"serialization_format": "cloudpickle"}),
    ],
    ids=["its own flavor", "texts", "pickled"],
)
def test_it_compiles_to_the_last_bit(flavor: Any, make: Any, more: dict[str, str], tmp_path: Path) -> None:
    """Every row of the proof has MLflow's answer, and the bundle needs no library."""
    model = make()
    signature = infer_signature(FRAME, model.predict(FRAME))
    flavor.save_model(
        model, tmp_path / "model", signature=signature, input_example=FRAME[:3], pip_requirements=CATBOOST, **more
    )
    built = build(tmp_path / "model", tmp_path / "bundle", Choices(rows=300), tell=lambda _: None)
    assert ("compiled", "proved") == (built.manifest.backend, built.manifest.parity["state"])
    assert built.manifest.parity["rows"] == built.manifest.parity["identical_rows"]
    assert ["msgspec"] == [line.split("==")[0] for line in (built.bundle / "requirements.txt").read_text().splitlines()]
