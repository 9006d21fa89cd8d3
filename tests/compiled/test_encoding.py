"""Encoders give scikit-learn's answers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

from handler.errors import InvalidValue

pytestmark = pytest.mark.filterwarnings("ignore:Found unknown categories:UserWarning")

NAN, INF = float("nan"), float("inf")

TEXTS = pd.DataFrame(
    {
        "city": ["Ulm", "Bonn", "Ulm", "", "日本", "Bonn", "Ulm", "Köln"],
        "kind": ["x", "y", "x", "y", "y", "x", "y", "x"],
    },
    dtype=object,
)
MISSING = TEXTS.assign(city=["Ulm", None, "Ulm", "Bonn", None, "Bonn", "Köln", "Ulm"])
NUMBERS = pd.DataFrame(
    {
        "rooms": [1, 2, 3, 1, 2, 5, 5, 2],
        "size": [0.5, 1.0, NAN, 0.5, -0.0, 1e300, 7.0, 7.0],
        "new": [True, False, True, True, False, True, False, False],
    }
)
STRANGE_TEXTS = pd.DataFrame(
    {"city": ["Ulm", "ulm", "Ulm ", "", None, "Ulm"], "kind": ["x", "x", "y", "?", "y", None]}, dtype=object
)
STRANGE_NUMBERS = pd.DataFrame(
    {
        "rooms": [4, 5, 1, 2, -(2**62)],
        "size": [0.0, 7.0, INF, NAN, 0.5],
        "new": [True, False, True, False, True],
    }
)
ASKED = {
    "texts": (TEXTS, pd.concat([TEXTS, STRANGE_TEXTS], ignore_index=True)),
    "missing": (MISSING, pd.concat([MISSING, STRANGE_TEXTS], ignore_index=True)),
    "numbers": (NUMBERS, pd.concat([NUMBERS, STRANGE_NUMBERS], ignore_index=True)),
}
UNKNOWN = ["error", "ignore", "infrequent_if_exist", "warn"]
TARGET = {
    "binary": np.array(["no", "yes"])[[0, 1, 1, 0, 1, 0, 0, 1]],
    "multiclass": np.array(["a", "b", "c"])[[0, 1, 2, 0, 1, 2, 0, 1]],
    "continuous": np.array([0.5, 1.5, -2.0, 3.25, 0.1, 0.2, 0.3, 7.0]),
}


@pytest.mark.parametrize("unknown", UNKNOWN)
@pytest.mark.parametrize("kind", ASKED)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"sparse_output": False},
        {"drop": "first"},
        {"drop": "if_binary"},
        {"min_frequency": 2},
        {"max_categories": 2},
        {"max_categories": 2, "drop": "first"},
    ],
    ids=str,
)
def test_one_hot(compare: Any, kind: str, unknown: str, options: dict[str, Any]) -> None:
    """Known, unseen and missing categories have their columns, whatever the options."""
    frame, asked = ASKED[kind]
    compare(OneHotEncoder(handle_unknown=unknown, **options).fit(frame), asked, "transform")


@pytest.mark.parametrize("dtype", [float, "float32", int, "int8", bool])
def test_types(compare: Any, dtype: Any) -> None:
    """Ones have the type that is asked for."""
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=dtype)
    whole = make_pipeline(encoder.fit(TEXTS), SimpleImputer())
    compare(whole.fit(TEXTS), TEXTS, "transform", float32=dtype == "float32")


def test_dropped_categories(compare: Any) -> None:
    """A category of each column, missing ones included, can be left out by name."""
    compare(OneHotEncoder(drop=[NAN, "y"]).fit(MISSING), MISSING, "transform")


def test_given_categories(compare: Any) -> None:
    """Categories can be given in another order than the alphabet's."""
    encoder = OneHotEncoder(categories=[["Ulm", "Bonn"], ["y", "x", "z"]], handle_unknown="ignore")
    compare(encoder.fit(TEXTS), ASKED["texts"][1], "transform")


def test_many_categories(compare: Any) -> None:
    """Wide rows, which are sparse, have the same ones."""
    frame = pd.DataFrame(
        {"code": [f"c{index:03}" for index in range(150)], "digit": [index % 10 for index in range(150)]}
    )
    asked = pd.concat([frame[::10], pd.DataFrame({"code": ["?"], "digit": [11]})], ignore_index=True)
    encoder = OneHotEncoder(handle_unknown="ignore").fit(frame)
    compare(encoder, asked, "transform")
    compare(make_pipeline(encoder, LogisticRegression()).fit(frame, frame["digit"] > 4), asked, "decision_function")


@pytest.mark.parametrize("kind", ASKED)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"handle_unknown": "use_encoded_value", "unknown_value": -1},
        {"handle_unknown": "use_encoded_value", "unknown_value": NAN, "encoded_missing_value": -2},
        {"handle_unknown": "use_encoded_value", "unknown_value": 99, "max_categories": 2},
        {"min_frequency": 2},
        {"dtype": "float32", "encoded_missing_value": 90},
        {"dtype": "int64", "encoded_missing_value": 90},
    ],
    ids=str,
)
def test_ordinal(compare: Any, kind: str, options: dict[str, Any]) -> None:
    """Known, unseen and missing categories have their numbers, whatever the options."""
    frame, asked = ASKED[kind]
    compare(OrdinalEncoder(**options).fit(frame), asked, "transform")


@pytest.mark.parametrize("target", TARGET)
@pytest.mark.parametrize("kind", ASKED)
def test_target(compare: Any, kind: str, target: str) -> None:
    """Categories have their means of every kind of target, unseen ones the mean of all."""
    frame, asked = ASKED[kind]
    compare(TargetEncoder(cv=2).fit(frame, TARGET[target]), asked, "transform")


def test_array_of_values(compare: Any) -> None:
    """Columns that an imputer turned into an object array are encoded by their values."""
    frame = pd.concat([MISSING, NUMBERS], axis=1)
    asked = pd.concat([ASKED["missing"][1], ASKED["numbers"][1]], axis=1).dropna(subset=["rooms"])
    asked = asked.astype({"rooms": int, "new": bool})
    for part in (["city", "size"], ["rooms", "size", "new"]):
        whole = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
        compare(whole.fit(frame[part]), asked[part], "transform")


def test_unseen_category_is_refused_by_place(compiled: Any) -> None:
    """A category that the model does not know is refused, with its row and column."""
    model = compiled(OneHotEncoder().fit(TEXTS), TEXTS, "transform")
    with pytest.raises(InvalidValue, match="unknown category") as refused:
        model.predict({"city": ["Ulm", "Ulm", "Rome"], "kind": ["x", "y", "x"]}, {})
    assert (2, "city") == (refused.value.row, refused.value.column)


def test_numbers_for_texts_are_refused(compiled: Any) -> None:
    """Numbers in a column that was fitted to text are refused by name."""
    from exporters import Unsupported

    encoder = OneHotEncoder(handle_unknown="ignore").fit(TEXTS)
    with pytest.raises(Unsupported, match="fitted to texts"):
        compiled(encoder, pd.DataFrame({"city": [1.0], "kind": [2.0]}), "transform")
