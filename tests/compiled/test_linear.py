"""Linear models give scikit-learn's answers."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import cross_decomposition, linear_model, svm
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline

RANDOM = np.random.default_rng(0)
FRAME = pd.DataFrame(RANDOM.normal(size=(120, 4)), columns=["a", "b", "fixed acidity", "d"])
BINARY = FRAME["a"] + FRAME["b"] > 0
THREE = np.digitize(FRAME["a"], [-0.5, 0.5])
WORDS = np.array(["no", "perhaps", "sí"])[THREE]
NUMBER = FRAME["a"] * 3 - FRAME["d"] + RANDOM.normal(size=120)
POSITIVE = np.exp(NUMBER / 3)
SEVERAL = np.column_stack([NUMBER, FRAME["b"] * 2])
COUNTS = pd.DataFrame({"n": np.arange(120), "x": FRAME["a"], "flag": FRAME["b"] > 0})

EDGES = pd.DataFrame(
    [
        [0.0, 0.0, 0.0, 0.0],
        [-0.0, 5e-324, -5e-324, 1e-300],
        [1e6, -1e6, 1e5, 3.0],
        [1e300, -1e300, 1e300, 1e300],
        [1.7976931348623157e308, 0.0, 0.0, 0.0],
        [float(np.float32(0.1)), 16777217.0, 3.4e38, -1.0],
        [np.nan, 0.0, 0.0, 0.0],
        [0.0, np.inf, 0.0, 0.0],
        [0.0, 0.0, 0.0, -np.inf],
    ],
    columns=FRAME.columns,
)
ASKED = pd.concat([FRAME.iloc[:20], EDGES], ignore_index=True)

ONE_TARGET = [
    linear_model.ARDRegression(),
    linear_model.BayesianRidge(),
    linear_model.ElasticNet(0.01),
    linear_model.ElasticNetCV(),
    linear_model.GammaRegressor(),
    linear_model.HuberRegressor(),
    linear_model.Lars(),
    linear_model.LarsCV(),
    linear_model.Lasso(0.1),
    linear_model.LassoCV(),
    linear_model.LassoLars(0.01),
    linear_model.LassoLarsCV(),
    linear_model.LassoLarsIC(),
    linear_model.LinearRegression(fit_intercept=False),
    linear_model.OrthogonalMatchingPursuit(),
    linear_model.OrthogonalMatchingPursuitCV(),
    linear_model.PoissonRegressor(),
    linear_model.QuantileRegressor(alpha=0.01),
    linear_model.RANSACRegressor(random_state=0),
    linear_model.Ridge(),
    linear_model.RidgeCV(),
    linear_model.SGDRegressor(random_state=0),
    linear_model.TheilSenRegressor(random_state=0),
    linear_model.TweedieRegressor(power=0),
    linear_model.TweedieRegressor(power=1.5),
    linear_model.TweedieRegressor(power=2, link="identity"),
    cross_decomposition.PLSRegression(),
    svm.LinearSVR(random_state=0),
]
SEVERAL_TARGETS = [
    cross_decomposition.CCA(n_components=1),
    cross_decomposition.PLSCanonical(n_components=1),
    cross_decomposition.PLSRegression(),
    linear_model.LinearRegression(),
    linear_model.Lars(),
    linear_model.MultiTaskElasticNet(0.1),
    linear_model.MultiTaskElasticNetCV(),
    linear_model.MultiTaskLasso(0.1),
    linear_model.MultiTaskLassoCV(),
    linear_model.Ridge(),
]
CLASSIFIERS = [
    linear_model.Perceptron(),
    linear_model.RidgeClassifier(),
    linear_model.RidgeClassifierCV(),
    linear_model.SGDClassifier(random_state=0),
    svm.LinearSVC(random_state=0),
]


def fitted(estimator: Any, rows: Any, target: Any) -> Any:
    """The estimator, fitted as far as it gets."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        return estimator.fit(rows, target)


pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's, of the overflows asked for


@pytest.mark.parametrize("estimator", ONE_TARGET, ids=lambda estimator: str(estimator)[:40])
def test_regressors(compare: Any, estimator: Any) -> None:
    """A linear regressor's prediction is its weighted sum through the inverse of its link."""
    compare(fitted(estimator, FRAME, POSITIVE), ASKED)


@pytest.mark.parametrize("estimator", SEVERAL_TARGETS, ids=lambda estimator: type(estimator).__name__)
def test_several_targets(compare: Any, estimator: Any) -> None:
    """A regressor of several targets gives a sum for each."""
    compare(fitted(estimator, FRAME, SEVERAL), ASKED)


