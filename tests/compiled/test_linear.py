"""Linear models give scikit-learn's answers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import linear_model, svm

RANDOM = np.random.default_rng(0)
FRAME = pd.DataFrame(RANDOM.normal(size=(200, 4)), columns=["a", "b", "fixed acidity", "d"])
BINARY = FRAME["a"] + FRAME["b"] > 0
THREE = np.digitize(FRAME["a"], [-0.5, 0.5])
NUMBER = FRAME["a"] * 3 - FRAME["d"] + RANDOM.normal(size=200)


@pytest.mark.parametrize("kind", [linear_model.LinearRegression, linear_model.Ridge, linear_model.Lasso, svm.LinearSVR])
def test_regressors(compare: Any, kind: Any) -> None:
    """A linear regressor's prediction is its weighted sum."""
    assert compare(kind().fit(FRAME, NUMBER), FRAME).rows == len(FRAME)


@pytest.mark.parametrize("target", [BINARY, THREE], ids=["binary", "three"])
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "decision_function"])
def test_logistic_regression(compare: Any, target: Any, method: str) -> None:
    """Logistic regression gives its labels, probabilities and sums for two classes and for more."""
    compare(linear_model.LogisticRegression().fit(FRAME, target), FRAME, method)
