"""Networks give scikit-learn's answers."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

RANDOM = np.random.default_rng(2)
FRAME = pd.DataFrame(RANDOM.normal(size=(90, 3)), columns=["a", "b", "c"])
BINARY = FRAME["a"] + FRAME["b"] > 0
THREE = np.array(["no", "perhaps", "sí"])[np.digitize(FRAME["a"], [-0.5, 0.5])]
NUMBER = np.exp(FRAME["a"] - FRAME["b"])
SEVERAL = np.column_stack([NUMBER, FRAME["c"]])
EDGES = pd.DataFrame(
    [[0.0, 0.0, 0.0], [1e3, -1e3, 3.0], [np.nan, 0.0, 0.0], [0.0, -np.inf, 0.0]],
    columns=FRAME.columns,
)
ASKED = pd.concat([FRAME.iloc[:20], EDGES], ignore_index=True)


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
