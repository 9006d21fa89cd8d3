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


@pytest.mark.parametrize("power", [-1.0, 0.0, 0.5, 2.0])
def test_yeo_johnson_of_older_versions(compiled: Any, power: float) -> None:
    """Where scikit-learn has a formula of its own, small numbers lose digits as they do there."""
    fitted = PowerTransformer(standardize=False).fit(FRAME[["even"]])
    fitted.lambdas_ = np.array([power])
    fitted._yeo_johnson_transform = None  # noqa: SLF001 - older versions' method
    column = [1e-15, -1e-15, 3.0, -3.0]
    expected = [
        np.log1p(x) if x > 0 and power == 0
        else (np.power(x + 1, power) - 1) / power if x > 0
        else -np.log1p(-x) if power == 2
        else -(np.power(-x + 1, 2 - power) - 1) / (2 - power)
        for x in column
    ]  # fmt: skip
    got = compiled(fitted, FRAME[["even"]], "transform").predict({"even": column}, {})
    assert expected == pytest.approx([row[0] for row in got], rel=1e-15)


def test_before_a_model(compare: Any) -> None:
    """A model of transformed numbers answers and refuses as it does in scikit-learn."""
    whole = make_pipeline(PowerTransformer(), LinearRegression()).fit(FRAME, FRAME["even"])
    compare(whole, pd.concat([FRAME[:20], EDGES]))


@pytest.mark.parametrize("method", ["yeo-johnson", "box-cox"])
def test_origins_lead_back(method: str) -> None:
    """The inverse of a transformed number is the raw number."""
    from exporters import export
    from exporters.forms import Origin, Rows, Tables

    fitted = PowerTransformer(method).fit(POSITIVE)
    given = Rows(2, "columns", ("double",) * 2, tuple(map(Origin, POSITIVE)))
    found = export(fitted, "transform", given, Tables()).rows
    value = fitted.transform(POSITIVE[:1])[0, 1]
    assert pytest.approx(POSITIVE["even"][0]) == found.origins[1].inverse(value)
