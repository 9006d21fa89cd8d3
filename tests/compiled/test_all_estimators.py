"""Every estimator of scikit-learn that can serve new rows compiles, or the table says why not."""

from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import pytest
from samples import MODERATE, sample
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.utils import all_estimators

SAMPLE = sample(8, 60, MODERATE)
POSITIVE = SAMPLE.frame.abs()
TEXTS = pd.DataFrame({"text": ["good day", "bad day", "so so day", "good good night", "", "ÜNÏ 日本語"] * 10})
CATEGORIES = pd.DataFrame({"a": ["x", "y", "z"] * 20, "b": ["p", "q"] * 30})
CODES = pd.DataFrame(np.random.default_rng(0).integers(0, 3, size=(60, 3)).astype(float), columns=["a", "b", "c"])
MISSING = SAMPLE.frame.mask(np.random.default_rng(1).random((60, 3)) < 0.2)
COUNTS = CODES * 2

KNOWN = dict(all_estimators())
SERVING = sorted(name for name, kind in KNOWN.items() if hasattr(kind, "predict") or hasattr(kind, "transform"))

NOT_COMPILED = {
    "DictVectorizer": "its rows are dictionaries, which no signature of columns describes",
    "FeatureHasher": "its rows are dictionaries or lists of words, which no signature of columns describes",
    "MultiLabelBinarizer": "its rows are lists of labels, which no signature of columns describes",
    "PLSSVD": "the recipe of CONTRIBUTING.md compiles it",
    "PatchExtractor": "its rows are images, each of which gives several rows",
    "PolynomialCountSketch": "its zeros are the rounding errors of a Fourier transform",
}
"""Why an estimator that predicts or transforms does not compile."""

ONE, CLASSIFIER = [("own", LinearRegression())], LogisticRegression()
ARGUMENTS: dict[str, dict[str, Any]] = {
    "ClassifierChain": {"estimator": CLASSIFIER},
    "ColumnTransformer": {"transformers": [("own", KNOWN["StandardScaler"](), ["a", "b"])]},
    "FeatureUnion": {"transformer_list": [("own", KNOWN["StandardScaler"]())]},
    "FixedThresholdClassifier": {"estimator": CLASSIFIER},
    "FrozenEstimator": {"estimator": LinearRegression().fit(SAMPLE.frame, SAMPLE.number)},
    "FunctionTransformer": {"func": np.square},
    "GridSearchCV": {"estimator": CLASSIFIER, "param_grid": {"C": [0.1, 1]}},
    "HalvingGridSearchCV": {"estimator": CLASSIFIER, "param_grid": {"C": [0.1, 1]}},
    "HalvingRandomSearchCV": {"estimator": CLASSIFIER, "param_distributions": {"C": [0.1, 1]}, "n_candidates": 2},
    "LocalOutlierFactor": {"novelty": True},
    "MultiOutputClassifier": {"estimator": CLASSIFIER},
    "MultiOutputRegressor": {"estimator": LinearRegression()},
    "OneVsOneClassifier": {"estimator": CLASSIFIER},
    "OneVsRestClassifier": {"estimator": CLASSIFIER},
    "OutputCodeClassifier": {"estimator": CLASSIFIER},
    "Pipeline": {"steps": [("scale", KNOWN["StandardScaler"]()), *ONE]},
    "RFE": {"estimator": LinearRegression()},
    "RFECV": {"estimator": LinearRegression()},
    "RandomizedSearchCV": {"estimator": CLASSIFIER, "param_distributions": {"C": [0.1, 1]}, "n_iter": 2},
    "RegressorChain": {"estimator": LinearRegression()},
    "SelectFromModel": {"estimator": LinearRegression()},
    "SelectKBest": {"k": 2},
    "SelfTrainingClassifier": {"estimator": CLASSIFIER},
    "SequentialFeatureSelector": {"estimator": LinearRegression()},
    "SparseCoder": {"dictionary": np.eye(3) + 0.5},
    "StackingClassifier": {"estimators": [("own", CLASSIFIER)]},
    "StackingRegressor": {"estimators": ONE},
    "TunedThresholdClassifierCV": {"estimator": CLASSIFIER},
    "VotingClassifier": {"estimators": [("own", CLASSIFIER)]},
    "VotingRegressor": {"estimators": ONE},
}
"""What an estimator is made with, where it needs anything: simple estimators to wrap."""

FRAMES: dict[str, pd.DataFrame] = {
    "CategoricalNB": CODES,
    "CountVectorizer": TEXTS,
    "HashingVectorizer": TEXTS,
    "IsotonicRegression": SAMPLE.frame[["a"]],
    "IterativeImputer": MISSING,
    "KNNImputer": MISSING,
    "LabelBinarizer": CATEGORIES[["a"]],
    "LabelEncoder": CATEGORIES[["a"]],
    "LatentDirichletAllocation": COUNTS,
    "MissingIndicator": MISSING,
    "OneHotEncoder": CATEGORIES,
    "OrdinalEncoder": CATEGORIES,
    "SimpleImputer": MISSING,
    "TargetEncoder": CATEGORIES,
    "TfidfTransformer": COUNTS,
    "TfidfVectorizer": TEXTS,
}
"""What an estimator is fitted to, where it is not numbers."""

NON_NEGATIVE = ("AdditiveChi2Sampler", "ComplementNB", "GammaRegressor", "MiniBatchNMF", "MultinomialNB", "NMF", "SkewedChi2Sampler")
SEVERAL = ("ClassifierChain", "MultiOutputClassifier")

TARGETS: dict[str, Any] = {
    **dict.fromkeys(SEVERAL, np.column_stack([SAMPLE.binary, SAMPLE.frame["c"] > 0]).astype(int)),
    **dict.fromkeys(("FixedThresholdClassifier", "TunedThresholdClassifierCV", "TargetEncoder"), SAMPLE.binary),
}


def fitted(name: str) -> tuple[Any, pd.DataFrame]:
    """Return an estimator, fitted, and the rows that it was fitted to."""
    kind = KNOWN[name]
    estimator = kind(**ARGUMENTS.get(name, {}))
    frame = FRAMES.get(name, POSITIVE if name in NON_NEGATIVE else SAMPLE.frame)
    classifies = hasattr(kind, "predict_proba") or hasattr(estimator, "classes_") or "Classif" in name or name.endswith("SVC")
    target = SAMPLE.three if classifies else SAMPLE.number
    if name.startswith(("MultiTask", "CCA", "PLS", "MultiOutputR", "RegressorChain")):
        target = SAMPLE.several
    target = TARGETS.get(name, target)
    if name.endswith("Vectorizer"):
        return estimator.fit(frame["text"]), frame
    if name.startswith("Label") and "Prop" not in name and "Spread" not in name:
        return estimator.fit(frame["a"]), frame
    return estimator.fit(frame, target), frame


def asked_of(name, frame):
    if frame is SAMPLE.frame:
        return SAMPLE.asked
    return frame[:20]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name in SERVING if name not in NOT_COMPILED])
def test_every_estimator(compare: Any, name: str) -> None:
    """Its answers are scikit-learn's."""
    estimator, frame = fitted(name)
    method = "predict" if hasattr(estimator, "predict") else "transform"
    asked = None
    if name.endswith("Vectorizer"):
        asked = lambda given: getattr(estimator, method)(given["text"])
    compare(estimator, asked_of(name, frame), method, asked=asked)
