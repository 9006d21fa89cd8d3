"""Naive Bayes models give scikit-learn's answers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from samples import EXTREME, sample
from sklearn import naive_bayes
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import make_pipeline

SAMPLE = sample(1, 120, EXTREME)
RANDOM = SAMPLE.random
FRAME = SAMPLE.frame
BINARY = SAMPLE.binary
THREE = SAMPLE.three
ASKED = SAMPLE.asked
COUNTS = pd.DataFrame(RANDOM.integers(0, 4, size=(120, 3)), columns=["a", "b", "c"])
ODD = pd.DataFrame([[0.0, 0.0, 0.0], [0.5, -2.0, 700.0], [np.nan, 0.0, 0.0]], columns=["a", "b", "c"])
COUNTED = pd.concat([COUNTS.iloc[:20].astype(float), ODD], ignore_index=True)
TEXTS = pd.DataFrame({"text": ["good day", "bad day", "so so day", "good good night", "", "ÜNÏ 日本語", "day " * 400]})
PROBABLE = ["predict", "predict_proba", "predict_log_proba"]

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's, of the overflows asked for


@pytest.mark.parametrize("target", [BINARY, THREE, np.zeros(120, int)], ids=["binary", "three", "one"])
@pytest.mark.parametrize("method", PROBABLE)
@pytest.mark.parametrize("options", [{}, {"var_smoothing": 0.1}], ids=str)
def test_gaussian(compare: Any, method: str, target: Any, options: Any) -> None:
    """Gaussian naive Bayes gives its labels, probabilities and their logarithms."""
    compare(naive_bayes.GaussianNB(**options).fit(FRAME, target), ASKED, method)


@pytest.mark.parametrize("target", [BINARY, THREE, np.full(120, "only")], ids=["binary", "three", "one"])
@pytest.mark.parametrize("method", PROBABLE)
@pytest.mark.parametrize(
    "estimator",
    [
        naive_bayes.MultinomialNB(),
        naive_bayes.MultinomialNB(alpha=0.1, fit_prior=False),
        naive_bayes.ComplementNB(norm=True),
        naive_bayes.BernoulliNB(binarize=1.0),
        naive_bayes.BernoulliNB(binarize=None),
    ],
    ids=["multinomial", "uniform", "complement", "bernoulli", "flags"],
)
def test_counts(compare: Any, estimator: Any, method: str, target: Any) -> None:
    """Naive Bayes of counts and of flags gives its labels, probabilities and their logarithms."""
    one = isinstance(estimator, naive_bayes.ComplementNB) and len(set(target)) == 1
    model = estimator.set_params(norm=False).fit(COUNTS, target) if one else estimator.fit(COUNTS, target)
    compare(model, COUNTED, method)


@pytest.mark.parametrize("method", PROBABLE)
@pytest.mark.parametrize(
    "estimator", [naive_bayes.MultinomialNB(), naive_bayes.ComplementNB(), naive_bayes.BernoulliNB()], ids=str
)
def test_text(compare: Any, estimator: Any, method: str) -> None:
    """Sparse rows of text are counted as dense ones are, without a known term too."""
    terms = ColumnTransformer([("text", CountVectorizer(), "text")])
    compare(make_pipeline(terms, estimator).fit(TEXTS, [1, 0, 2, 1, 0, 2, 1]), TEXTS, method)


@pytest.mark.parametrize("method", PROBABLE)
def test_categories(compare: Any, method: str) -> None:
    """Categorical naive Bayes truncates numbers and refuses unknown categories."""
    asked = pd.DataFrame(
        [[0.0, 1.0, 2.0], [3.0, 3.9, -0.5], [4.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [np.nan, 0.0, 0.0], [1e30, 0.0, 0.0]],
        columns=["a", "b", "c"],
    )
    model = naive_bayes.CategoricalNB().fit(COUNTS, THREE)
    compare(model, asked, method)
    compare(model, COUNTS, method)
