"""Gradient boosting gives scikit-learn's answers."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from samples import EXTREME, INF, NAN, sample
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from threadpoolctl import threadpool_limits

SAMPLE = sample(1, 150, [*EXTREME, [NAN, NAN, NAN], [3.5e38, 0.0, 0.0], [-0.0, 5e-324, 1e-46], [0.0, 0.0, -INF]])
HOLES = SAMPLE.frame.mask(SAMPLE.random.random(SAMPLE.frame.shape) < 0.2)
ASKED = pd.concat([SAMPLE.asked, HOLES[:20]], ignore_index=True)
FEW = {"n_estimators": 9, "random_state": 0}
BRIEF = {"max_iter": 9, "min_samples_leaf": 5, "random_state": 0}

REGRESSORS = [
    GradientBoostingRegressor(**FEW),
    GradientBoostingRegressor(loss="absolute_error", subsample=0.7, **FEW),
    GradientBoostingRegressor(loss="huber", max_leaf_nodes=5, **FEW),
    GradientBoostingRegressor(loss="quantile", alpha=0.8, init="zero", **FEW),
    GradientBoostingRegressor(init=DummyRegressor(strategy="median"), **FEW),
    GradientBoostingRegressor(init=DecisionTreeRegressor(max_depth=2, random_state=0), **FEW),
    GradientBoostingRegressor(n_iter_no_change=2, tol=0.1, **FEW),
    HistGradientBoostingRegressor(**BRIEF),
    HistGradientBoostingRegressor(loss="absolute_error", max_depth=3, **BRIEF),
    HistGradientBoostingRegressor(loss="gamma", **BRIEF),
    HistGradientBoostingRegressor(loss="poisson", early_stopping=True, n_iter_no_change=2, **BRIEF),
    HistGradientBoostingRegressor(loss="quantile", quantile=0.7, monotonic_cst=[1, 0, 0], **BRIEF),
]
CLASSIFIERS = [
    GradientBoostingClassifier(**FEW),
    GradientBoostingClassifier(init="zero", max_depth=1, **FEW),
    GradientBoostingClassifier(init=DummyClassifier(strategy="prior"), **FEW),
    GradientBoostingClassifier(init=DecisionTreeClassifier(max_depth=2, random_state=0), **FEW),
    HistGradientBoostingClassifier(**BRIEF),
    HistGradientBoostingClassifier(early_stopping=True, max_leaf_nodes=5, **BRIEF),
]
METHODS = ["predict", "predict_proba", "decision_function"]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Use one thread, the fastest for small models."""
    with threadpool_limits(1):
        yield


@pytest.mark.parametrize("estimator", REGRESSORS, ids=str)
def test_regressors(compare: Any, estimator: Any) -> None:
    """A regressor's prediction is the sum of its trees, through the inverse of its link."""
    compare(estimator.fit(SAMPLE.frame, SAMPLE.number), ASKED)


@pytest.mark.parametrize("target", [SAMPLE.binary, SAMPLE.three], ids=["binary", "three"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=str)
def test_classifiers(compare: Any, estimator: Any, method: str, target: Any) -> None:
    """A classifier's sums give labels and probabilities of two classes and of more."""
    compare(estimator.fit(SAMPLE.frame, target), ASKED, method)


@pytest.mark.parametrize("method", [*METHODS, "predict_log_proba"])
@pytest.mark.parametrize("init", [None, DecisionTreeClassifier(max_depth=2, random_state=0)])
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_exponential_loss(compare: Any, init: Any, method: str) -> None:
    """The exponential loss has probabilities of its own."""
    fitted = GradientBoostingClassifier(loss="exponential", init=init, **FEW).fit(SAMPLE.frame, SAMPLE.binary)
    compare(fitted, ASKED, method)


@pytest.mark.parametrize("estimator", [HistGradientBoostingRegressor(**BRIEF), HistGradientBoostingClassifier(**BRIEF)])
def test_missing_values(compare: Any, estimator: Any) -> None:
    """Missing values go where the trees have learnt, alone on one side as well."""
    frame = HOLES.assign(c=HOLES["c"].where(HOLES["c"].isna(), 1.0))
    compare(estimator.fit(frame, SAMPLE.binary), pd.concat([frame[:40], SAMPLE.edges], ignore_index=True))


@pytest.mark.parametrize("missing", [False, True], ids=["none missing", "missing"])
@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_categories(compare: Any, method: str, missing: bool) -> None:
    """Numbers that are categories are looked up; unknown ones are as missing ones."""
    frame = SAMPLE.frame.assign(kind=np.repeat([0.0, 3.0, 35.0, 70.0, 7.0], 30), a=HOLES["a"])
    if missing:
        frame.loc[::7, "kind"] = np.nan
    target = SAMPLE.binary ^ frame["kind"].isin([3.0, 70.0])
    fitted = HistGradientBoostingClassifier(categorical_features=["kind"], **BRIEF).fit(frame, target)
    odd = pd.DataFrame({"a": 0.0, "b": 0.0, "c": 0.0, "kind": [1.0, -1.0, 3.5, 300.0, NAN]})
    compare(fitted, pd.concat([frame[::5], odd], ignore_index=True), method)


def test_first_estimator_at_random_is_refused(compiled: Any) -> None:
    """A random initial prediction is refused by name."""
    from exporters import Unsupported

    init = DummyClassifier(strategy="stratified")
    fitted = GradientBoostingClassifier(init=init, **FEW).fit(SAMPLE.frame, SAMPLE.binary)
    with pytest.raises(Unsupported, match="DummyClassifier"):
        compiled(fitted, SAMPLE.frame)


def test_first_estimator_in_float32_is_refused(compiled: Any) -> None:
    """A first estimator that computes in float32, as it is fitted to float32, is refused by name."""
    from exporters import Unsupported

    fitted = GradientBoostingClassifier(init=LogisticRegression(), **FEW).fit(SAMPLE.frame, SAMPLE.binary)
    with pytest.raises(Unsupported, match="LogisticRegression that computes in float32"):
        compiled(fitted, SAMPLE.frame)
