"""LightGBM, compiled: its own arithmetic, to the last bit."""

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from model.build import proof

Compare = Callable[..., proof.Verdict]

CHANCE = np.random.default_rng(3)
SIZE = 300
QUIET = {"verbose": -1, "num_threads": 1, "num_leaves": 8, "min_data_in_leaf": 5}
NEARLY_ZERO = float(np.float32(1e-35))

NUMBERS = CHANCE.normal(size=(SIZE, 3))
KINDS = CHANCE.integers(0, 70, size=(SIZE, 1))
TARGET = NUMBERS @ [1.0, -2.0, 0.5] + KINDS[:, 0] % 3
WITH_HOLES = np.where(CHANCE.random(NUMBERS.shape) < 0.2, np.nan, NUMBERS)
WITH_ZEROS = np.where(CHANCE.random(NUMBERS.shape) < 0.3, 0.0, NUMBERS)

EDGES = [math.nan, math.inf, -math.inf, 0.0, -0.0, 1e308, 5e-324, -1e-36, NEARLY_ZERO, -NEARLY_ZERO, 1e-34, -1e-34]
"""Numbers that LightGBM treats in ways of its own."""

TARGETS = {
    "binary": (TARGET > 0).astype(int),
    "cross_entropy": 1 / (1 + np.exp(-TARGET)),
    "cross_entropy_lambda": 1 / (1 + np.exp(-TARGET)),
    "gamma": abs(TARGET) + 0.1,
    "lambdarank": np.clip(TARGET + 2, 0, 4).astype(int),
    "multiclass": np.digitize(TARGET, [-1, 2]),
    "multiclassova": np.digitize(TARGET, [-1, 2]),
    "poisson": abs(TARGET),
    "rank_xendcg": np.clip(TARGET + 2, 0, 4).astype(int),
    "tweedie": abs(TARGET),
}
OPTIONS: dict[str, dict[str, Any]] = {
    "binary": {"sigmoid": 1.7},
    "multiclass": {"num_class": 3},
    "multiclassova": {"num_class": 3, "sigmoid": 0.6},
}
OBJECTIVES = ["fair", "huber", "mape", "quantile", "regression", "regression_l1", *TARGETS]


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """For one row, starting threads takes a hundred times as long as predicting."""
    with threadpool_limits(1):
        yield


def columns(data: Any) -> pd.DataFrame:
    """An array as a DataFrame whose columns are called a, b, c ..."""
    return pd.DataFrame(data, columns=list("abcdefgh")[: data.shape[1]])


def asked(data: Any = NUMBERS) -> pd.DataFrame:
    """Rows of an array, and rows in which each column in turn has each of the edges."""
    edges = [
        np.where(np.arange(data.shape[1]) == place, edge, data[0]) for place in range(data.shape[1]) for edge in EDGES
    ]
    return columns(np.vstack([data[:15], edges]))


def trained(data: Any = NUMBERS, target: Any = TARGET, rounds: int = 8, **options: Any) -> lightgbm.Booster:
    """A booster."""
    categories = options.pop("categories", "auto")
    groups = [30] * 10 if str(options.get("objective")) in ("lambdarank", "rank_xendcg") else None
    dataset = lightgbm.Dataset(data, target, group=groups, categorical_feature=categories)
    return lightgbm.train({**QUIET, **options}, dataset, rounds)


