"""Imputers give scikit-learn's answers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

NAN, INF = float("nan"), float("inf")

NUMBERS = pd.DataFrame(
    {
        "a": [1.5, NAN, 3.0, 3.0, -1.0],
        "b": [NAN, 2.0, 2.0, -1.0, 7.0],
        "empty": [NAN] * 5,
        "full": [1.0, 2.0, 3.0, 4.0, -1.0],
    }
)
EDGES = pd.concat(
    [NUMBERS, pd.DataFrame([[NAN] * 4, [INF, 0.0, 0.0, 0.0], [1e308, -0.0, 5e-324, NAN]], columns=list(NUMBERS))],
    ignore_index=True,
)
TEXTS = pd.DataFrame({"city": ["Ulm", None, "Bonn", "Ulm", ""], "street": ["x", "y", "y", None, "日本"]}, dtype=object)
WHOLE = pd.DataFrame({"n": [1, 2, 2, -1], "m": [5, -1, 7, 7]})
MIXED = pd.DataFrame(
    {
        "city": TEXTS["city"],
        "size": NUMBERS["a"],
        "rooms": [1, 2, 2, 3, 4],
        "new": [True, False, False, True, True],
    }
)

OPTIONS: list[dict[str, Any]] = [
    {},
    {"add_indicator": True},
    {"keep_empty_features": True},
    {"missing_values": -1.0},
    {"missing_values": -1, "add_indicator": True},
]


@pytest.mark.filterwarnings("ignore:Skipping features:UserWarning")
@pytest.mark.parametrize("strategy", ["mean", "median", "most_frequent", "constant"])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_numbers(compare: Any, strategy: str, options: dict[str, Any]) -> None:
    """Missing numbers are replaced as every strategy and option has it."""
    frame = NUMBERS.drop(columns="empty").fillna(0.5) if "missing_values" in options else NUMBERS
    imputer = SimpleImputer(strategy=strategy, **options).fit(frame)
    compare(imputer, EDGES[list(frame)], "transform")


@pytest.mark.parametrize("strategy", ["mean", "most_frequent"])
@pytest.mark.parametrize("value", [NAN, 0.1])
def test_float32(compare: Any, strategy: str, value: float) -> None:
    """Numbers of single precision stay such."""
    frame = pd.DataFrame({"a": [0.1, NAN, 0.3, 0.3], "b": [0.7, 0.1, 0.1, 0.2]}, dtype="float32")
    frame = frame if value != value else frame.fillna(0.2)  # noqa: PLR0124
    compare(SimpleImputer(strategy=strategy, missing_values=value).fit(frame), frame, "transform", float32=True)


@pytest.mark.parametrize("strategy", ["mean", "most_frequent", "constant"])
@pytest.mark.parametrize("value", [NAN, -1])
def test_whole_numbers(compare: Any, strategy: str, value: float) -> None:
    """Whole numbers stay such where the strategy lets them."""
    compare(SimpleImputer(strategy=strategy, missing_values=value).fit(WHOLE), WHOLE, "transform")


@pytest.mark.parametrize(
    "options",
    [
        {"strategy": "most_frequent"},
        {"strategy": "most_frequent", "add_indicator": True},
        {"strategy": "constant"},
        {"strategy": "constant", "fill_value": "elsewhere"},
    ],
    ids=str,
)
def test_texts(compare: Any, options: dict[str, Any]) -> None:
    """Missing texts are replaced as pandas represents them, in a batch and alone."""
    compare(SimpleImputer(**options).fit(TEXTS), TEXTS, "transform")


@pytest.mark.parametrize(
    "options",
    [
        {"strategy": "most_frequent", "missing_values": "Ulm"},
        {"strategy": "constant", "fill_value": "?", "missing_values": ""},
    ],
    ids=str,
)
def test_a_text_for_missing_ones(compare: Any, options: dict[str, Any]) -> None:
    """A text can stand for missing values."""
    frame = TEXTS.fillna("Ulm")
    compare(SimpleImputer(**options).fit(frame), frame, "transform")


def test_none_for_missing_texts(compare: Any) -> None:
    """None counts as missing where it is told so, and where pandas leaves it."""
    imputer = SimpleImputer(strategy="most_frequent", missing_values=None).fit(TEXTS)
    compare(imputer, pd.DataFrame([[None, None]], columns=list(TEXTS), dtype=object), "transform")
    compare(imputer, TEXTS.dropna(), "transform")


@pytest.mark.parametrize("options", [{}, {"add_indicator": True}, {"missing_values": 2}], ids=str)
def test_mixed_columns(compare: Any, options: dict[str, Any]) -> None:
    """Texts, numbers and booleans together are Python's own values."""
    frame = MIXED.fillna({"city": "x", "size": 0.0}) if "missing_values" in options else MIXED
    compare(SimpleImputer(strategy="most_frequent", **options).fit(frame), MIXED, "transform")


def test_booleans_among_numbers(compare: Any) -> None:
    """Booleans count as numbers where numbers are."""
    frame = MIXED[["size", "rooms", "new"]]
    compare(SimpleImputer(strategy="most_frequent").fit(frame), frame, "transform")


@pytest.mark.parametrize("frame", [TEXTS, MIXED], ids=["texts", "mixed"])
def test_pandas_output(compare: Any, frame: pd.DataFrame) -> None:
    """Texts that an imputer gives as a DataFrame are encoded as pandas sees them."""
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    whole = make_pipeline(SimpleImputer(strategy="most_frequent"), encoder).set_output(transform="pandas")
    compare(whole.fit(frame), frame, "transform")


@pytest.mark.parametrize("features", ["missing-only", "all"])
@pytest.mark.parametrize("error_on_new", [True, False])
def test_missing_indicator(compare: Any, features: str, error_on_new: bool) -> None:
    """An indicator marks missing values, and refuses them in columns that had none in training."""
    indicator = MissingIndicator(features=features, error_on_new=error_on_new).fit(NUMBERS)
    compare(indicator, EDGES, "transform")


def test_missing_indicator_of_texts(compare: Any) -> None:
    """An indicator of texts shows those that are missing."""
    compare(MissingIndicator(features="all").fit(TEXTS), TEXTS, "transform")


def test_a_function_is_refused(compiled: Any) -> None:
    """A strategy that is a function is refused by name."""
    from exporters import Unsupported

    with pytest.raises(Unsupported, match="a function for its strategy"):
        compiled(SimpleImputer(strategy=np.max).fit(NUMBERS[["a"]]), NUMBERS[["a"]], "transform")