@pytest.mark.parametrize("estimator", [linear_model.LinearRegression(), cross_decomposition.PLSRegression()])
def test_one_target_in_a_column(compare: Any, estimator: Any) -> None:
    """One target fitted as a column is given as the estimator gives it."""
    compare(fitted(estimator, FRAME, SEVERAL[:, :1]), FRAME[:10])


@pytest.mark.parametrize("target", [BINARY, WORDS], ids=["binary", "three"])
@pytest.mark.parametrize("method", ["predict", "decision_function"])
@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=lambda estimator: type(estimator).__name__)
def test_classifiers(compare: Any, estimator: Any, method: str, target: Any) -> None:
    """A linear classifier takes the greatest sum, or the only one's sign."""
    compare(fitted(estimator, FRAME, target), ASKED, method)


@pytest.mark.parametrize("target", [BINARY, THREE], ids=["binary", "three"])
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "decision_function"])
@pytest.mark.parametrize(
    "estimator",
    [
        linear_model.LogisticRegression(),
        linear_model.LogisticRegressionCV(Cs=2, cv=2, l1_ratios=(0,), use_legacy_attributes=False),
        linear_model.SGDClassifier(loss="log_loss", random_state=0),
        linear_model.SGDClassifier(loss="modified_huber", random_state=0),
    ],
    ids=["logistic", "logistic-cv", "sgd-log", "sgd-huber"],
)
def test_probabilities(compare: Any, estimator: Any, method: str, target: Any) -> None:
    """Probabilities, their logarithms, labels and sums for two classes and for more."""
    compare(fitted(estimator, FRAME, target), ASKED, method)


@pytest.mark.parametrize("kind", ["ovr", "multinomial"])
@pytest.mark.parametrize("target", [BINARY, THREE], ids=["binary", "three"])
def test_multi_class_of_older_versions(compiled: Any, kind: str, target: Any) -> None:
    """Where `multi_class` says so, probabilities are one model's against the rest, or softmax's of two sums."""
    estimator = linear_model.LogisticRegression().fit(FRAME, target)
    estimator.multi_class = kind
    sums = estimator.decision_function(FRAME[:1])
    if kind == "ovr":
        powers = 1 / (1 + np.exp(-sums))
        expected = powers / powers.sum() if sums.ndim == 2 else np.array([[1 - powers[0], powers[0]]])
    else:
        powers = np.exp(sums if sums.ndim == 2 else np.array([[-sums[0], sums[0]]]))
        expected = powers / powers.sum()
    row = {name: [value] for name, value in FRAME.iloc[0].items()}
    [got] = compiled(estimator, FRAME, "predict_proba").predict(row, {})
    assert expected[0].tolist() == pytest.approx(got, rel=1e-12)


def test_several_labels(compare: Any) -> None:
    """A ridge classifier of several labels at once gives one or zero for each."""
    labels = np.column_stack([BINARY, FRAME["d"] > 0]).astype(int)
    compare(fitted(linear_model.RidgeClassifier(), FRAME, labels), ASKED)


@pytest.mark.parametrize("method", ["predict", "decision_function"])
def test_one_class(compare: Any, method: str) -> None:
    """A one-class model tells inside from outside."""
    compare(linear_model.SGDOneClassSVM(random_state=0).fit(FRAME), ASKED, method)


def test_whole_numbers_and_flags(compare: Any) -> None:
    """Whole numbers and booleans count as numbers."""
    compare(linear_model.LinearRegression().fit(COUNTS, NUMBER), COUNTS)


def test_sparse_coefficients(compare: Any) -> None:
    """Coefficients kept as a sparse matrix give the same sums."""
    compare(linear_model.LogisticRegression().fit(FRAME, THREE).sparsify(), FRAME, "decision_function")


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_sparse_rows(compare: Any, method: str) -> None:
    """Sparse rows of text give the same sums, a row without any known term included."""
    texts = pd.DataFrame({"text": ["good day", "bad day", "so so", "good good night", "", "Ünïcode 日本語"]})
    terms = ColumnTransformer([("text", TfidfVectorizer(), "text")])
    whole = make_pipeline(terms, linear_model.LogisticRegression()).fit(texts, [1, 0, 2, 1, 0, 2])
    compare(whole, texts, method)


def test_float32_is_refused(compiled: Any) -> None:
    """A model that computes in float32 is refused by name."""
    from exporters import Unsupported

    narrow = FRAME.astype("float32")
    with pytest.raises(Unsupported, match="LogisticRegression that computes in float32"):
        compiled(linear_model.LogisticRegression().fit(narrow, THREE), narrow)
