"""Scalers, Normalizer and Binarizer give scikit-learn's numbers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Binarizer, MaxAbsScaler, MinMaxScaler, Normalizer, RobustScaler, StandardScaler

RANDOM = np.random.default_rng(0)
FRAME = pd.DataFrame(RANDOM.normal(size=(80, 4)) * [1, 1e3, 1e-3, 1], columns=["a", "b", "fixed acidity", "d"])
FRAME["d"] = 2.5  # which does not vary
NUMBER = FRAME["a"] * 3 - FRAME["b"] / 500
COUNTS = pd.DataFrame({"n": np.arange(80), "x": FRAME["a"], "flag": FRAME["b"] > 0})
TEXTS = pd.DataFrame({"text": ["good day", "bad day", "so so", "good good night", "", "Ünïcode 日本語"]})
EDGES = pd.DataFrame(
    [
        [0.0, -0.0, 0.0, 0.0],
        [-0.0, 5e-324, -5e-324, 1e-300],
        [1e-17, 0.0, 0.0, -1e-17],
        [1e300, -1e300, 1e300, 1e300],
        [1.7976931348623157e308, -1.7976931348623157e308, 0.0, 0.0],
        [np.nan, 0.0, 0.0, 0.0],
        [np.nan, np.nan, np.nan, np.nan],
        [0.0, np.inf, 0.0, 0.0],
        [0.0, 0.0, 0.0, -np.inf],
    ],
    columns=FRAME.columns,
)
ASKED = pd.concat([FRAME.iloc[:20], EDGES], ignore_index=True)

SCALERS = [
    StandardScaler(),
    StandardScaler(with_mean=False),
    StandardScaler(with_std=False),
    StandardScaler(with_mean=False, with_std=False),
    MinMaxScaler(),
    MinMaxScaler((-1, 3), clip=True),
    MaxAbsScaler(),
    MaxAbsScaler(clip=True),
    RobustScaler(),
    RobustScaler(with_centering=False, unit_variance=True),
    RobustScaler(with_scaling=False, quantile_range=(10, 60)),
    Normalizer(),
    Normalizer("l1"),
    Normalizer("max"),
    Binarizer(),
    Binarizer(threshold=-0.3),
]
SPARSE = [
    StandardScaler(with_mean=False),
    MaxAbsScaler(),
    MaxAbsScaler(clip=True),
    RobustScaler(with_centering=False),
    Normalizer(),
    Normalizer("l1"),
    Normalizer("max"),
    Binarizer(),
    Binarizer(threshold=1),
]

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's, of the overflows asked for


@pytest.mark.parametrize("scaler", SCALERS, ids=str)
def test_each_number(compare: Any, scaler: Any) -> None:
    """Each number is scaled, missing and overflowing ones included."""
    assert compare(scaler.fit(FRAME), ASKED, "transform").difference < 1e-15


@pytest.mark.parametrize("scaler", SCALERS, ids=str)
def test_before_a_model(compare: Any, scaler: Any) -> None:
    """A model of scaled numbers answers and refuses as it does in scikit-learn."""
    compare(make_pipeline(scaler, LinearRegression()).fit(FRAME, NUMBER), ASKED)


@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler(), Normalizer("l1"), Binarizer()], ids=str)
def test_after_rows(compare: Any, scaler: Any) -> None:
    """Scalers accept columns that another step computed."""
    compare(make_pipeline(Normalizer("max"), scaler).fit(FRAME), ASKED, "transform")


@pytest.mark.parametrize("scaler", SPARSE, ids=str)
def test_sparse_rows(compare: Any, scaler: Any) -> None:
    """Sparse rows stay sparse, a row without any known term included."""
    counted = ColumnTransformer([("text", CountVectorizer(), "text")])
    whole = make_pipeline(counted, scaler, LogisticRegression()).fit(TEXTS, [1, 0, 2, 1, 0, 2])
    compare(whole, TEXTS, "predict_proba")


def test_whole_numbers_and_flags(compare: Any) -> None:
    """Whole numbers and booleans count as numbers."""
    compare(StandardScaler().fit(COUNTS), COUNTS, "transform")


def test_a_column_that_was_never_there(compare: Any) -> None:
    """A column that was missing in every row gives no number."""
    frame = FRAME.assign(a=np.nan)
    compare(StandardScaler().fit(frame), ASKED, "transform")


def test_thresholds_behind_a_scaler_are_asked_around() -> None:
    """The proof asks around the raw values that a scaled threshold stands for."""
    from exporters import export
    from exporters.forms import Origin, Rows, Tables

    whole = make_pipeline(StandardScaler(), MinMaxScaler(), Binarizer(threshold=0.5)).fit(FRAME)
    tables = Tables()
    given = Rows(4, "columns", ("double",) * 4, tuple(map(Origin, FRAME)))
    export(whole, "transform", given, tables)
    middle = (FRAME["a"].min() + FRAME["a"].max()) / 2
    assert [pytest.approx(middle)] == tables.hints["a"]["values"]


def test_float32_is_refused(compiled: Any) -> None:
    """A scaler that computes in float32 is refused by name."""
    from exporters import Unsupported

    narrow = FRAME.astype("float32")
    with pytest.raises(Unsupported, match="Normalizer that computes in float32"):
        compiled(Normalizer().fit(narrow), narrow, "transform")


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("fitted", ["float32", "float64"])
@pytest.mark.parametrize("scaler", [*SCALERS[:6], MinMaxScaler((0.1, 0.7), clip=True), *SCALERS[6:11]], ids=str)
def test_float32_is_rounded_as_numpy_does(compare: Any, scaler: Any, fitted: str) -> None:
    """Each step is computed in float64 and rounded to float32, whatever the scaler was fitted to."""
    asked = ASKED.clip(-3e38, 3e38).astype("float32")
    verdict = compare(clone(scaler).fit(FRAME.astype(fitted)), asked, "transform", float32=True)
    assert 0.0 == verdict.difference


def test_float32_to_ones_and_zeros(compare: Any) -> None:
    """A threshold that is a float32 cuts float32 numbers as it cuts others."""
    narrow = FRAME.astype("float32")
    compare(Binarizer(threshold=0.5).fit(narrow), narrow, "transform")


def test_an_optional_column_that_is_not_there(compiled: Any) -> None:
    """The error names the column, where scikit-learn would name it."""
    from handler.errors import MissingColumn

    model = compiled(StandardScaler().fit(FRAME), FRAME, "transform")
    with pytest.raises(MissingColumn, match="needs the column b") as caught:
        model.predict({name: [1.0] for name in FRAME if name != "b"}, {})
    assert "b" == caught.value.column


def test_the_column_of_a_refused_number(compiled: Any) -> None:
    """A number that a scaler refuses is named by row and column."""
    from handler.errors import InvalidValue

    model = compiled(StandardScaler().fit(FRAME), FRAME, "transform")
    columns = {name: [0.0, 0.0] for name in FRAME} | {"fixed acidity": [0.0, np.inf]}
    with pytest.raises(InvalidValue) as caught:
        model.predict(columns, {})
    assert (1, "fixed acidity") == (caught.value.row, caught.value.column)


def test_terms_weighted_twice(compare: Any) -> None:
    """Weighted terms are scaled by their greatest size."""
    weighted = ColumnTransformer([("text", TfidfVectorizer(), "text")])
    compare(make_pipeline(weighted, MaxAbsScaler(), LogisticRegression()).fit(TEXTS, [1, 0, 2, 1, 0, 2]), TEXTS)
