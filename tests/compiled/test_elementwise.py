"""FunctionTransformer gives numpy's and scipy's numbers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import special
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

NUMBERS = [0.0, 5e-324, 1e-300, 0.1, 0.5, 0.75, 1.0, 1.5, 2.5, 20.0, 710.0, 1025.0, 1e17, 1e300, np.nan, np.inf]
FRAME = pd.DataFrame({"fixed acidity": [*NUMBERS, *(-number for number in NUMBERS)], "b": 0.25})
COUNTS = pd.DataFrame({"n": np.arange(20, dtype="int32"), "m": np.arange(20) * 30})
FUNCTIONS = [
    np.abs, np.arccos, np.arccosh, np.arcsin, np.arcsinh, np.arctan, np.arctanh, np.cbrt, np.ceil, np.cos, np.cosh,
    np.deg2rad, np.exp, np.exp2, np.expm1, np.fabs, np.floor, np.log, np.log10, np.log1p, np.log2, np.negative,
    np.rad2deg, np.reciprocal, np.rint, np.sign, np.sin, np.sinh, np.sqrt, np.square, np.tan, np.tanh, np.trunc,
    special.expit, special.logit,
]  # fmt: skip
ROUNDING = [np.abs, np.ceil, np.fabs, np.floor, np.negative, np.rint, np.sign, np.trunc]
WHOLE = [np.ceil, np.exp, np.fabs, np.floor, np.log1p, np.rint, np.sign, np.sqrt, np.trunc, special.expit]

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's, of the poles asked for


def named(function: Any) -> str:
    """A function by its name, for the name of a test."""
    return str(getattr(function, "__name__", function))


@pytest.mark.parametrize("function", FUNCTIONS, ids=named)
def test_functions(compare: Any, function: Any) -> None:
    """A known function of any number, where it is infinite and where it has no value included."""
    assert compare(FunctionTransformer(function), FRAME, "transform", array=True).difference < 1e-14


@pytest.mark.parametrize("function", ROUNDING, ids=named)
def test_float32(compare: Any, function: Any) -> None:
    """Functions that do not round give the same on float32."""
    narrow = FRAME[np.abs(FRAME["fixed acidity"]) < 1e30].astype("float32").assign(b=0.5)
    compare(FunctionTransformer(function), narrow, "transform", array=True)


@pytest.mark.parametrize("function", WHOLE, ids=named)
def test_whole_numbers(compare: Any, function: Any) -> None:
    """Functions that turn integers into floats compute in float64."""
    compare(make_pipeline(FunctionTransformer(function), StandardScaler()).fit(COUNTS), COUNTS, "transform")


@pytest.mark.parametrize(
    ("function", "frame", "named"),
    [
        (np.log, COUNTS.astype("float32"), "log and columns of type float"),
        (np.square, COUNTS.astype("float32"), "square and columns of type float"),
        (np.square, COUNTS, "square and columns of type"),
        (np.reciprocal, COUNTS, "reciprocal and columns of type"),
        (np.sqrt, COUNTS > 0, "sqrt and columns of type boolean"),
        (np.log1p, pd.DataFrame({"text": ["one"]}), "log1p and columns of type string"),
        (sorted, FRAME, "sorted is not traced"),
    ],
)
def test_what_is_refused(compiled: Any, function: Any, frame: pd.DataFrame, named: str) -> None:
    """Other arithmetic than float64's, and functions that are not known, are refused by name."""
    from exporters import Unsupported

    with pytest.raises(Unsupported, match=named):
        compiled(FunctionTransformer(function), frame, "transform")


def test_refused_arguments(compiled: Any) -> None:
    """Arguments of numpy's functions are refused by name."""
    from exporters import Unsupported

    with pytest.raises(Unsupported, match="kw_args"):
        compiled(FunctionTransformer(np.log1p, kw_args={"where": True}), FRAME, "transform")


def test_sparse_rows_are_refused(compiled: Any) -> None:
    """Sparse rows are refused by name."""
    from exporters import Unsupported

    texts = pd.DataFrame({"text": ["good day", "bad day"]})
    counted = ColumnTransformer([("text", CountVectorizer(), "text")], sparse_threshold=1.0)
    whole = make_pipeline(counted, FunctionTransformer(np.log1p), LinearRegression()).fit(texts, [0, 1])
    with pytest.raises(Unsupported, match="FunctionTransformer of sparse"):
        compiled(whole, texts)


@pytest.mark.parametrize("function", [np.log1p, None])
def test_validated(compare: Any, function: Any) -> None:
    """Where it validates, missing and infinite numbers are refused before the function is asked."""
    compare(FunctionTransformer(function, validate=True).fit(FRAME.fillna(0).clip(0, 1)), FRAME, "transform")


@pytest.mark.parametrize("validate", [True, False])
def test_before_a_model(compare: Any, validate: bool) -> None:
    """A model refuses the infinite and missing values of a function."""
    known = FRAME.query("0 < `fixed acidity` < 100")
    whole = make_pipeline(FunctionTransformer(np.log, validate=validate), StandardScaler(), LinearRegression())
    compare(whole.fit(known, np.arange(len(known))), FRAME)


def test_one_text(compare: Any) -> None:
    """A single column is flattened for a vectorizer."""
    texts = pd.DataFrame({"text": ["good day", "bad day", "good", "bad"]})
    whole = make_pipeline(FunctionTransformer(np.ravel), CountVectorizer(), LinearRegression())
    compare(whole.fit(texts, [0, 1, 0, 1]), texts)


def test_nothing(compare: Any) -> None:
    """Without a function, values are unchanged."""
    known = FRAME.query("0 < `fixed acidity` < 100")
    whole = make_pipeline(FunctionTransformer(), StandardScaler(), FunctionTransformer(), LinearRegression())
    compare(whole.fit(known, np.arange(len(known))), FRAME)


@pytest.mark.parametrize("function", [np.exp, np.log, np.log1p, np.sqrt, np.negative, np.reciprocal, np.tanh])
def test_origins_lead_back(function: Any) -> None:
    """The stand-in of a raw number leads back to it."""
    from exporters import export
    from exporters.forms import Origin, Rows, Tables

    given = Rows(1, "columns", ("double",), (Origin("a"),))
    found = export(FunctionTransformer(function), "transform", given, Tables()).rows
    assert pytest.approx(1.5) == found.origins[0].inverse(function(1.5))
