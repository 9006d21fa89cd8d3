"""Situations in which CatBoost's own exports to C++, Python or JSON are or were wrong: `predict` has the answer.

Each test names the report at github.com/catboost/catboost/issues that describes the situation.
"""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoost, CatBoostClassifier, CatBoostRegressor

RANDOM = np.random.default_rng(4)
ROWS = 400
SMALL = {"verbose": False, "allow_writing_files": False, "thread_count": 1}
NUMBERS = pd.DataFrame(RANDOM.normal(size=(ROWS, 6)), columns=list("abcdef"))
TEXTS = pd.DataFrame({name: RANDOM.choice(list("uvwxyz"), ROWS) for name in ("A", "B", "C")})
TARGET = (
    NUMBERS["c"] * (TEXTS["A"] > "w") + (TEXTS["A"] + TEXTS["B"]).isin(["uv", "wx", "yu", "zz"]) + NUMBERS["f"] / 2
).to_numpy()
THREE = np.digitize(TARGET, [0.0, 0.8])


def test_columns_that_no_tree_looks_at(compare: Any) -> None:
    """The export to Python took a column for another where one before it is not used (452)."""
    rows = pd.DataFrame(RANDOM.integers(0, 10, (60, 5)).astype("f8"))
    rows.columns = [f"column {number}" for number in rows]
    model = CatBoost({**SMALL, "depth": 2, "iterations": 1}).fit(rows, rows["column 2"] > rows["column 4"])
    used = [place for place, borders in model.get_borders().items() if borders]
    assert 0 < len(used) < 3
    assert 0.0 == compare(model, rows).difference


@pytest.mark.parametrize("wide", [10, 40])
def test_many_columns_of_which_few_are_used(compare: Any, wide: int) -> None:
    """C++ read beyond its bins, and a model that was read back from JSON answered otherwise (951)."""
    idle = pd.DataFrame(np.zeros((ROWS, wide)), columns=[f"idle {number}" for number in range(wide)])
    frame = pd.concat([idle, NUMBERS, TEXTS, idle.add_suffix(" too")], axis=1)
    model = CatBoostRegressor(**SMALL, iterations=200, cat_features=[*TEXTS], one_hot_max_size=2).fit(frame, TARGET)
    assert 0.0 == compare(model, frame[:60]).difference


@pytest.mark.parametrize("statistics", [
    None, ["Borders:TargetBorderCount=15", "Buckets:TargetBorderCount=15", "Borders:TargetBorderType=MinEntropy",
           "Counter:CtrBorderCount=20"],
])  # fmt: skip
def test_categories_of_a_regressor(compare: Any, statistics: list[str] | None) -> None:
    """C++ answered otherwise as soon as there was a column of categories (1145)."""
    params = {**SMALL, "boosting_type": "Ordered", "iterations": 100, "simple_ctr": statistics}
    frame = pd.concat([NUMBERS, TEXTS[["A", "B"]]], axis=1)
    model = CatBoostRegressor(**params, cat_features=["A", "B"]).fit(frame, TARGET)
    asked = pd.concat([frame[:60], frame[:30].assign(B="never seen")], ignore_index=True)
    assert 0.0 == compare(model, asked).difference


def test_three_classes_of_numbers(compare: Any) -> None:
    """C++ added the leaves of one class to another (2513)."""
    model = CatBoostClassifier(**SMALL, iterations=60).fit(NUMBERS, THREE)
    compare(model, NUMBERS[:100])
    assert 1e-14 > compare(model, NUMBERS[:100], "predict_proba").difference


def test_three_classes_by_trees_of_several_depths(compare: Any) -> None:
    """Python looked for a tree's leaves behind those of twice as many trees (2549)."""
    frame = pd.concat([NUMBERS, TEXTS], axis=1)
    params = {**SMALL, "cat_features": [*TEXTS], "loss_function": "MultiClass", "min_data_in_leaf": 60}
    model = CatBoostClassifier(**params, iterations=40, depth=7).fit(frame, THREE)
    compare(model, frame[:100])
    assert 1e-14 > compare(model, frame[:100], "predict_proba").difference


def test_missing_numbers_above_all_others(compare: Any) -> None:
    """Both exports put missing numbers below all others (2104)."""
    holes = NUMBERS.mask(RANDOM.random(NUMBERS.shape) < 0.3)
    model = CatBoostRegressor(**SMALL, iterations=40, nan_mode="Max").fit(holes, TARGET + holes["a"].isna())
    assert 0.0 == compare(model, holes[:100]).difference


@pytest.mark.parametrize("policy", ["Depthwise", "Lossguide"])
def test_categories_of_asymmetric_trees(compare: Any, policy: str) -> None:
    """JSON names no statistic at the nodes of such trees, only its place among all tests (2414)."""
    frame = pd.concat([NUMBERS, TEXTS], axis=1)
    params = {**SMALL, "cat_features": [*TEXTS], "grow_policy": policy, "max_ctr_complexity": 3}
    model = CatBoostRegressor(**params, iterations=60).fit(frame, TARGET)
    assert 0.0 == compare(model, frame[:100]).difference
