"""Support vector machines with kernels give scikit-learn's answers."""

import warnings
from typing import Any

import pandas as pd
import pytest
from samples import MODERATE, sample
from sklearn import svm
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline

SAMPLE = sample(2, 90, MODERATE)
FRAME = SAMPLE.frame
BINARY = SAMPLE.binary
THREE = SAMPLE.three
NUMBER = SAMPLE.number
ASKED = SAMPLE.asked
TEXTS = pd.DataFrame({"text": ["good day", "bad day", "so so day", "good good night", "", "ÜNÏ 日本語"]})
KERNELS = ["linear", "poly", "rbf", "sigmoid"]


def fitted(estimator: Any, rows: Any, target: Any) -> Any:
    """The estimator, fitted as far as it gets."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", FutureWarning)
        return estimator.fit(rows, target)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("kind", [svm.SVC, svm.NuSVC])
@pytest.mark.parametrize("target", [BINARY, THREE], ids=["binary", "three"])
@pytest.mark.parametrize("method", ["predict", "decision_function"])
def test_support_vector_classifiers(compare: Any, kernel: str, kind: Any, target: Any, method: str) -> None:
    """A support vector machine lets pairs of classes vote."""
    model = kind(kernel=kernel, **({"nu": 0.2} if kind is svm.NuSVC else {"C": 2.0}))
    compare(fitted(model, FRAME, target), ASKED, method)


@pytest.mark.parametrize("method", ["predict", "decision_function"])
@pytest.mark.parametrize("options", [{"decision_function_shape": "ovo"}, {"break_ties": True}], ids=str)
def test_scores_of_pairs_and_ties(compare: Any, options: Any, method: str) -> None:
    """Scores are given for each pair where asked so, and decide ties where asked so."""
    compare(svm.SVC(**options).fit(FRAME, THREE), ASKED, method)


@pytest.mark.parametrize("method", ["predict_proba", "predict_log_proba"])
@pytest.mark.parametrize("target", [BINARY, THREE], ids=["binary", "three"])
def test_support_vector_probabilities(compare: Any, target: Any, method: str) -> None:
    """Probabilities are libsvm's, coupled from those of the pairs."""
    compare(fitted(svm.SVC(probability=True, random_state=0), FRAME, target), ASKED, method)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("kind", [svm.SVR, svm.NuSVR])
def test_support_vector_regressors(compare: Any, kernel: str, kind: Any) -> None:
    """A support vector regressor adds up its kernel's values."""
    compare(kind(kernel=kernel, degree=2, coef0=0.5).fit(FRAME, NUMBER), ASKED)


@pytest.mark.parametrize("method", ["predict", "decision_function"])
def test_one_class(compare: Any, method: str) -> None:
    """A one-class machine tells inside from outside."""
    compare(svm.OneClassSVM().fit(FRAME), ASKED, method)


def test_sparse_rows(compare: Any) -> None:
    """Sparse rows of text are as good as dense ones."""
    terms = ColumnTransformer([("text", TfidfVectorizer(), "text")])
    compare(make_pipeline(terms, svm.SVC()).fit(TEXTS, [1, 0, 2, 1, 0, 2]), TEXTS)
