"""Selectors keep scikit-learn's columns."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import feature_selection as selection
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, Normalizer, StandardScaler

RANDOM = np.random.default_rng(0)
FRAME = pd.DataFrame(RANDOM.normal(size=(60, 5)), columns=["a", "b", "fixed acidity", "d", "e"])
NUMBER = FRAME["a"] * 3 - FRAME["d"]
CLASSES = np.digitize(NUMBER, [-1.5, 1.5])
MIXED = pd.DataFrame({"n": np.arange(60), "flag": FRAME["a"] > 0, "x": FRAME["d"], "y": FRAME["e"]})
TEXTS = pd.DataFrame({"text": ["good day", "bad day", "so so", "good good night", "", "Ünïcode 日本語"]})
EDGES = pd.DataFrame(
    [
        [0.0, -0.0, 1e300, 5e-324, 0.0],
        [np.nan, 0.0, 0.0, 0.0, 0.0],
        [0.0, np.nan, 0.0, 0.0, 0.0],
        [0.0, 0.0, np.inf, 0.0, 0.0],
        [0.0, 0.0, 0.0, -np.inf, 0.0],
    ],
    columns=FRAME.columns,
)
ASKED = pd.concat([FRAME[:10], EDGES], ignore_index=True)

SELECTORS = [
    selection.GenericUnivariateSelect(mode="k_best", param=2),
    selection.RFE(LogisticRegression(), n_features_to_select=2),
    selection.RFECV(LogisticRegression(), cv=2, step=3),
    selection.SelectFdr(),
    selection.SelectFpr(),
    selection.SelectFromModel(LogisticRegression()),
    selection.SelectFromModel(LogisticRegression(), threshold=-np.inf, max_features=1),
    selection.SelectFwe(),
    selection.SelectKBest(k=2),
    selection.SelectKBest(k="all"),
    selection.SelectPercentile(percentile=50),
    selection.SequentialFeatureSelector(GaussianNB(), n_features_to_select=2, cv=2),
    selection.VarianceThreshold(0.9),
]


@pytest.mark.parametrize("selector", SELECTORS, ids=lambda selector: str(selector)[:50])
def test_columns(compare: Any, selector: Any) -> None:
    """Columns are selected; refusals apply to the other columns too."""
    compare(selector.fit(FRAME, CLASSES), ASKED, "transform")


@pytest.mark.parametrize("selector", [selection.SelectKBest(k=1), selection.VarianceThreshold(1e-4)], ids=str)
def test_rows(compare: Any, selector: Any) -> None:
    """Columns that another step computed are selected."""
    compare(make_pipeline(Normalizer(), selector, StandardScaler()).fit(FRAME, CLASSES), ASKED, "transform")


@pytest.mark.parametrize("selector", [selection.SelectKBest(selection.chi2, k=3), selection.VarianceThreshold(0.1)])
def test_sparse_rows(compare: Any, selector: Any) -> None:
    """Some terms, a row without any of them included."""
    counted = ColumnTransformer([("text", CountVectorizer(), "text")])
    labels = [1, 0, 2, 1, 0, 2]
    compare(make_pipeline(counted, selector, LogisticRegression()).fit(TEXTS, labels), TEXTS, "predict_proba")


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "decision_function"])
def test_predictions(compare: Any, method: str) -> None:
    """Recursive elimination predicts with its last estimator, of the columns that are left."""
    compare(selection.RFE(LogisticRegression()).fit(FRAME, CLASSES), ASKED, method)


def test_cross_validated_predictions(compare: Any) -> None:
    """The same where the number of columns was found by cross-validation."""
    compare(selection.RFECV(LinearRegression(), cv=2).fit(FRAME, NUMBER), ASKED)


def test_several_types(compare: Any) -> None:
    """Columns of several types become float64, whichever are kept."""
    selector = selection.SelectKBest(selection.f_regression, k=3)
    compare(make_pipeline(selector, LinearRegression()).fit(MIXED, NUMBER), MIXED)


def test_several_types_unchecked(compare: Any) -> None:
    """The same where the selector lets everything through."""
    whole = make_pipeline(selection.VarianceThreshold(0.2), MaxAbsScaler(), LinearRegression()).fit(MIXED, NUMBER)
    compare(whole, pd.concat([MIXED[:10], MIXED[:2].assign(x=[np.nan, np.inf])]))


def test_objects(compare: Any) -> None:
    """Booleans beside numbers, which numpy keeps as objects, are selected and become numbers in the next step."""
    columns = ColumnTransformer([("scaled", StandardScaler(), ["x", "y"]), ("kept", "passthrough", ["flag", "n"])])
    compare(make_pipeline(columns, selection.SelectKBest(k=2), LogisticRegression()).fit(MIXED, CLASSES), MIXED)


def test_whole_numbers_stay_whole(compare: Any) -> None:
    """Columns that are all whole numbers are given as such."""
    whole = MIXED[["n"]].assign(m=MIXED["n"] % 7)
    compare(selection.VarianceThreshold(5).fit(whole), whole, "transform")


def test_float32(compare: Any) -> None:
    """Float32 numbers are unchanged."""
    narrow = FRAME.astype("float32")
    compare(selection.SelectKBest(k=2).fit(narrow, CLASSES), narrow, "transform")


def test_data_frames_are_not_checked(compare: Any) -> None:
    """A selector that gives DataFrames leaves the check to the next step, which sees fewer columns."""
    selector = selection.SelectKBest(k=2).set_output(transform="pandas")
    compare(make_pipeline(selector, LogisticRegression()).fit(FRAME, CLASSES), ASKED)


def test_names_of_columns_that_are_left(compiled: Any) -> None:
    """A number that the next step refuses is named by the raw column."""
    from handler.errors import InvalidValue

    whole = make_pipeline(selection.VarianceThreshold(), selection.SelectKBest(k=2), LogisticRegression())
    model = compiled(whole.fit(FRAME, CLASSES), FRAME)
    columns = {name: [0.0, 0.0] for name in FRAME} | {"d": [0.0, np.nan]}
    with pytest.raises(InvalidValue) as caught:
        model.predict(columns, {})
    assert (1, "d") == (caught.value.row, caught.value.column)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_nothing_kept_is_refused(compiled: Any) -> None:
    """A selector that keeps nothing is refused by name."""
    from exporters import Unsupported

    selector = selection.SelectFpr(alpha=1e-300).fit(FRAME, CLASSES)
    with pytest.raises(Unsupported, match="SelectFpr that keeps no column"):
        compiled(selector, FRAME, "transform")
