"""Calibrated classifiers, isotonic regression, thresholds, searches and the like give scikit-learn's answers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from samples import MODERATE, sample
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.covariance import EllipticEnvelope
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - what scikit-learn asks for
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.semi_supervised import SelfTrainingClassifier

SAMPLE = sample(6, 80, MODERATE)
FRAME, BINARY, THREE, NUMBER, SEVERAL = SAMPLE.frame, SAMPLE.binary, SAMPLE.three, SAMPLE.number, SAMPLE.several
ASKED = SAMPLE.asked.iloc[13:]
LINE = pd.DataFrame({"a": FRAME["a"]})
ON_LINE = pd.DataFrame({"a": [*FRAME["a"][:9], 0.0, -0.0, 1e-300, 50.0, -50.0, 1e300, np.inf, np.nan]})
TARGETS = pytest.mark.parametrize("target", [BINARY, THREE], ids=["binary", "three"])

pytestmark = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:The provided functions"),
]


@TARGETS
@pytest.mark.parametrize("kind", ["sigmoid", "isotonic", "temperature"])
@pytest.mark.parametrize("estimator", [GaussianNB(), RidgeClassifier()], ids=["probabilities", "scores"])
@pytest.mark.parametrize("ensemble", [True, False])
def test_calibrated(compare: Any, kind: str, estimator: Any, target: Any, ensemble: bool) -> None:
    """Scores become probabilities, those of several classifiers averaged."""
    model = CalibratedClassifierCV(estimator, method=kind, ensemble=ensemble, cv=2).fit(FRAME, target)
    assert compare(model, ASKED, "predict_proba").difference < 1e-13


def test_calibrated_labels(compare: Any) -> None:
    """The label is the one of the highest calibrated probability."""
    compare(CalibratedClassifierCV(GaussianNB(), cv=2).fit(FRAME, THREE), ASKED)


def test_calibrated_after_fitting(compare: Any) -> None:
    """A classifier that was fitted before is calibrated as it is."""
    frozen = FrozenEstimator(LogisticRegression().fit(FRAME, THREE))
    compare(CalibratedClassifierCV(frozen, method="isotonic").fit(FRAME, THREE), ASKED, "predict_proba")


@pytest.mark.parametrize("outside", ["clip", "nan", "raise"])
@pytest.mark.parametrize("increasing", [True, False])
def test_isotonic(compare: Any, outside: str, increasing: bool) -> None:
    """Values on the fitted lines, at their ends and beyond them."""
    target = NUMBER if increasing else -NUMBER
    model = IsotonicRegression(out_of_bounds=outside, increasing=increasing).fit(LINE, target)
    assert compare(model, ON_LINE).difference == 0.0


@pytest.mark.parametrize("outside", ["clip", "nan", "raise"])
def test_isotonic_constant(compare: Any, outside: str) -> None:
    """A single point has the same value everywhere."""
    compare(IsotonicRegression(out_of_bounds=outside).fit([[1.0], [1.0]], [2.0, 4.0]), ON_LINE)


@pytest.mark.parametrize("positive", [None, "no", "yes"])
@pytest.mark.parametrize("response", ["auto", "predict_proba", "decision_function"])
@pytest.mark.parametrize("threshold", ["auto", 0.3, 0.0])
def test_fixed_threshold(compare: Any, positive: Any, response: str, threshold: Any) -> None:
    """A label where its score reaches a threshold."""
    inner = LogisticRegression().fit(FRAME, np.where(BINARY, "yes", "no"))
    more = {"threshold": threshold, "pos_label": positive, "response_method": response}
    compare(FixedThresholdClassifier(FrozenEstimator(inner), **more).fit(FRAME, np.where(BINARY, "yes", "no")), ASKED)


def test_scores_behind_a_threshold(compare: Any) -> None:
    """Everything but the label is the inner estimator's."""
    model = FixedThresholdClassifier(RidgeClassifier(), threshold=0.5).fit(FRAME, BINARY)
    compare(model, ASKED)
    compare(model, ASKED, "decision_function")


@pytest.mark.parametrize("response", ["auto", "decision_function"])
@pytest.mark.parametrize("positive", [None, 0])
def test_tuned_threshold(compare: Any, response: str, positive: Any) -> None:
    """The best threshold, be it zero."""
    model = TunedThresholdClassifierCV(LogisticRegression(), response_method=response, cv=2, thresholds=5)
    if positive is not None:
        from sklearn.metrics import f1_score, make_scorer

        model.set_params(scoring=make_scorer(f1_score, pos_label=positive))
    model.fit(FRAME, BINARY.astype(int))
    compare(model, ASKED)
    model.best_threshold_ = 0.0
    compare(model, ASKED)


@pytest.mark.parametrize("strategy", ["most_frequent", "prior", "constant", "uniform", "stratified"])
@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_dummy_classifier(compare: Any, compiled: Any, strategy: str, method: str) -> None:
    """The same answer to every row, unless it predicts at random: those are refused."""
    model = DummyClassifier(strategy=strategy, constant="sí" if strategy == "constant" else None).fit(FRAME, THREE)
    if strategy == "stratified" or (strategy, method) == ("uniform", "predict"):
        from exporters import Unsupported

        with pytest.raises(Unsupported, match="predicts at random"):
            compiled(model, FRAME, method)
    else:
        compare(model, ASKED, method)


