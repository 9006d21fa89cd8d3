"""XGBoost's models give XGBoost's answers: to the last bit where it only adds, else to a unit in the last place."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline

RANDOM = np.random.default_rng(0)
FRAME = pd.DataFrame(RANDOM.normal(size=(300, 4)), columns=["a", "b", "fixed acidity", "d"]).round(2)
HOLES = FRAME.mask(RANDOM.random(FRAME.shape) < 0.2)
NUMBER = (FRAME["a"] * 3 - FRAME["d"] + RANDOM.normal(size=300)).to_numpy()
POSITIVE = np.exp(NUMBER / 3)
BINARY = (NUMBER > 0).astype(int)
THREE = np.digitize(NUMBER, [-1.5, 1.5])
SEVERAL = np.column_stack([NUMBER, FRAME["b"] * 2])
LABELS = np.column_stack([BINARY, THREE > 1])
GROUPS = np.repeat(np.arange(30), 10)

EDGES = pd.DataFrame(
    [
        [0.0, 0.0, 0.0, 0.0],
        [-0.0, 5e-324, -5e-324, 1e-300],
        [1e6, -1e6, 1e5, 3.0],
        [3.4028234663852886e38, -3.4028234663852886e38, 16777217.0, 3.4e38],
        [np.nan, 0.0, 0.0, 0.0],
        [np.nan, np.nan, np.nan, np.nan],
        [1e300, 0.0, 0.0, 0.0],
        [0.0, np.inf, 0.0, 0.0],
        [0.0, 0.0, 0.0, -np.inf],
    ],
    columns=FRAME.columns,
)
ONE_ULP = 2**-23
SMALL = {"n_estimators": 6, "max_depth": 3, "n_jobs": 1, "verbosity": 0}
TREES = {"max_depth": 3, "nthread": 1, "verbosity": 0}


def around(model: Any, frame: pd.DataFrame = HOLES) -> pd.DataFrame:
    """Rows to ask: known ones, edges, and some thresholds of a model with their neighbours in float32 and float64."""
    parts = [frame[:8], EDGES]
    booster = model if isinstance(model, xgboost.Booster) else model.get_booster()
    if "gblinear" in booster.save_config():
        return pd.concat(parts, ignore_index=True)
    splits = booster.trees_to_dataframe().query("Feature != 'Leaf'")
    splits = splits.sample(min(len(splits), 6), random_state=0)
    thresholds = splits["Split"].to_numpy()
    places = [list(booster.feature_names or ()).index(name) for name in splits["Feature"]]
    ways = -np.inf, np.inf
    near = [np.nextafter(thresholds.astype("f4"), np.float32(way)) for way in ways]
    for values in (thresholds, *near, *(np.nextafter(thresholds, way) for way in ways)):
        rows = frame.sample(len(splits), random_state=0).to_numpy(copy=True)
        rows[np.arange(len(splits)), places] = values
        parts.append(pd.DataFrame(rows, columns=frame.columns))
    return pd.concat(parts, ignore_index=True)


@pytest.fixture
def booster(compare: Any) -> Callable[..., Any]:
    """Compares a compiled Booster with the Booster, asked as MLflow asks it."""

    def run(model: xgboost.Booster, frame: pd.DataFrame) -> Any:
        return compare(model, frame, float32=True, asked=lambda part: model.predict(xgboost.DMatrix(part)))

    return run


def trained(target: Any, rows: pd.DataFrame = HOLES, rounds: int = 6, **params: Any) -> xgboost.Booster:
    """A small Booster."""
    return xgboost.train({**TREES, **params}, xgboost.DMatrix(rows, target), rounds)


@pytest.mark.parametrize("objective", ["reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror",
                                       "reg:squaredlogerror", "binary:logitraw", "binary:hinge"])  # fmt: skip
def test_sums_have_the_same_bits(booster: Any, objective: str) -> None:
    """Where an objective leaves the sums alone, every bit is XGBoost's, around all thresholds and where values miss."""
    model = trained(BINARY, objective=objective)
    assert 0.0 == booster(model, around(model)).difference


