"""Models made of others give scikit-learn's answers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from samples import EXTREME, INF, NAN, sample
from sklearn.base import clone
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    IsolationForest,
    _weight_boosting,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

SAMPLE = sample(2, 120, [*EXTREME, [NAN, NAN, NAN], [3.5e38, 0.0, 0.0], [-0.0, 5e-324, 1e-46], [0.0, 0.0, -INF]])
FEW = {"n_estimators": 3, "random_state": 0}
ASKED = SAMPLE.asked[8:]
TREE = DecisionTreeClassifier(max_depth=3, random_state=0)

both = pytest.mark.parametrize("target", [SAMPLE.binary, SAMPLE.three], ids=["binary", "three"])


@both
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "decision_function"])
@pytest.mark.parametrize("member", [None, TREE, LogisticRegression()], ids=str)
def test_ada_boost_classifiers(compare: Any, member: Any, method: str, target: Any) -> None:
    """Members vote with their weights."""
    compare(AdaBoostClassifier(member, **FEW).fit(SAMPLE.frame, target), ASKED, method)


@both
@pytest.mark.parametrize("member", [TREE, LogisticRegression()], ids=str)
def test_samme_r_of_older_versions(compiled: Any, monkeypatch: pytest.MonkeyPatch, member: Any, target: Any) -> None:
    """With SAMME.R members add the logarithms of their probabilities, centred."""
    monkeypatch.setattr(_weight_boosting, "_samme_proba", None, raising=False)
    fitted = AdaBoostClassifier(member, **FEW).fit(SAMPLE.frame, target)
    fitted.algorithm = "SAMME.R"
    fitted.estimator_weights_ = np.ones(len(fitted.estimators_))
    count = len(fitted.classes_)
    sums = np.zeros((len(SAMPLE.frame), count))
    for each in fitted.estimators_:
        logarithms = np.log(np.clip(each.predict_proba(SAMPLE.frame.to_numpy()), np.finfo("f8").eps, None))
        sums += (count - 1) * (logarithms - logarithms.mean(axis=1, keepdims=True))
    sums /= len(fitted.estimators_)
    expected = sums if count > 2 else sums[:, 1] - sums[:, 0]
    model = compiled(fitted, SAMPLE.frame, "decision_function")
    got = model.predict(SAMPLE.frame.to_dict(orient="list"), {})
    np.testing.assert_allclose(got, expected, rtol=1e-9)


@pytest.mark.parametrize("member", [None, DecisionTreeRegressor(random_state=0), LinearRegression()], ids=str)
def test_ada_boost_regressors(compare: Any, member: Any) -> None:
    """The prediction is the members' weighted median."""
    compare(AdaBoostRegressor(member, **FEW).fit(SAMPLE.frame, SAMPLE.number), ASKED)


@pytest.mark.parametrize("options", [{}, {"max_features": 2}, {"bootstrap_features": True}], ids=str)
@pytest.mark.parametrize("member", [None, LinearRegression()], ids=str)
def test_bagging_regressors(compare: Any, member: Any, options: Any) -> None:
    """The prediction is the mean of the members', which may use only some columns."""
    compare(BaggingRegressor(member, **options, **FEW).fit(SAMPLE.frame, SAMPLE.number), ASKED)


def test_bagging_of_leaves(compare: Any) -> None:
    """A tree of a single leaf asks no column, however few columns it was given."""
    fitted = BaggingRegressor(DecisionTreeRegressor(min_samples_leaf=30), max_features=1, **FEW)
    compare(fitted.fit(SAMPLE.frame, SAMPLE.number), ASKED)


def test_bagging_of_several_targets(compare: Any) -> None:
    """Several targets are averaged one by one."""
    compare(BaggingRegressor(LinearRegression(), **FEW).fit(SAMPLE.frame, SAMPLE.several), ASKED)


@both
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
@pytest.mark.parametrize("member", [TREE, LogisticRegression(), RidgeClassifier()], ids=str)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_bagging_classifiers(compare: Any, member: Any, method: str, target: Any) -> None:
    """Probabilities are the mean of the members', or their votes."""
    compare(BaggingClassifier(member, max_features=2, **FEW).fit(SAMPLE.frame, target), ASKED, method)


@both
def test_bagging_of_decisions(compare: Any, target: Any) -> None:
    """Decision functions are averaged."""
    fitted = BaggingClassifier(LogisticRegression(), **FEW).fit(SAMPLE.frame, target)
    compare(fitted, ASKED, "decision_function")


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
@pytest.mark.parametrize("member", [TREE, LogisticRegression()], ids=str)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_bagging_of_members_that_miss_a_class(compare: Any, member: Any, method: str) -> None:
    """A member that has never seen a class says nothing of it."""
    fitted = BaggingClassifier(member, **FEW).fit(SAMPLE.frame, SAMPLE.three)
    some = SAMPLE.three != "perhaps"
    fitted.estimators_[2] = clone(member).fit(SAMPLE.frame[some].to_numpy(), np.where(SAMPLE.three[some] == "no", 0, 2))
    compare(fitted, ASKED, method)


@pytest.mark.parametrize("method", ["predict", "decision_function", "score_samples"])
@pytest.mark.parametrize(
    "options", [{}, {"contamination": 0.2}, {"max_features": 2, "max_samples": 30}, {"max_samples": 1}], ids=str
)
@pytest.mark.filterwarnings("ignore:overflow", "ignore:max_samples")
def test_isolation_forests(compare: Any, options: Any, method: str) -> None:
    """Scores come of the depths of a row's leaves; infinite and missing values have one."""
    fitted = IsolationForest(**options, **FEW).fit(SAMPLE.frame)
    compare(fitted, pd.concat([ASKED, SAMPLE.frame * 1e39], ignore_index=True)[:45], method)
