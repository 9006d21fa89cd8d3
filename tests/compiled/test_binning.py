"""KBinsDiscretizer gives scikit-learn's bins."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer

RANDOM = np.random.default_rng(0)
FRAME = pd.DataFrame(RANDOM.normal(size=(80, 3)), columns=["a", "b", "fixed acidity"])
COUNTS = pd.DataFrame({"n": np.arange(80), "x": FRAME["a"], "flag": FRAME["b"] > 0})

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning")  # of bins that are too small


def asked(fitted: KBinsDiscretizer) -> pd.DataFrame:
    """Rows on every edge and beside it, and rows that are refused."""
    edges = [edge for of_one in fitted.bin_edges_ for edge in of_one if np.isfinite(edge)]
    sides = [np.nextafter(edge, way) for edge in edges for way in (-np.inf, np.inf)]
    values = [*edges, *sides, 0.0, -0.0, 1e308, -1e308, np.nan, np.inf, -np.inf]
    return pd.concat([FRAME[:10], pd.DataFrame(dict.fromkeys(FRAME, values))], ignore_index=True)


@pytest.mark.parametrize("strategy", ["uniform", "quantile", "kmeans"])
@pytest.mark.parametrize("encode", ["onehot", "onehot-dense", "ordinal"])
def test_bins(compare: Any, encode: str, strategy: str) -> None:
    """A number's bin, or a one for it among zeros."""
    fitted = KBinsDiscretizer([3, 5, 2], encode=encode, strategy=strategy).fit(FRAME)
    compare(make_pipeline(fitted, LinearRegression()).fit(FRAME, FRAME["b"]), asked(fitted))


@pytest.mark.parametrize("encode", ["onehot-dense", "ordinal"])
def test_a_column_that_does_not_vary(compare: Any, encode: str) -> None:
    """A column that never varied has one bin."""
    fitted = KBinsDiscretizer(3, encode=encode).fit(FRAME.assign(a=2.5))
    compare(fitted, asked(fitted), "transform")


def test_whole_numbers_and_flags(compare: Any) -> None:
    """Whole numbers and booleans count as numbers."""
    compare(KBinsDiscretizer(3, encode="ordinal", strategy="uniform").fit(COUNTS), COUNTS, "transform")


def test_float32(compare: Any) -> None:
    """Float32 numbers are compared as they are."""
    narrow = FRAME.astype("float32")
    compare(KBinsDiscretizer(3, encode="ordinal").fit(narrow), narrow, "transform")


def test_float32_bins_are_refused(compiled: Any) -> None:
    """Bins of numbers that are rounded first are refused by name."""
    from exporters import Unsupported

    with pytest.raises(Unsupported, match="KBinsDiscretizer with dtype="):
        compiled(KBinsDiscretizer(3, dtype=np.float32).fit(FRAME), FRAME, "transform")
