"""Estimators made of estimators give scikit-learn's answers: voting, stacking, several classes, several targets."""

import warnings
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from samples import EXTREME, MODERATE, sample
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import StackingClassifier, StackingRegressor, VotingClassifier, VotingRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    Perceptron,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

SAMPLE = sample(5, 60, MODERATE)
FRAME, BINARY, THREE, NUMBER, SEVERAL = SAMPLE.frame, SAMPLE.binary, SAMPLE.three, SAMPLE.number, SAMPLE.several
ASKED = SAMPLE.asked.iloc[13:]
LABELS = np.column_stack([BINARY, FRAME["c"] > 0, FRAME["a"] > 0.5]).astype(int)
TARGETS = pytest.mark.parametrize("target", [BINARY, THREE], ids=["binary", "three"])

pytestmark = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),  # numpy's, of the overflows asked for
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


def named(*estimators: Any) -> list[tuple[str, Any]]:
    """The estimators with names."""
    return [(f"e{index}", estimator) for index, estimator in enumerate(estimators)]


CLASSIFIERS = named(LogisticRegression(), GaussianNB(), LogisticRegression(C=0.01), LogisticRegression(C=9))


@TARGETS
@pytest.mark.parametrize("weights", [None, [1, 2, 0.5, 3]], ids=["equal", "weighted"])
@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_soft_voting(compare: Any, target: Any, weights: Any, method: str) -> None:
    """The mean of probabilities, and the label of the highest."""
    model = VotingClassifier(CLASSIFIERS, voting="soft", weights=weights).fit(FRAME, target)
    assert compare(model, ASKED, method).difference < 1e-14


@pytest.mark.parametrize("voting", ["hard", "soft"])
def test_votes_as_features(compare: Any, voting: str) -> None:
    """The number of each voter's class, or the probabilities of all voters."""
    compare(VotingClassifier(CLASSIFIERS, voting=voting).fit(FRAME, THREE), ASKED, "transform")


@TARGETS
@pytest.mark.parametrize("weights", [None, [1, 2, 0.5, 3]], ids=["equal", "weighted"])
def test_hard_voting(compare: Any, target: Any, weights: Any) -> None:
    """The label that most name."""
    compare(VotingClassifier(CLASSIFIERS, weights=weights).fit(FRAME, target), ASKED)


@pytest.mark.parametrize("voting", ["hard", "soft"])
def test_dropped_voters(compare: Any, voting: str) -> None:
    """Dropped estimators have no weight."""
    voters = [("gone", "drop"), *CLASSIFIERS]
    compare(VotingClassifier(voters, voting=voting, weights=[9, 1, 2, 3, 4]).fit(FRAME, THREE), ASKED)


def test_ties(compare: Any) -> None:
    """Of labels with equal votes the first wins."""
    voters = named(*(LogisticRegression(C=power) for power in (1e-4, 1e-2, 1, 100)))
    compare(VotingClassifier(voters).fit(FRAME, THREE), FRAME[:20])


@pytest.mark.parametrize("weights", [None, [1, 0.25, 7]], ids=["equal", "weighted"])
def test_voting_regressor(compare: Any, weights: Any) -> None:
    """The mean of predictions."""
    model = VotingRegressor(named(LinearRegression(), Ridge(), Ridge(100)), weights=weights).fit(FRAME, NUMBER)
    assert compare(model, ASKED).difference < 1e-14


@TARGETS
@pytest.mark.parametrize("passthrough", [False, True])
@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function", "transform"])
def test_stacking(compare: Any, target: Any, passthrough: bool, method: str) -> None:
    """The final estimator gets the others' probabilities, scores or labels."""
    compare(stacking(passthrough, three=target is THREE), ASKED, method)


@cache
def stacking(passthrough: bool, *, three: bool) -> Any:
    """Classifiers with probabilities and with scores, and a dropped one."""
    estimators = [*named(LogisticRegression(), SGDClassifier(random_state=0), GaussianNB()), ("gone", "drop")]
    model = StackingClassifier(estimators, LogisticRegression(), cv=2, passthrough=passthrough)
    return model.fit(FRAME, THREE if three else BINARY)


def test_stacked_labels(compare: Any) -> None:
    """Labels of others are given as their numbers."""
    model = StackingClassifier(named(Perceptron(), RidgeClassifier()), cv=2, stack_method="predict")
    compare(model.fit(FRAME, THREE), ASKED)


@pytest.mark.parametrize("passthrough", [False, True])
def test_stacking_regressor(compare: Any, passthrough: bool) -> None:
    """Predictions are stacked, before the numbers themselves if they pass through."""
    frame = FRAME.assign(c=range(60), d=FRAME["c"] > 0)
    model = StackingRegressor(named(Ridge(), LinearRegression()), Ridge(), cv=2, passthrough=passthrough)
    compare(model.fit(frame, NUMBER), frame)


