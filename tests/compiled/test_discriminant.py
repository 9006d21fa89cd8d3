"""Discriminant analysis gives scikit-learn's answers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis

RANDOM = np.random.default_rng(1)
FRAME = pd.DataFrame(RANDOM.normal(size=(120, 3)), columns=["a", "b", "c"])
BINARY = FRAME["a"] + FRAME["b"] > 0
THREE = np.array(["no", "perhaps", "sí"])[np.digitize(FRAME["a"], [-0.5, 0.5])]
EDGES = pd.DataFrame(
    [[0.0, 0.0, 0.0], [1e5, -1e5, 3.0], [1e200, 0.0, 0.0], [np.nan, 0.0, 0.0], [0.0, np.inf, 0.0]],
    columns=FRAME.columns,
)
ASKED = pd.concat([FRAME.iloc[:20], EDGES], ignore_index=True)
PROBABLE = ["predict", "predict_proba", "predict_log_proba"]

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's, of the overflows asked for

DISCRIMINANTS = {
    "svd": LinearDiscriminantAnalysis(),
    "eigen": LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto"),
    "lsqr": LinearDiscriminantAnalysis(solver="lsqr"),
    "quadratic": QuadraticDiscriminantAnalysis(),
    "regularized": QuadraticDiscriminantAnalysis(reg_param=0.1, priors=None),
}


@pytest.mark.parametrize("target", [BINARY, THREE], ids=["binary", "three"])
@pytest.mark.parametrize("method", [*PROBABLE, "decision_function"])
@pytest.mark.parametrize("name", DISCRIMINANTS)
def test_discriminants(compare: Any, name: str, method: str, target: Any) -> None:
    """Discriminant analysis gives its labels, scores, probabilities and their logarithms."""
    compare(DISCRIMINANTS[name].fit(FRAME, target), ASKED, method)


@pytest.mark.parametrize("name", ["svd", "eigen"])
def test_projection(compare: Any, name: str) -> None:
    """As a transformer, linear discriminant analysis gives the row's place between the classes."""
    compare(DISCRIMINANTS[name].fit(FRAME, THREE), ASKED, "transform")
