"""PowerTransformer gives scikit-learn's numbers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer

RANDOM = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "skewed": np.exp(RANDOM.normal(size=80)),
        "left": -np.exp(RANDOM.normal(size=80)),
        "even": RANDOM.normal(size=80) + 10,
        "fixed acidity": 3.0,
    }
)
POSITIVE = FRAME[["skewed", "even"]]
NUMBERS = [0.0, -0.0, 5e-324, 1e-300, 1e-17, 1.0, 1e3, 1e17, 1e300, 1.7976931348623157e308, np.nan, np.inf]
EDGES = pd.DataFrame({name: [*NUMBERS, *(-number for number in NUMBERS)] for name in FRAME})
LAMBDAS = [-3.5, -1.0, -1e-17, 0.0, 1e-17, 0.5, 1.0, 2.0, 2.0 + 1e-17, 3.5]

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's, of the overflows asked for


@pytest.mark.parametrize("standardize", [True, False])
def test_yeo_johnson(compare: Any, standardize: bool) -> None:
    """Any number has a power, missing ones and those too large included."""
    fitted = PowerTransformer(standardize=standardize).fit(FRAME)
    assert compare(fitted, pd.concat([FRAME[:20], EDGES]), "transform").difference < 1e-12


@pytest.mark.parametrize("standardize", [True, False])
def test_box_cox(compare: Any, standardize: bool) -> None:
    """Positive numbers have a power; others are refused."""
    fitted = PowerTransformer("box-cox", standardize=standardize).fit(POSITIVE)
    asked = pd.concat([POSITIVE[:20], EDGES[list(POSITIVE)]])
    assert compare(fitted, asked, "transform").difference < 1e-12


@pytest.mark.parametrize("power", LAMBDAS)
@pytest.mark.parametrize("method", ["yeo-johnson", "box-cox"])
def test_each_power(compare: Any, method: str, power: float) -> None:
    """The powers around which the formula changes."""
    fitted = PowerTransformer(method, standardize=False).fit(POSITIVE)
    fitted.lambdas_ = np.array([power, power])
    compare(fitted, EDGES[list(POSITIVE)], "transform")


def test_before_a_model(compare: Any) -> None:
    """A model of transformed numbers answers and refuses as it does in scikit-learn."""
    whole = make_pipeline(PowerTransformer(), LinearRegression()).fit(FRAME, FRAME["even"])
    compare(whole, pd.concat([FRAME[:20], EDGES]))


@pytest.mark.parametrize("method", ["yeo-johnson", "box-cox"])
def test_origins_lead_back(method: str) -> None:
    """What stands for a raw number leads back to it."""
    from exporters import Origin, Rows, Tables, export

    fitted = PowerTransformer(method).fit(POSITIVE)
    given = Rows(2, "columns", ("double",) * 2, tuple(map(Origin, POSITIVE)))
    found = export(fitted, "transform", given, Tables()).rows
    value = fitted.transform(POSITIVE[:1])[0, 1]
    assert pytest.approx(POSITIVE["even"][0]) == found.origins[1].inverse(value)