@pytest.mark.parametrize("estimator", [RidgeClassifier(), GaussianNB(), LogisticRegression()], ids=type)
@pytest.mark.parametrize("meta", [OneVsRestClassifier, OneVsOneClassifier, OutputCodeClassifier])
@TARGETS
def test_binary_estimators(compare: Any, meta: Any, estimator: Any, target: Any) -> None:
    """Binary estimators decide among classes by scores or probabilities."""
    more = {"random_state": 0} if meta is OutputCodeClassifier else {}
    compare(meta(estimator, **more).fit(FRAME, target), ASKED)


@TARGETS
def test_binary_regressors(compare: Any, target: Any) -> None:
    """Regressors decide by their predictions."""
    compare(OneVsRestClassifier(Ridge()).fit(FRAME, target), ASKED)


@TARGETS
@pytest.mark.parametrize("meta", [OneVsRestClassifier, OneVsOneClassifier])
def test_binary_scores(compare: Any, meta: Any, target: Any) -> None:
    """The scores themselves, one for two classes."""
    assert compare(meta(RidgeClassifier()).fit(FRAME, target), ASKED, "decision_function").difference < 1e-12


@TARGETS
@pytest.mark.parametrize("estimator", [GaussianNB(), LogisticRegression()], ids=type)
def test_binary_probabilities(compare: Any, estimator: Any, target: Any) -> None:
    """Probabilities against the rest, made to add up to one."""
    compare(OneVsRestClassifier(estimator).fit(FRAME, target), ASKED, "predict_proba")


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
@pytest.mark.parametrize("labels", [LABELS, np.hstack([LABELS, np.ones((60, 1), int)])], ids=["some", "one-always"])
@pytest.mark.filterwarnings("ignore:Label 3 is present")
def test_several_labels(compare: Any, method: str, labels: Any) -> None:
    """Several labels at once, among them one that every row has."""
    compare(OneVsRestClassifier(LogisticRegression()).fit(FRAME, labels), ASKED, method)


def test_several_outputs(compare: Any) -> None:
    """One estimator for each target."""
    compare(MultiOutputRegressor(Ridge()).fit(FRAME, SEVERAL), ASKED)
    compare(MultiOutputClassifier(LogisticRegression()).fit(FRAME, LABELS), ASKED)
    words = np.column_stack([THREE, np.where(BINARY, "yes, indeed", "n")])
    compare(MultiOutputClassifier(GaussianNB()).fit(FRAME, words), ASKED)


@pytest.mark.parametrize("chain_method", ["predict", "predict_proba", "decision_function"])
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "decision_function"])
def test_classifier_chain(compare: Any, chain_method: str, method: str) -> None:
    """Later classifiers of a chain get the predictions of earlier ones."""
    chain = ClassifierChain(LogisticRegression(), order=[2, 0, 1], chain_method=chain_method)
    assert compare(chain.fit(FRAME, LABELS), ASKED, method).difference < 1e-12


@pytest.mark.parametrize("order", [None, [1, 0]])
@pytest.mark.parametrize("cv", [None, 2])
def test_regressor_chain(compare: Any, order: Any, cv: Any) -> None:
    """Later regressors of a chain get the predictions of earlier ones."""
    compare(RegressorChain(Ridge(), order=order, cv=cv).fit(FRAME, SEVERAL), ASKED)


@pytest.mark.parametrize("meta", [OneVsRestClassifier, OneVsOneClassifier, CalibratedClassifierCV])
def test_text(compare: Any, meta: Any) -> None:
    """Sparse rows of text go to every part."""
    texts = pd.DataFrame({"text": ["good day", "bad day", "so so", "good good night", "bad bad", "so", ""]})
    terms = ColumnTransformer([("text", TfidfVectorizer(), "text")])
    more = {"cv": 2} if meta is CalibratedClassifierCV else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        compare(make_pipeline(terms, meta(RidgeClassifier(), **more)).fit(texts, list("abcabca")), texts)


def test_nested(compare: Any) -> None:
    """Estimators made of estimators made of estimators."""
    voting = VotingClassifier(named(LogisticRegression(), OneVsRestClassifier(GaussianNB())), voting="soft")
    stacked = StackingClassifier([("voting", CalibratedClassifierCV(voting, cv=2)), ("nb", GaussianNB())], cv=2)
    compare(stacked.fit(FRAME, THREE), sample(5, 10, EXTREME).asked, "predict_proba")


@pytest.mark.parametrize(
    ("model", "method", "reason"),
    [
        (VotingClassifier(CLASSIFIERS).fit(FRAME, THREE), "predict_proba", "VotingClassifier.predict_proba"),
        (MultiOutputClassifier(GaussianNB()).fit(FRAME, LABELS), "predict_proba", "MultiOutputClassifier.predict"),
        (OneVsRestClassifier(GaussianNB()).fit(FRAME, THREE), "transform", "OneVsRestClassifier.transform"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_refused(compiled: Any, model: Any, method: str, reason: str) -> None:
    """Methods without an exporter are refused by name."""
    from exporters import Unsupported

    with pytest.raises(Unsupported, match=reason):
        compiled(model, FRAME, method)
