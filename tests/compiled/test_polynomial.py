"""PolynomialFeatures and SplineTransformer give scikit-learn's numbers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, SplineTransformer, StandardScaler

RANDOM = np.random.default_rng(0)
FRAME = pd.DataFrame(RANDOM.normal(size=(80, 4)), columns=["a", "b", "fixed acidity", "d"])
TEXTS = pd.DataFrame({"text": ["good day", "bad day", "so so", "good good night", ""]})
EDGES = pd.DataFrame(
    [
        [0.0, -0.0, 0.0, 0.0],
        [1e100, -1e100, 1e120, 1e-300],
        [1.7976931348623157e308, 0.0, -2.0, 5e-324],
        [np.nan, 0.0, 0.0, 0.0],
        [0.0, np.inf, 0.0, 0.0],
    ],
    columns=FRAME.columns,
)
ASKED = pd.concat([FRAME[:20], EDGES], ignore_index=True)

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's, of the overflows asked for


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("interaction", [True, False])
@pytest.mark.parametrize("degree", [1, 2, 4, (0, 2), (1, 2), (2, 3), (3, 3)])
def test_products(compare: Any, degree: Any, interaction: bool, bias: bool) -> None:
    """The products of all degrees asked for, with or without powers, with or without a one."""
    fitted = PolynomialFeatures(degree, interaction_only=interaction, include_bias=bias, order="F").fit(FRAME)
    assert 0 == compare(fitted, ASKED, "transform").difference


@pytest.mark.parametrize("degree", [0, (0, 0)])
def test_nothing_but_a_one(compare: Any, degree: Any) -> None:
    """Degree zero is a column of ones."""
    compare(PolynomialFeatures(degree).fit(FRAME), ASKED, "transform")


def test_interactions_of_more_columns_than_there_are(compare: Any) -> None:
    """Interactions end with that of all columns."""
    compare(PolynomialFeatures(3, interaction_only=True).fit(FRAME[["a", "b"]]), ASKED[["a", "b"]], "transform")


def test_products_before_a_model(compare: Any) -> None:
    """A model of products refuses those that are too large."""
    whole = make_pipeline(StandardScaler(), PolynomialFeatures(2), LinearRegression()).fit(FRAME, FRAME["b"])
    compare(whole, ASKED)


def test_products_of_sparse_rows(compare: Any) -> None:
    """Products of counted terms."""
    counted = ColumnTransformer([("text", CountVectorizer(), "text")])
    whole = make_pipeline(counted, PolynomialFeatures(2, interaction_only=True), LogisticRegression())
    compare(whole.fit(TEXTS, [1, 0, 2, 1, 0]), TEXTS, "predict_proba")


def knots(fitted: SplineTransformer) -> pd.DataFrame:
    """Rows on every knot and beside it, and rows that are refused."""
    values = fitted.bsplines_[0].t
    values = [*values, *np.nextafter(values, -np.inf), *np.nextafter(values, np.inf), 0.0, 7.5, -7.5, 1e10, -1e300]
    return pd.concat([ASKED, pd.DataFrame(dict.fromkeys(FRAME, values))], ignore_index=True)


@pytest.mark.parametrize(("degree", "bias"), [(2, True), (3, False)])
@pytest.mark.parametrize("extrapolation", ["constant", "continue", "error", "linear", "periodic"])
def test_splines(compare: Any, extrapolation: str, degree: int, bias: bool) -> None:
    """The splines' values within the knots and beyond them."""
    fitted = SplineTransformer(5, degree, extrapolation=extrapolation, include_bias=bias).fit(FRAME)
    compare(fitted, knots(fitted), "transform")


@pytest.mark.parametrize(
    ("extrapolation", "degree"),
    [("constant", 1), ("continue", 0), ("continue", 1), ("error", 0), ("error", 1), ("periodic", 0), ("periodic", 1)],
)
def test_splines_of_low_degree(compare: Any, extrapolation: str, degree: int) -> None:
    """Steps and straight lines are splines too; knots may be quantiles."""
    fitted = SplineTransformer(4, degree, extrapolation=extrapolation, knots="quantile").fit(FRAME)
    compare(fitted, knots(fitted), "transform")


def test_sparse_splines(compare: Any) -> None:
    """Splines kept as sparse rows are the same numbers."""
    compare(make_pipeline(SplineTransformer(sparse_output=True), LinearRegression()).fit(FRAME, FRAME["b"]), ASKED)


@pytest.mark.parametrize(
    "options",
    [
        {"extrapolation": "constant", "degree": 0},
        {"extrapolation": "linear", "degree": 1},
        {"handle_missing": "zeros"},
    ],
    ids=str,
)
def test_what_splines_are_refused(compiled: Any, options: dict[str, Any]) -> None:
    """Options for which scikit-learn fails, or takes other knots or infinite numbers, are refused by name."""
    from exporters import Unsupported

    with pytest.raises(Unsupported, match=next(iter(options))):
        compiled(SplineTransformer(**options).fit(FRAME), FRAME, "transform")