@pytest.mark.parametrize("objective", ["binary:logistic", "reg:logistic", "count:poisson", "reg:gamma", "reg:tweedie",
                                       "survival:cox"])  # fmt: skip
def test_powers_of_e(booster: Any, objective: str) -> None:
    """Where an objective takes sums through the exponential function, a bit may differ."""
    model = trained(BINARY + (0.5 if objective == "reg:gamma" else 0), objective=objective, base_score=0.3)
    assert ONE_ULP >= booster(model, around(model)).difference


def test_survival_times(booster: Any) -> None:
    """An accelerated failure time model, whose targets are intervals."""
    matrix = xgboost.DMatrix(HOLES)
    matrix.set_float_info("label_lower_bound", POSITIVE)
    matrix.set_float_info("label_upper_bound", POSITIVE * 2)
    model = xgboost.train({**TREES, "objective": "survival:aft"}, matrix, 6)
    assert ONE_ULP >= booster(model, around(model)).difference


@pytest.mark.parametrize("margin", [80.0, 95.0, 3e38])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("objective", ["binary:logistic", "count:poisson"])
def test_large_sums(booster: Any, objective: str, sign: int, margin: float) -> None:
    """Sums that float32 has no exponential of end as XGBoost's do."""

    def gradient(scores: Any, _: xgboost.DMatrix) -> tuple[Any, Any]:
        return np.full(len(scores), -sign * margin, "f4"), np.ones(len(scores), "f4")

    params = {**TREES, "objective": objective, "eta": 1, "lambda": 0, "base_score": 0.5}
    booster(xgboost.train(params, xgboost.DMatrix(HOLES, BINARY), 2, obj=gradient), EDGES)


@pytest.mark.parametrize("objective", ["multi:softprob", "multi:softmax"])
@pytest.mark.parametrize("kind", ["gbtree", "dart", "gblinear"])
def test_classes(booster: Any, kind: str, objective: str) -> None:
    """Several classes have a sum each, and one number or a probability for each comes out."""
    model = trained(THREE, objective=objective, num_class=3, booster=kind)
    assert ONE_ULP >= booster(model, around(model)).difference


@pytest.mark.parametrize("params", [
    {"booster": "dart", "rate_drop": 0.5, "seed": 1},
    {"booster": "dart", "rate_drop": 0.5, "num_parallel_tree": 2, "normalize_type": "forest"},
    {"num_parallel_tree": 3, "subsample": 0.5},
    {"grow_policy": "lossguide", "max_leaves": 7, "max_depth": 0},
    {"tree_method": "exact"},
    {"tree_method": "approx"},
    {"base_score": 1e6},
    {"max_depth": 1, "min_child_weight": 1e9},
    {"booster": "gblinear"},
    {"objective": "rank:pairwise"},
], ids=str)  # fmt: skip
def test_boosters(booster: Any, params: dict[str, Any]) -> None:
    """Weighted trees, several at a time, trees of any form, single leaves and linear models: every bit is XGBoost's."""
    model = trained(BINARY, **params)
    assert 0.0 == booster(model, around(model)).difference


@pytest.mark.parametrize("params", [
    {"multi_strategy": "one_output_per_tree", "num_parallel_tree": 2},
    {"multi_strategy": "multi_output_tree", "num_parallel_tree": 2},
    {"objective": "reg:quantileerror", "quantile_alpha": [0.1, 0.5, 0.9]},
], ids=str)  # fmt: skip
def test_several_outputs(booster: Any, params: dict[str, Any]) -> None:
    """Several targets, by a tree for each or by trees with a vector in each leaf, and several quantiles of one."""
    model = trained(NUMBER if "objective" in params else SEVERAL, **params)
    assert 0.0 == booster(model, pd.concat([HOLES[:30], EDGES], ignore_index=True)).difference


