"""Explanations of boosters are those of their libraries."""

from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost
from catboost import CatBoostClassifier, CatBoostRegressor, Pool
from compiled.conftest import Explain
from samples import EXTREME, sample

SAMPLE = sample(7, 300, EXTREME)
MESSY = SAMPLE.frame.assign(
    a=SAMPLE.frame["a"].where(SAMPLE.frame["a"] < 1), d=(SAMPLE.random.random(300) * 5).astype(int)
).iloc[:, [3, 0, 1, 2]]


@pytest.mark.parametrize(
    "options",
    [
        {"objective": "regression"},
        {"objective": "binary"},
        {"objective": "multiclass", "num_class": 3},
        {"objective": "regression", "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5},
        {"objective": "regression", "zero_as_missing": True},
        {"objective": "poisson", "boosting": "dart"},
    ],
    ids=lambda options: "-".join(map(str, options.values())),
)
def test_lightgbm(explain: Explain, options: dict[str, Any]) -> None:
    """Contributions are those of LightGBM's `pred_contrib`, with missing values and categories."""
    targets = {"binary": SAMPLE.binary, "multiclass": (SAMPLE.number > 1).astype(int) + (SAMPLE.number > 3)}
    target = targets.get(options["objective"], SAMPLE.number)
    data = lightgbm.Dataset(MESSY, target, categorical_feature=["d"])
    booster = lightgbm.train({"verbose": -1, "min_data_in_leaf": 3, **options}, data, 12)
    rows = MESSY.iloc[:12].reset_index(drop=True)
    values, expected = explain(booster, rows)
    theirs = booster.predict(rows, pred_contrib=True).reshape(12, -1, 5)
    theirs = theirs / (12 if options.get("boosting") == "rf" else 1)
    assert theirs[:, :, :4] == pytest.approx(values, rel=1e-9, abs=1e-12)
    assert theirs[0, :, 4] == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    "options",
    [
        {"objective": "reg:squarederror"},
        {"objective": "binary:logistic"},
        {"objective": "multi:softprob", "num_class": 3},
        {"booster": "dart", "rate_drop": 0.5},
        {"booster": "gblinear"},
    ],
    ids=lambda options: "-".join(map(str, options.values())),
)
def test_xgboost(explain: Explain, options: dict[str, Any]) -> None:
    """Contributions are those of XGBoost's `pred_contribs`, which are computed in float32."""
    target = {"binary:logistic": SAMPLE.binary, "multi:softprob": (SAMPLE.number > 1).astype(int)}
    data = xgboost.DMatrix(MESSY, target.get(options.get("objective", ""), SAMPLE.number))
    booster = xgboost.train({"seed": 3, **options}, data, 12)
    rows = MESSY.iloc[:12].reset_index(drop=True)
    values, expected = explain(booster, rows)
    theirs = booster.predict(xgboost.DMatrix(rows), pred_contribs=True).reshape(12, -1, 5)
    assert theirs[:, :, :4] == pytest.approx(values, rel=1e-4, abs=1e-5)
    assert theirs[0, :, 4] == pytest.approx(expected, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize(
    "options",
    [{}, {"grow_policy": "Lossguide", "iterations": 1}, {"one_hot_max_size": 10}, {"loss_function": "MultiClass"}],
    ids=lambda options: "-".join(map(str, options.values())) or "counters",
)
def test_catboost(explain: Explain, options: dict[str, Any]) -> None:
    """Contributions are CatBoost's own Shapley values; what combines columns is divided among them."""
    # CatBoost's values of trees that are not symmetric often do not add up, unlike ours: here they do.
    random = np.random.default_rng(0)
    frame = SAMPLE.frame.assign(
        d=np.array(["x", "y", "z"])[random.integers(0, 3, 300)], e=np.array(["p", "q"])[random.integers(0, 2, 300)]
    )
    kind, target = CatBoostRegressor, SAMPLE.number + (frame["d"] == "x") * (frame["e"] == "q") * 3
    if options.get("loss_function") == "MultiClass":
        kind, target = CatBoostClassifier, SAMPLE.three
    settings = {"iterations": 15, "depth": 4, "random_seed": 1, "verbose": False, "allow_writing_files": False}
    estimator = kind(cat_features=["d", "e"], **(settings | options)).fit(frame, target)
    rows = frame.iloc[:12].reset_index(drop=True)
    values, expected = explain(estimator, rows)
    theirs = estimator.get_feature_importance(Pool(rows, cat_features=["d", "e"]), type="ShapValues").reshape(12, -1, 6)
    assert theirs[:, :, :5] == pytest.approx(values, rel=1e-6, abs=1e-9)
    assert theirs[0, :, 5] == pytest.approx(expected, rel=1e-6, abs=1e-9)
