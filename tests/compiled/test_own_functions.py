"""FunctionTransformer of a person's own function: what it does to a table or an array is traced."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from compiled.conftest import Compare
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

_random = np.random.default_rng(5)
FRAME = pd.DataFrame(
    {
        "income": _random.normal(50, 20, 200).round(2),
        "debt": _random.normal(10, 30, 200).round(2),
        "rooms": _random.integers(0, 6, 200),
        "city": _random.choice(["Rome", "paris", "Oslo"], 200),
    }
)
LABELS = np.where(FRAME["income"] > FRAME["debt"], "good", "bad")


def ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Return numbers that are made by hand."""
    found = table.copy()
    found["ratio"] = found["debt"] / (found["income"].abs() + 1)
    found["large"] = (found["rooms"] > 3).astype("int64")
    return found.drop(columns=["rooms"])


def lowered(table: pd.DataFrame) -> pd.DataFrame:
    """Return texts in lower case."""
    return table.apply(lambda column: column.str.lower())


def clipped(numbers: Any, low: float = -1.0) -> Any:
    """Return an array without extremes, and a sum."""
    inside = np.clip(numbers, low, 2.0)
    return np.column_stack([inside, inside[:, 0] + inside[:, 1]])


def ranked(table: pd.DataFrame) -> pd.DataFrame:
    """Compare rows with each other."""
    return table.rank()


NUMERIC = FRAME[["income", "debt", "rooms"]]
PIPELINES: dict[str, Callable[[], Any]] = {
    "a table": lambda: make_pipeline(FunctionTransformer(ratios), StandardScaler(), LogisticRegression()),
    "an array": lambda: make_pipeline(StandardScaler(), FunctionTransformer(clipped), DecisionTreeClassifier()),
    "arguments": lambda: make_pipeline(
        StandardScaler(), FunctionTransformer(clipped, kw_args={"low": 0.0}), LogisticRegression()
    ),
    "a validated array": lambda: make_pipeline(FunctionTransformer(clipped, validate=True), LogisticRegression()),
}


@pytest.mark.parametrize("name", PIPELINES)
def test_a_function_in_a_pipeline(name: str, compare: Compare) -> None:
    """It gets what the step before it gives: a table at first, then an array."""
    estimator = PIPELINES[name]().fit(NUMERIC, LABELS)
    compare(estimator, NUMERIC, "predict_proba")


def test_a_function_of_texts(compare: Compare) -> None:
    """Among the transformers of some columns."""
    encoded = make_pipeline(FunctionTransformer(lowered), OneHotEncoder(handle_unknown="ignore"))
    columns = make_column_transformer((encoded, ["city"]), (FunctionTransformer(ratios), ["income", "debt", "rooms"]))
    estimator = make_pipeline(columns, LogisticRegression(max_iter=1000)).fit(FRAME, LABELS)
    compare(estimator, FRAME, "predict_proba")


def test_what_a_function_does_is_named(compiled: Callable[..., Any]) -> None:
    """A function that is not traced has no exporter."""
    estimator = make_pipeline(FunctionTransformer(ranked), LogisticRegression()).fit(NUMERIC, LABELS)
    with pytest.raises(Exception, match=r"FunctionTransformer of ranked is not traced: DataFrame\.rank \(line \d+ of"):
        compiled(estimator, NUMERIC)