def edited(booster: lightgbm.Booster, **fields: str) -> lightgbm.Booster:
    """Return the booster with changed fields in every tree."""
    text = booster.model_to_string()
    for name, value in fields.items():
        text = re.sub(rf"^{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
    return lightgbm.Booster(model_str=text)


def exactly(verdict: proof.Verdict) -> None:
    """Fail unless every bit is the same."""
    assert (0.0, 0) == (verdict.difference, verdict.unstable)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective(objective: str, compare: Compare) -> None:
    """Each objective's link is applied to the sums."""
    target = TARGETS.get(objective, TARGET)
    exactly(compare(trained(target=target, objective=objective, **OPTIONS.get(objective, {})), asked()))


@pytest.mark.parametrize("objective", ["regression", "regression_l1", "quantile"])
def test_the_root_of_the_target_is_squared(objective: str, compare: Compare) -> None:
    """`reg_sqrt`, with targets below zero."""
    exactly(compare(trained(objective=objective, reg_sqrt=True), asked()))


@pytest.mark.parametrize("target", [TARGET, np.digitize(TARGET, [-1, 2])], ids=["one", "three"])
def test_an_objective_of_ones_own(target: Any, compare: Compare) -> None:
    """The sums themselves."""
    several = {"num_class": 3} if target is not TARGET else {}

    def objective(sums: Any, dataset: lightgbm.Dataset) -> tuple[Any, Any]:
        wanted = dataset.get_label()
        wanted = wanted if sums.ndim == 1 else wanted[:, None] == np.arange(3)
        return sums - wanted, np.ones_like(sums)

    exactly(compare(trained(target=target, objective=objective, **several), asked()))


@pytest.mark.parametrize("objective", ["regression", "binary", "multiclass"])
@pytest.mark.parametrize("boosting", ["gbdt", "dart", "goss", "rf"])
def test_every_way_of_boosting(boosting: str, objective: str, compare: Compare) -> None:
    """Forests give averages, the others sums."""
    bagging = {"bagging_freq": 1, "bagging_fraction": 0.6} if boosting == "rf" else {}
    options = {"boosting": boosting, "objective": objective, **bagging, **OPTIONS.get(objective, {})}
    exactly(compare(trained(target=TARGETS.get(objective, TARGET), **options), asked()))


def test_the_iterations_after_the_best_one_are_left_out(compare: Compare) -> None:
    """Early stopping: the model keeps them, and predicts without them."""
    data = lightgbm.Dataset(NUMBERS, TARGET)
    others = lightgbm.Dataset(NUMBERS[:50] + 1, TARGET[:50], reference=data)
    stop = lightgbm.early_stopping(3, verbose=False)
    options = {"valid_sets": [others], "callbacks": [stop], "keep_training_booster": True}
    model = lightgbm.train({**QUIET, "learning_rate": 0.8}, data, 60, **options)

    assert model.best_iteration < model.num_trees()
    exactly(compare(model, asked()))


def test_both_sides_of_every_threshold(compare: Compare) -> None:
    """The text that a booster is saved as has every bit of its numbers."""
    model = trained(CHANCE.normal(size=(SIZE, 1)) * 1e-20, rounds=20)
    lines = re.findall("^threshold=(.*)$", model.model_to_string(), flags=re.MULTILINE)
    thresholds = [float(number) for line in lines for number in line.split()]

    sides = [[side] for number in thresholds for side in (number, *np.nextafter(number, [-math.inf, math.inf]))]
    exactly(compare(model, columns(np.array(sides)[:200])))


@pytest.mark.parametrize("options", [{}, {"zero_as_missing": True}, {"use_missing": False}], ids=str)
@pytest.mark.parametrize("data", [NUMBERS, WITH_HOLES, WITH_ZEROS], ids=["full", "holes", "zeros"])
def test_missing_values(data: Any, options: dict[str, Any], compare: Compare) -> None:
    """They go where training has sent them, or are zero where it has seen none."""
    exactly(compare(trained(data, **options), asked(data)))


@pytest.mark.parametrize("missing", [0, 4, 8], ids=["none", "zero", "nan"])
@pytest.mark.parametrize("left", [0, 2], ids=["right", "left"])
@pytest.mark.parametrize("threshold", [0.0, 0.5, -0.5, 1e-40, -1e-40, NEARLY_ZERO, -NEARLY_ZERO])
def test_both_sides_of_zero(threshold: float, left: int, missing: int, compare: Compare) -> None:
    """Numbers near zero are compared as zero."""
    stump = trained(rounds=1, num_leaves=2)
    exactly(compare(edited(stump, threshold=repr(threshold), decision_type=str(missing | left)), asked()))


@pytest.mark.parametrize("options", [{}, {"use_missing": False}, {"zero_as_missing": True}], ids=str)
def test_categories(options: dict[str, Any], compare: Compare) -> None:
    """Categories are tested in sets: unknown, negative and missing ones go right, fractions are rounded down."""
    data = np.hstack([NUMBERS, KINDS])
    model = trained(data, categories=[3], cat_smooth=1, min_data_per_group=1, **options)
    kinds = [*range(75), 2.9, -0.5, -0.0, -0.999, -1.0, -3.0, 95.0, 96.0, 2.0**31, 2.0**32, 1e300, math.inf, math.nan]
    rows = np.repeat(data[:1], len(kinds), axis=0)
    rows[:, 3] = kinds

    assert "num_cat=1" in model.model_to_string()
    exactly(compare(model, columns(np.vstack([data[:30], rows]))))


@pytest.mark.parametrize("names", [["low", "mid", "high"], [10, -2, 3], ["no", "yes", "yes"], [False, True, True]])
@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_labels_and_probabilities(method: str, names: list[Any], compare: Compare) -> None:
    """Two classes and three, of every type that labels have."""
    labels = np.array(names)[TARGETS["multiclass"]]
    model = lightgbm.LGBMClassifier(n_estimators=5, num_leaves=8, verbose=-1, n_jobs=1).fit(columns(NUMBERS), labels)

    exactly(compare(model, asked(), method))


def test_equal_probabilities(compare: Compare) -> None:
    """The first of the labels is taken."""
    model = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1, n_jobs=1, boost_from_average=False)
    model.fit(columns(np.zeros((100, 3))), ["no", "yes"] * 50)

    exactly(compare(model, asked()))


