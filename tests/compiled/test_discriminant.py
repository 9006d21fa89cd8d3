"""Discriminant analysis gives scikit-learn's answers."""

from typing import Any

import pytest
from samples import EXTREME, sample
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis

SAMPLE = sample(1, 120, EXTREME)
FRAME = SAMPLE.frame
BINARY = SAMPLE.binary
THREE = SAMPLE.three
ASKED = SAMPLE.asked
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
