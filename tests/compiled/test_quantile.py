"""QuantileTransformer gives scikit-learn's numbers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer

RANDOM = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "even": RANDOM.normal(size=120),
        "repeated": RANDOM.integers(0, 5, size=120).astype(float),
        "wide": np.exp(RANDOM.normal(size=120) * 50),
        "fixed acidity": 3.0,
    }
)
NUMBERS = [0.0, -0.0, 5e-324, 1e-300, 0.5, 1.0, 2.0, 3.0, 4.0, 1e17, 1e300, 1.7976931348623157e308, np.nan, np.inf]
EDGES = pd.DataFrame({name: [*NUMBERS, *(-number for number in NUMBERS)] for name in FRAME})
BOUNDS = pd.concat([FRAME.min() + step for step in (-2e-7, -1e-8, 0, 1e-8, 2e-7)], axis=1).T
ASKED = pd.concat([FRAME[:20], EDGES, BOUNDS, BOUNDS - FRAME.min() + FRAME.max()], ignore_index=True)

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's, of the overflows asked for


@pytest.mark.parametrize("count", [2, 7, 100])
@pytest.mark.parametrize("distribution", ["uniform", "normal"])
def test_shares(compare: Any, distribution: str, count: int) -> None:
    """A number's place among those seen, repeated ones, the first and the last included."""
    fitted = QuantileTransformer(n_quantiles=count, output_distribution=distribution).fit(FRAME)
    assert compare(fitted, ASKED, "transform").difference < 1e-13


def test_rare_shares(compare: Any) -> None:
    """Shares far out give the numbers of a normal distribution's tails."""
    fitted = QuantileTransformer(n_quantiles=10, output_distribution="normal").fit(FRAME[["even"]])
    fitted.quantiles_ = np.linspace(0, 1, 10)[:, None]
    shares = [*np.logspace(-6.9, -0.5, 40), 0.5 - 1e-9, 0.5, 0.5 + 1e-9, *(1 - np.logspace(-0.5, -6.9, 40))]
    compare(fitted, pd.DataFrame({"even": shares}), "transform")


def test_before_a_model(compare: Any) -> None:
    """A model of shares answers and refuses as it does in scikit-learn."""
    compare(make_pipeline(QuantileTransformer(n_quantiles=20), LinearRegression()).fit(FRAME, FRAME["even"]), ASKED)


@pytest.mark.parametrize(("count", "column"), [(5, np.nan), (1, 3.0)])
def test_no_quantiles_are_refused(compiled: Any, count: int, column: float) -> None:
    """A column that was missing in every row, and a single quantile, have no shares."""
    from exporters import Unsupported

    frame = FRAME.assign(even=column)
    with pytest.raises(Unsupported, match="a single quantile"):
        compiled(QuantileTransformer(n_quantiles=count).fit(frame), frame, "transform")
