"""XGBoost behind transformers: values that a sparse matrix leaves out are missing, zeros of an array are numbers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder


@pytest.mark.parametrize("kind", ["gbtree", "gblinear"])
def test_sparse_rows(compare: Any, kind: str) -> None:
    """Values that a sparse row leaves out are missing, not zero."""
    texts = pd.DataFrame({"text": ["good day", "bad day", "so so", "good good night", "", "Ünïcode 日本語"] * 5})
    terms = ColumnTransformer([("text", CountVectorizer(), "text")])
    leaves = {"min_child_weight": 0} if kind == "gbtree" else {}
    estimator = xgboost.XGBRegressor(n_estimators=5, booster=kind, **leaves)
    model = make_pipeline(terms, estimator).fit(texts, [1, 0, 2, 1, 0, 2] * 5)
    assert 0.0 == compare(model, texts[:6], float32=True).difference


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("count", [3, 90])
def test_one_hot_columns(compare: Any, sparse: bool, count: int) -> None:
    """Zeros of one-hot columns are missing in a sparse matrix, and zeros in an array, however many there are."""
    cities = pd.DataFrame({"city": [f"city {number % count}" for number in range(180)], "x": np.arange(180) % 7.0})
    parts = [("city", OneHotEncoder(sparse_output=sparse), ["city"]), ("x", "passthrough", ["x"])]
    encode = ColumnTransformer(parts, sparse_threshold=1.0 if sparse else 0.0)
    model = make_pipeline(encode, xgboost.XGBRegressor(n_estimators=4, min_child_weight=0)).fit(
        cities, cities["x"] ** 2
    )
    assert 0.0 == compare(model, cities[:40], float32=True).difference