@pytest.mark.parametrize("target", [NUMBER, SEVERAL], ids=["one", "several"])
def test_dummy_regressor(compare: Any, target: Any) -> None:
    """The same number, or numbers, for every row."""
    compare(DummyRegressor(strategy="median").fit(FRAME, target), ASKED)


@pytest.mark.parametrize(
    "search",
    [
        GridSearchCV(Ridge(), {"alpha": [0.1, 10]}, cv=2),
        RandomizedSearchCV(Ridge(), {"alpha": [0.1, 10]}, n_iter=2, cv=2),
        HalvingGridSearchCV(Ridge(), {"alpha": [0.1, 10]}, cv=2),
        HalvingRandomSearchCV(Ridge(), {"alpha": [0.1, 10]}, cv=2, n_candidates=2),
    ],
    ids=lambda search: type(search).__name__,
)
def test_searches(compare: Any, search: Any) -> None:
    """A search predicts with the best estimator."""
    compare(search.fit(FRAME, NUMBER), ASKED)


def test_search_without_an_estimator(compiled: Any) -> None:
    """A search that kept no estimator is refused by name."""
    from exporters import Unsupported

    search = GridSearchCV(Ridge(), {"alpha": [0.1, 10]}, cv=2, refit=False).fit(FRAME, NUMBER)
    with pytest.raises(Unsupported, match=r"GridSearchCV without best_estimator_ \(refit=False\)"):
        compiled(search, FRAME)


def test_self_training(compare: Any) -> None:
    """A self-trained classifier predicts with its last one."""
    labels = np.where(np.arange(80) % 3, BINARY, -1)
    compare(SelfTrainingClassifier(LogisticRegression()).fit(FRAME, labels), ASKED, "predict_proba")


@pytest.mark.parametrize(
    "transformer",
    [
        FunctionTransformer(),
        MaxAbsScaler(),
        MinMaxScaler((1, 2)),
        PowerTransformer(),
        PowerTransformer("box-cox"),
        PowerTransformer(standardize=False),
        QuantileTransformer(n_quantiles=20),
        QuantileTransformer(n_quantiles=20, output_distribution="normal"),
        RobustScaler(),
        RobustScaler(with_centering=False),
        StandardScaler(),
        StandardScaler(with_std=False),
        make_pipeline(FunctionTransformer(np.log, np.exp), "passthrough", StandardScaler()),
    ],
    ids=str,
)
@pytest.mark.parametrize("target", [NUMBER, SEVERAL], ids=["one", "several"])
def test_target_transformers(compare: Any, transformer: Any, target: Any) -> None:
    """Predictions go back through the transformer of the target."""
    model = TransformedTargetRegressor(LinearRegression(), transformer=transformer, check_inverse=False)
    compare(model.fit(FRAME, np.abs(target) + 0.1), ASKED)


@pytest.mark.parametrize(
    ("function", "inverse"),
    [
        (np.log, np.exp),
        (np.log1p, np.expm1),
        (np.exp, np.log),
        (np.square, np.sqrt),
        (np.sqrt, np.square),
        (None, None),
    ],
    ids=str,
)
def test_target_functions(compare: Any, function: Any, inverse: Any) -> None:
    """Predictions go back through a function of numpy, whatever it makes of edges."""
    model = TransformedTargetRegressor(LinearRegression(), func=function, inverse_func=inverse, check_inverse=False)
    rows = pd.DataFrame({"a": [0.0, 1.0, -1.0, 0.5, 2.0, -0.0, 1e3, -1e3, 1e160, -1e160]})
    model.fit(rows[:5], rows["a"][:5] + 2)
    model.regressor_.coef_[:], model.regressor_.intercept_ = 1.0, 0.0
    assert compare(model, rows).difference < 1e-14


def test_own_target_function(compare: Any, compiled: Any) -> None:
    """A function of the user's own is traced, or refused by name."""
    from exporters import Unsupported

    def fitted(inverse: Any) -> Any:
        return TransformedTargetRegressor(LinearRegression(), func=np.sqrt, inverse_func=inverse).fit(FRAME, NUMBER)

    compare(fitted(lambda values: values**2), FRAME)
    with pytest.raises(Unsupported, match=r"FunctionTransformer of <lambda> is not traced: ndarray\.cumsum"):
        compiled(fitted(lambda values: values.cumsum(axis=0)), FRAME)


def test_unknown_target_transformer(compiled: Any) -> None:
    """A transformer without a known inverse is refused by name."""
    from exporters import Unsupported

    model = TransformedTargetRegressor(LinearRegression(), transformer=PCA(1)).fit(FRAME, NUMBER)
    with pytest.raises(Unsupported, match=r"PCA.inverse_transform has no exporter"):
        compiled(model, FRAME)


@pytest.mark.parametrize("last", ["passthrough", None])
def test_pipeline_of_transformers(compare: Any, last: Any) -> None:
    """A pipeline that ends in passthrough gives the result of its last transformer."""
    compare(make_pipeline(IsotonicRegression(out_of_bounds="clip"), last).fit(LINE, NUMBER), ON_LINE, "transform")


@pytest.mark.parametrize("method", ["predict", "decision_function", "score_samples"])
def test_elliptic_envelope(compare: Any, method: str) -> None:
    """Rows inside the ellipse, and how far they are from its middle."""
    compare(EllipticEnvelope(random_state=0).fit(FRAME), ASKED, method)
