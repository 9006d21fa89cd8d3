"""A person's own functions and transformers in pipelines: what they do to a table or an array is traced."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from compiled.conftest import Compare
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from zoo.own_steps import FRAME, LABELS, NUMERIC, Capped, Cautious, Chosen, clipped, lowered, ranked, ratios

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


OWN: dict[str, Any] = {
    "a transformer of a table": lambda: make_pipeline(Capped(), LogisticRegression()),
    "a transformer that selects": lambda: make_pipeline(
        Chosen(["debt", "income"]), DecisionTreeClassifier(max_depth=3)
    ),
    "a classifier": lambda: make_pipeline(StandardScaler(), Cautious()),
    "both": lambda: make_pipeline(Capped(), Cautious(0.4)),
}


@pytest.mark.parametrize("name", OWN)
def test_an_own_class_in_a_pipeline(name: str, compare: Compare) -> None:
    """Its attributes are constants, and its own estimators are exported."""
    compare(OWN[name]().fit(NUMERIC, LABELS), NUMERIC)


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


def calendar(table: pd.DataFrame) -> pd.DataFrame:
    """Return the parts of a date, by place."""
    dates = table.iloc[:, 0].dt
    parts = {name: getattr(dates, name) for name in ("year", "quarter", "month", "day", "hour", "day_of_week")}
    return pd.DataFrame({**parts, "place": dates.day_of_year / 366, "rate": table.iloc[:, -1]})


def test_parts_of_dates(compare: Compare) -> None:
    """A date becomes numbers, before a model that takes missing ones."""
    dates = pd.date_range("1999-12-27T23:59:59.5", periods=200, freq="37h")
    table = pd.DataFrame({"when": dates, "rate": FRAME["debt"]})
    table.loc[3, "when"] = pd.NaT
    model = HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=5, random_state=0)
    estimator = make_pipeline(make_column_transformer((FunctionTransformer(calendar), ["when", "rate"])), model)
    compare(estimator.fit(table, LABELS), table[:40], "predict_proba")


def test_what_is_done_with_dates_is_named(compiled: Callable[..., Any]) -> None:
    """Other functions of dates have no operation."""
    table = pd.DataFrame({"when": pd.date_range("2020-01-01", periods=200)})
    between = FunctionTransformer(lambda table: table[["when"]] - pd.Timestamp("2000-01-01"))
    estimator = make_pipeline(between, FunctionTransformer(lambda table: table.astype("int64")), LogisticRegression())
    with pytest.raises(Exception, match=r"is not traced"):
        compiled(estimator.fit(table, LABELS), table)
