"""Networks give scikit-learn's answers."""

import warnings
from typing import Any

import numpy as np
import pytest
from samples import MODERATE, sample
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

SAMPLE = sample(2, 90, MODERATE)
FRAME = SAMPLE.frame
BINARY = SAMPLE.binary
THREE = SAMPLE.three
NUMBER = SAMPLE.number
SEVERAL = SAMPLE.several
ASKED = SAMPLE.asked


def fitted(estimator: Any, rows: Any, target: Any) -> Any:
    """The estimator, fitted as far as it gets."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", FutureWarning)
        return estimator.fit(rows, target)


@pytest.mark.parametrize("activation", ["identity", "logistic", "relu", "tanh"])
@pytest.mark.parametrize("target", [BINARY, THREE], ids=["binary", "three"])
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_network_classifiers(compare: Any, activation: str, target: Any, method: str) -> None:
    """A network gives its labels, probabilities and their logarithms, whichever its activation."""
    model = MLPClassifier((6, 4), activation=activation, max_iter=30, random_state=0)
    compare(fitted(model, FRAME, target), ASKED, method)


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_network_of_several_labels(compare: Any, method: str) -> None:
    """A network of several labels at once decides each by itself."""
    target = np.column_stack([BINARY, FRAME["c"] > 0]).astype(int)
    compare(fitted(MLPClassifier(6, max_iter=30, random_state=0), FRAME, target), ASKED, method)


@pytest.mark.parametrize("target", [NUMBER, SEVERAL], ids=["one", "two"])
def test_network_regressors(compare: Any, target: Any) -> None:
    """A network gives a number for each target."""
    compare(fitted(MLPRegressor(hidden_layer_sizes=6, max_iter=30, random_state=0), FRAME, target), ASKED)


def test_network_of_counts(compare: Any) -> None:
    """A network fitted by the Poisson loss gives the exponential of its last sum."""
    compare(
        fitted(MLPRegressor(loss="poisson", hidden_layer_sizes=6, max_iter=30, random_state=0), FRAME, NUMBER), FRAME
    )