@pytest.mark.parametrize("onehot", [1, 100])
def test_categories_by_number(booster: Any, onehot: int) -> None:
    """Whole numbers trained as categories; those that were never seen, negative, broken or missing ones."""
    frame = pd.DataFrame({"c": RANDOM.integers(0, 70, 300) * 1.0, "d": RANDOM.integers(0, 32, 300) * 1.0, "x": NUMBER})
    target = (frame["c"] % 3 == 0) * 2.0 + (frame["d"] == 31) + frame["x"]
    matrix = xgboost.DMatrix(frame, target, feature_types=["c", "c", "q"], enable_categorical=True)
    model = xgboost.train({**TREES, "max_depth": 6, "max_cat_to_onehot": onehot}, matrix, 6)
    every = pd.DataFrame({"c": np.arange(-2.0, 130.0), "d": np.arange(-2.0, 130.0), "x": 0.0})
    odd = [0.9999999999, 1.5, -0.5, -1.0, 63.999999, 16777215.0, 16777216.0, 3e9, 1e19, 3e38, np.nan]
    asked = pd.concat([frame[:50], every, pd.DataFrame({"c": odd, "d": odd[::-1], "x": 0.0})], ignore_index=True)
    assert 0.0 == booster(model, asked).difference


def test_a_booster_keeps_the_rounds_after_its_best(booster: Any) -> None:
    """A Booster that stopped early predicts with all of its trees."""
    matrix = xgboost.DMatrix(HOLES, RANDOM.normal(size=300))
    other = xgboost.DMatrix(HOLES, RANDOM.normal(size=300))
    model = xgboost.train(TREES, matrix, 20, evals=[(other, "other")], early_stopping_rounds=5, verbose_eval=False)
    assert model.best_iteration + 1 < model.num_boosted_rounds()
    assert 0.0 == booster(model, around(model)).difference


@pytest.mark.parametrize("kind", ["gbtree", "dart"])
def test_an_estimator_forgets_the_rounds_after_its_best(compare: Any, kind: str) -> None:
    """An estimator that stopped early predicts up to its best iteration."""
    noise = RANDOM.normal(size=300)
    model = xgboost.XGBRegressor(**SMALL, booster=kind, early_stopping_rounds=2)
    model.set_params(n_estimators=20, rate_drop=0.2).fit(HOLES, noise, eval_set=[(HOLES, noise[::-1])], verbose=False)
    assert model.best_iteration + 1 < model.get_booster().num_boosted_rounds()
    assert 0.0 == compare(model, around(model), float32=True).difference


@pytest.mark.parametrize("estimator", [
    xgboost.XGBRegressor(**SMALL),
    xgboost.XGBRegressor(**SMALL, objective=lambda labels, scores: (scores - labels, np.ones(len(labels)))),
    xgboost.XGBRegressor(**SMALL, booster="dart", rate_drop=0.5),
    xgboost.XGBRegressor(**SMALL, booster="gblinear"),
    xgboost.XGBRFRegressor(**SMALL),
], ids=["trees", "own", "dart", "linear", "forest"])  # fmt: skip
def test_regressors(compare: Any, estimator: Any) -> None:
    """A regressor predicts its sums; infinities are let through where XGBoost reads numbers in place."""
    model = clone(estimator).fit(HOLES, NUMBER)
    assert 0.0 == compare(model, around(model), float32=True).difference


def test_rankers(compare: Any) -> None:
    """A ranker predicts its sums."""
    model = xgboost.XGBRanker(**SMALL).fit(HOLES, THREE, qid=GROUPS)
    assert 0.0 == compare(model, around(model), float32=True).difference