@pytest.mark.filterwarnings("ignore:Cannot compute class probabilities")
@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_a_classifier_with_an_objective_of_its_own(method: str, compare: Compare) -> None:
    """It gives sums instead of labels and of probabilities."""

    def objective(labels: Any, sums: Any) -> tuple[Any, Any]:
        return 1 / (1 + np.exp(-sums)) - labels, np.full_like(sums, 0.25)

    model = lightgbm.LGBMClassifier(n_estimators=3, objective=objective, verbose=-1, n_jobs=1)
    exactly(compare(model.fit(columns(NUMBERS), TARGETS["binary"]), asked(), method))


@pytest.mark.parametrize("objective", ["multiclass", "multiclassova"])
@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_two_classes_of_which_each_has_its_sum(method: str, objective: str, compare: Compare) -> None:
    """A multi-class objective for two classes."""
    model = lightgbm.LGBMClassifier(n_estimators=3, objective=objective, num_class=2, verbose=-1, n_jobs=1)
    exactly(compare(model.fit(columns(NUMBERS), TARGETS["binary"]), asked(), method))


def test_a_ranker(compare: Compare) -> None:
    """The sums, whatever group a row is of."""
    model = lightgbm.LGBMRanker(n_estimators=5, verbose=-1, n_jobs=1)
    exactly(compare(model.fit(columns(NUMBERS), TARGETS["lambdarank"], group=[30] * 10), asked()))


@pytest.mark.parametrize("dtypes", [["float32"] * 3, ["float32", "float64", "int64"], ["int32", "bool", "int64"]])
def test_types_of_columns(dtypes: list[str], compare: Compare) -> None:
    """Numbers of every type are compared as float64."""
    frame = columns(NUMBERS * 10).astype(dict(zip("abc", dtypes, strict=True)))
    model = lightgbm.LGBMRegressor(n_estimators=5, min_child_samples=2, verbose=-1, n_jobs=1).fit(frame, TARGET)

    exactly(compare(model, frame[:50]))


def test_large_integers(compare: Compare) -> None:
    """They are float64 in a DataFrame."""
    frame = pd.DataFrame({"a": 2**62 + np.arange(SIZE) * 2**8, "b": np.arange(SIZE)})
    model = lightgbm.LGBMRegressor(n_estimators=3, verbose=-1, n_jobs=1).fit(frame, TARGET)

    exactly(compare(model, frame[::5]))


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_the_last_step_of_a_pipeline(method: str, compare: Compare) -> None:
    """It is given an array."""
    some = ColumnTransformer([("some", "passthrough", ["a", "c"])])
    model = make_pipeline(some, lightgbm.LGBMClassifier(n_estimators=4, verbose=-1, n_jobs=1))
    exactly(compare(model.fit(columns(NUMBERS), TARGETS["multiclass"]), asked(), method))


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_terms_of_texts(method: str, compare: Compare) -> None:
    """Values that sparse rows leave out are zero."""
    texts = [" ".join(CHANCE.choice(["red", "green", "blue", "fast", "slow", "old"], 4)) for _ in range(120)]
    model = make_pipeline(
        ColumnTransformer([("terms", TfidfVectorizer(), "text")]),
        lightgbm.LGBMClassifier(n_estimators=4, min_child_samples=3, verbose=-1, n_jobs=1),
    )
    model.fit(pd.DataFrame({"text": texts}), ["red" in text for text in texts])

    exactly(compare(model, pd.DataFrame({"text": [*texts[:30], "", "nothing known"]}), method))


def test_a_leaf_alone(compare: Compare) -> None:
    """Where nothing can be split, the average is predicted."""
    exactly(compare(trained(np.zeros((SIZE, 3)), rounds=2), asked()))


def test_a_tree_deeper_than_pythons_stack(compare: Compare) -> None:
    """Each split takes one row away."""
    steps = np.arange(1500.0)[:, None]
    options = {"num_leaves": 1500, "min_data_in_leaf": 1, "min_sum_hessian_in_leaf": 0, "max_bin": 2000}
    model = trained(steps, 1.02 ** steps[:, 0], rounds=1, min_data_in_bin=1, **options)

    exactly(compare(model, columns(steps[::40])))


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (
            lambda: lightgbm.LGBMRegressor(n_estimators=2, pred_early_stop=True, verbose=-1, n_jobs=1).fit(
                NUMBERS, TARGET
            ),
            "pred_early_stop",
        ),
        (lambda: trained(NUMBERS[:, :2]), "trained on 2 columns refuses 3"),
        (lambda: trained(columns(NUMBERS).assign(c=pd.Categorical(KINDS[:, 0]))), "category columns"),
        (trained, "columns of type string"),
    ],
    ids=["stopped early", "other columns", "pandas categories", "texts"],
)
def test_what_is_refused_by_name(model: Callable[[], Any], why: str, compiled: Any) -> None:
    """An option without exporter, and a model that MLflow cannot ask."""
    from exporters import Unsupported

    with pytest.raises(Unsupported, match=why):
        compiled(model(), columns(NUMBERS).astype({"b": "str"} if "string" in why else {}))
