"""CatBoost's categories: one-hot features, and statistics of categories and of their combinations, to the last bit."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoostClassifier, CatBoostRegressor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handler.errors import InvalidValue

RANDOM = np.random.default_rng(0)
ROWS = 500
LENGTHS = (1, 3, 4, 8, 9, 16, 17, 32, 33, 64, 65, 128, 129, 200)  # where CityHash takes other ways
CITIES = ["", "München", "Oslo", "東京", "🗞️", "New York"]
FRAME = pd.DataFrame(
    {
        "x": RANDOM.normal(size=ROWS).round(2),
        "city": RANDOM.choice(CITIES, ROWS),
        "code": RANDOM.choice([letter * length for letter in "abc" for length in LENGTHS], ROWS),
        "number": RANDOM.integers(-3, 20, ROWS),
        "flag": RANDOM.random(ROWS) < 0.5,
        "y": RANDOM.normal(size=ROWS).round(2),
    }
)
FRAME["x"] = FRAME["x"].mask(RANDOM.random(ROWS) < 0.2)
CATEGORIES = ["city", "code", "number", "flag"]
NUMBER = (
    (FRAME["x"].fillna(3) * (FRAME["city"] == "Oslo") + FRAME["code"].str.len() / 50 + FRAME["number"] / 9)
    * np.where(FRAME["flag"], 1, -1)
    + (FRAME["city"] > "N") * (FRAME["number"] % 3)
    + RANDOM.normal(size=ROWS) / 5
).to_numpy()
THREE = np.digitize(NUMBER, [-0.5, 0.7])
SMALL = {
    "iterations": 60, "depth": 5, "verbose": False, "allow_writing_files": False, "thread_count": 1,
    "cat_features": CATEGORIES,
}  # fmt: skip
STATISTICS = {
    "borders": ["Borders:TargetBorderCount=3:Prior=0.5:Prior=2"],
    "buckets": ["Buckets:TargetBorderCount=2"],
    "means": ["BinarizedTargetMeanValue:Prior=0.3"],
    "counters": ["Counter:Prior=0.25"],
}
EVERY = [one for several in STATISTICS.values() for one in several]

UNSEEN = FRAME[:60].assign(
    city=["never", "Oslo", ""] * 20, code=["Ä", "a", "a" * 1000, "a\0"] * 15, number=[2**62, -(2**63), 0] * 20
)
ASKED = pd.concat([FRAME[:100], UNSEEN], ignore_index=True)


@pytest.mark.parametrize("params", [
    {},
    {"one_hot_max_size": 255},
    {"max_ctr_complexity": 1},
    {"max_ctr_complexity": 4, "one_hot_max_size": 6, "depth": 6},
    {"grow_policy": "Depthwise", "one_hot_max_size": 10},
    {"grow_policy": "Lossguide", "max_ctr_complexity": 3},
    {"counter_calc_method": "Full", "nan_mode": "Max", "max_ctr_complexity": 3},
    {"boosting_type": "Ordered", "ctr_leaf_count_limit": 5},
    {"store_all_simple_ctr": True, "ctr_target_border_count": 10},
    *({"simple_ctr": one, "combinations_ctr": one} for one in STATISTICS.values()),
    {"simple_ctr": EVERY, "combinations_ctr": EVERY},
    {"per_feature_ctr": ["1:Counter:CtrBorderCount=255:Prior=0.5"], "max_ctr_complexity": 1},
], ids=str)  # fmt: skip
def test_features_have_the_same_bits(compare: Any, params: dict[str, Any]) -> None:
    """Every kind of feature that is made of categories, of those that were seen in training and others."""
    model = CatBoostRegressor(**{**SMALL, **params}).fit(FRAME, NUMBER)
    assert 0.0 == compare(model, ASKED).difference


@pytest.mark.parametrize("policy", ["SymmetricTree", "Depthwise"])
def test_several_classes(compare: Any, policy: str) -> None:
    """Statistics of several classes."""
    model = CatBoostClassifier(**{**SMALL, "grow_policy": policy, "loss_function": "MultiClass"}).fit(FRAME, THREE)
    compare(model, ASKED)
    assert 1e-14 > compare(model, ASKED, "predict_proba").difference


@pytest.mark.parametrize(("counted", "renamed"), [
    ("counters", ("Counter", "FeatureFreq")), ("means", ("BinarizedTargetMeanValue", "FloatTargetMeanValue")),
])  # fmt: skip
def test_statistics_of_other_processors(compare: Any, tmp_path: Path, counted: str, renamed: tuple[str, str]) -> None:
    """Statistics that only graphics processors compute: a model that is rewritten to contain them."""
    ctr = {"simple_ctr": STATISTICS[counted], "combinations_ctr": STATISTICS[counted]}
    CatBoostRegressor(**{**SMALL, **ctr}).fit(FRAME, NUMBER).save_model(str(tmp_path / "model.json"), format="json")
    text = (tmp_path / "model.json").read_text(encoding="utf-8").replace(*renamed)
    (tmp_path / "model.json").write_text(text, encoding="utf-8")
    model = CatBoostRegressor().load_model(str(tmp_path / "model.json"), format="json")
    assert renamed[1] in {one["ctr_type"] for one in json.loads(text)["features_info"]["ctrs"]}
    assert 0.0 == compare(model, ASKED).difference


def test_only_categories(compare: Any) -> None:
    """A model without any column of numbers."""
    model = CatBoostRegressor(**SMALL).fit(FRAME[CATEGORIES], NUMBER)
    assert 0.0 == compare(model, ASKED[CATEGORIES]).difference


@pytest.mark.parametrize("column", ["city", "idle"])
def test_missing_categories_are_refused(compare: Any, compiled: Any, column: str) -> None:
    """CatBoost refuses missing texts, also in a column that no tree looks at; the error names row and column."""
    frame = FRAME.assign(idle="same")
    model = CatBoostRegressor(**{**SMALL, "cat_features": [*CATEGORIES, "idle"]}).fit(frame, NUMBER)
    asked = frame[:4].copy()
    asked.loc[1, column] = None
    compare(model, asked)
    with pytest.raises(InvalidValue) as refused:
        compiled(model, frame).predict({name: [*frame[name].tolist()[:1], None] for name in frame}, {})
    assert (1, "city") == (refused.value.row, refused.value.column)


@pytest.fixture(scope="module")
def models() -> list[Any]:
    """A model of each kind of tree."""
    policies = ({"max_ctr_complexity": 3, "one_hot_max_size": 6}, {"grow_policy": "Lossguide"})
    return [CatBoostRegressor(**{**SMALL, **policy}).fit(FRAME, NUMBER) for policy in policies]


NUMBERS = st.floats(width=64) | st.sampled_from([0.0, -0.0, 5e-324, 1e300, 3.5e38, float("nan"), float("inf")])
TEXTS = st.sampled_from([*CITIES, *FRAME["code"].unique()]) | st.text(st.characters(exclude_categories=["Cs"]))
WHOLE = st.integers(-5, 25) | st.integers(-(2**63), 2**63 - 1)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(NUMBERS, TEXTS, TEXTS, WHOLE, st.booleans(), NUMBERS), min_size=1, max_size=20))
@pytest.mark.parametrize("place", [0, 1])
def test_any_row(compare: Any, models: list[Any], place: int, rows: list[tuple[Any, ...]]) -> None:
    """Numbers of any size and kind, and texts of any length and alphabet."""
    frame = pd.DataFrame(rows, columns=FRAME.columns).astype(FRAME.dtypes)
    assert 0.0 == compare(models[place], frame).difference