@pytest.mark.parametrize(
    "target", [BINARY, THREE, np.column_stack([BINARY, THREE > 1])], ids=["two", "three", "several"]
)
@pytest.mark.parametrize("method", ["predict", "predict_proba"])
@pytest.mark.parametrize("estimator", [
    xgboost.XGBClassifier(**SMALL),
    xgboost.XGBClassifier(**SMALL, booster="dart", rate_drop=0.5),
    xgboost.XGBRFClassifier(**SMALL),
], ids=["trees", "dart", "forest"])  # fmt: skip
def test_classifiers(compare: Any, estimator: Any, method: str, target: Any) -> None:
    """Labels and probabilities of two classes, of more, and of several labels at once."""
    model = clone(estimator).fit(HOLES, target)
    frame = around(model) if target.ndim == 1 else pd.concat([HOLES[:30], EDGES])
    assert ONE_ULP >= compare(model, frame, method, float32=True).difference


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
@pytest.mark.parametrize("objective", ["multi:softmax", "multi:softprob", "two", "binary:hinge", "binary:logitraw"])
def test_objectives_of_classifiers(compare: Any, objective: str, method: str) -> None:
    """A classifier with another objective answers as XGBoost does."""
    params = {"objective": "multi:softprob", "num_class": 2} if objective == "two" else {"objective": objective}
    model = xgboost.XGBClassifier(**SMALL, **params).fit(HOLES, THREE if objective.startswith("multi") else BINARY)
    assert 2 * ONE_ULP >= compare(model, around(model), method, float32=True).difference


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_estimators_as_mlflow_loads_them(compare: Any, tmp_path: Any, method: str) -> None:
    """An estimator that was saved and loaded knows less of itself, and answers the same."""
    model = xgboost.XGBClassifier(**SMALL).fit(HOLES, THREE)
    model.save_model(tmp_path / "model.ubj")
    loaded = xgboost.XGBClassifier()
    loaded.load_model(tmp_path / "model.ubj")
    assert ONE_ULP >= compare(loaded, around(loaded), method, float32=True).difference


@pytest.mark.parametrize("kind", ["gbtree", "gblinear"])
@pytest.mark.parametrize("missing", [0.0, -999.0, 0.1, np.nan])
def test_missing(compare: Any, missing: float, kind: str) -> None:
    """A number that stands for missing does so once it is a float32."""
    frame = HOLES.fillna(missing)
    model = xgboost.XGBRegressor(**SMALL, missing=missing, booster=kind).fit(frame, NUMBER)
    near = frame[:5].assign(a=missing, b=float(np.float32(missing)), d=-0.0)
    assert 0.0 == compare(model, pd.concat([around(model, frame), near]), float32=True).difference


@pytest.mark.parametrize("types", ["float32", "int64", "int32", "bool"])
def test_columns_of_other_types(compare: Any, types: str) -> None:
    """Whole numbers, float32 and booleans count as float32."""
    frame = (FRAME * 4).round().astype(types)
    model = xgboost.XGBRegressor(**SMALL).fit(frame, NUMBER)
    asked = frame[:40].copy()
    if types == "int64":
        asked.loc[0, "a"], asked.loc[1, "b"] = 2**63 - 1, -(2**53) - 1
    assert 0.0 == compare(model, asked, float32=True).difference


@pytest.mark.parametrize("kind", ["gbtree", "gblinear"])
def test_pipelines(compare: Any, kind: str) -> None:
    """A pipeline's numbers are cast to float32 where XGBoost gets them."""
    some = ColumnTransformer([("some", "passthrough", ["d", "a"])])
    model = make_pipeline(some, xgboost.XGBClassifier(**SMALL, booster=kind)).fit(HOLES, THREE)
    frame = pd.concat([HOLES[:30], EDGES])
    assert ONE_ULP >= compare(model, frame, "predict_proba", float32=True).difference


def test_what_is_refused(compiled: Any) -> None:
    """Categories by name, infinity for missing, text, and other columns than a model was fitted to are named."""
    from exporters import Unsupported

    cities = pd.DataFrame({"city": pd.Categorical(["Roma", "Oslo", "Bern"] * 20), "x": np.arange(60.0)})
    named = xgboost.XGBRegressor(enable_categorical=True, n_estimators=2).fit(cities, np.arange(60))
    numbered = cities.assign(city=1.0)
    infinite = xgboost.XGBRegressor(**SMALL, missing=np.inf).fit(FRAME, NUMBER)
    plain = xgboost.XGBRegressor(**SMALL).fit(FRAME, NUMBER)
    for model, frame, words in (
        (named, numbered, "pandas' categories"),
        (infinite, FRAME, "missing=inf"),
        (plain, FRAME[["a", "b"]], "of 4 columns where 2 come"),
        (plain, FRAME.assign(a="text"), "anything but numbers"),
    ):
        with pytest.raises(Unsupported, match=words):
            compiled(model, frame)
    with pytest.raises(Unsupported, match=r"XGBRegressor\.predict_proba"):
        compiled(plain, FRAME, "predict_proba")
