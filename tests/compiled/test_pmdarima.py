"""pmdarima: one row says how many periods, and the answer is the table that MLflow gives, with intervals."""

import io
import json
import warnings
from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow.pyfunc.scoring_server import predictions_to_json
from pmdarima import ARIMA
from pmdarima.preprocessing import BoxCoxEndogTransformer, DateFeaturizer, FourierFeaturizer, LogEndogTransformer
from pmdarima_models import COUNT, EXOGENOUS, MODELS, outside, piped, series, values

from handler.errors import InvalidValue
from model.build import proof

with warnings.catch_warnings(action="ignore"):  # MLflow will remove the flavor
    from mlflow.pmdarima import _PmdarimaModelWrapper

pytestmark = pytest.mark.filterwarnings("ignore::Warning")

SCALE = proof.Scale({}, by_answer=True)

Compiled = Callable[..., Any]


ALPHAS = (0.05, 0.1, 0.32, 0.999, 1.0, 1.7, 1e-9)


def mlflows(fitted: Any, row: dict[str, Any]) -> Any:
    """What MLflow's server responds; None if the model refuses the row."""
    try:
        answer = _PmdarimaModelWrapper(fitted).predict(pd.DataFrame([row]))
    except Exception:  # noqa: BLE001 - pmdarima, statsmodels and scikit-learn raise many
        return None
    text = io.StringIO()
    predictions_to_json(answer, text)
    return json.loads(text.getvalue())["predictions"]


def ours(made: Any, row: dict[str, Any]) -> Any:
    """What the compiled model responds; None if it refuses the row."""
    try:
        return json.loads(json.dumps(made.predict({name: [value] for name, value in row.items()}, {})))
    except InvalidValue:
        return None


COLUMNS = {"n_periods": 3, "X": [[1.0]], "return_conf_int": True, "alpha": 0.05}


def frame(**others: Any) -> pd.DataFrame:
    """A request with every column, some of them of other values, and so of other types."""
    return pd.DataFrame([{**COLUMNS, **others}])


@cache
def model(name: str) -> Any:
    """A fitted model."""
    return MODELS[name]()


def check(fitted: Any, compiled: Compiled, rows: list[dict[str, Any]]) -> int:
    """Compare all answers and refusals, and return how many are answers."""
    made, answered = compiled(fitted, frame()), 0
    for row in rows:
        expected, got = mlflows(fitted, row), ours(made, row)
        assert (expected is None) == (got is None), (row, expected, got)
        assert expected is None or proof.difference(expected, got, SCALE) <= 1e-9, (row, expected, got)
        answered += expected is not None
    return answered


@pytest.mark.parametrize("name", MODELS)
def test_a_model_forecasts_so_many_periods(name: str, compiled: Compiled) -> None:
    """With its intervals, if they are asked for, at any level."""
    steps: list[dict[str, Any]] = [{"n_periods": periods} for periods in (1, 2, 3, 13, 40, 200)]
    sure = [{**row, "return_conf_int": True} for row in steps]
    levels = [{"n_periods": 30, "return_conf_int": True, "alpha": alpha} for alpha in ALPHAS]
    others: list[dict[str, Any]] = [{"n_periods": 2, "X": None}, {"n_periods": 2, "return_conf_int": None}]
    rows = [*steps, *sure, *levels, *others]
    assert len(rows) == check(model(name), compiled, rows)


@pytest.mark.parametrize("name", ["ARIMA", "array", "AutoARIMA", "logarithm", "Fourier", "AutoARIMA in a pipeline"])
def test_a_model_without_exogenous_values_ignores_or_refuses_them(name: str, compiled: Compiled) -> None:
    """A pipeline takes their number for that of the periods; with Fourier terms, it fails."""
    given: list[Any] = [outside(3), [], [[]], [1.0, 2.0], [[1.0], [2.0, 3.0]], [[np.nan], [2.0]], [[1.0]]]
    rows = [{"n_periods": periods, "X": table} for periods in (3, 1) for table in given]
    refused = "Fourier" in name or "pipeline" in name
    assert (0 if refused else 6 if name == "logarithm" else 14) == check(model(name), compiled, rows)


@pytest.mark.parametrize("name", EXOGENOUS)
def test_exogenous_values_are_added(name: str, compiled: Compiled) -> None:
    """To forecasts and intervals; tables of another form are refused."""
    sizes: list[dict[str, Any]] = [
        {"n_periods": size, "X": outside(size, 80), "return_conf_int": True} for size in (1, 2, 14)
    ]
    odd: list[Any] = [None, [], [[]], [1.0, 2.0, 3.0], [[1.0], [2.0], [3.0]], [[1.0, 2.0], [3.0]], outside(4)]
    odd += [[[1.0, 2.0, 3.0]] * 3, [[1.0, np.nan]] * 3, [[1.0, None]] * 3, [[np.inf, 1.0]] * 3, [[1, True]] * 3]
    odd += [[[1.5e308, 0.0]] * 3, [[1e300, 0.0]] * 3]
    rows = [*sizes, *({"n_periods": 3, "X": given} for given in odd), {"n_periods": 3}]
    assert len(sizes) < check(EXOGENOUS[name](), compiled, rows)


def test_what_is_no_number_of_periods_or_level_is_refused(compiled: Compiled) -> None:
    """The level even where no intervals are asked for."""
    periods = [{"n_periods": number} for number in (0, -1, -COUNT - 1)]
    levels = [
        {"n_periods": 3, "return_conf_int": sure, "alpha": alpha}
        for sure, alpha in product((True, False), (0.0, 2.0, -0.1, 2.1, 1e-17, np.nan, 1, 0, 2))
    ]
    assert 2 == check(model("ARIMA"), compiled, [*periods, *levels])


def test_intervals_that_the_library_does_not_give_are_refused(compiled: Compiled) -> None:
    """pmdarima writes into a table of pandas, which is read-only since pandas 3."""
    fitted = piped(BoxCoxEndogTransformer(), FourierFeaturizer(m=7)).fit(values())
    rows = [{"n_periods": 9, "return_conf_int": sure} for sure in (False, True)]
    assert (1 if pd.__version__ >= "3" else 2) == check(fitted, compiled, rows)


def test_several_rows_are_refused(compiled: Compiled) -> None:
    """As by MLflow."""
    made = compiled(model("ARIMA"), frame())
    with pytest.raises(InvalidValue, match="expected one row with a number of periods, got 2 rows"):
        made.predict({"n_periods": [3, 3]}, {})


def test_periods_far_away_are_refused(compiled: Compiled) -> None:
    """Each takes a step of the recursion: a hundred thousand are answered, or months up to the year 2261."""
    for name, most in (("array", 100_000), ("ARIMA", len(pd.date_range("2026-01", "2261-12-31", freq="MS")))):
        made = compiled(model(name), frame())
        assert most == len(ours(made, {"n_periods": most}))
        with pytest.raises(InvalidValue, match=f"expected a number of periods from 1 to {most}, got {most + 1}"):
            made.predict({"n_periods": [most + 1]}, {})


def test_what_is_refused_is_named(compiled: Compiled) -> None:
    """The build says why, and MLflow serves the model."""
    from exporters import Unsupported

    days = series("D").index
    dated = pd.DataFrame({"day": days, "wind": np.cos(np.arange(COUNT))}, days)
    named = pd.DataFrame(outside(COUNT), series().index)
    turning = {"time_varying_regression": True, "mle_regression": False}
    for fitted, reason in (
        (ARIMA((1, 1, 0), simple_differencing=True).fit(series()), "simple_differencing=True"),
        (ARIMA((1, 0, 0), **turning).fit(series(), X=outside(COUNT)), "matrices that vary over time"),
        (ARIMA((1, 0, 0), trend=[1, 0, 1]).fit(series()), "this trend or season"),
        (piped(DateFeaturizer("day")).fit(series("D"), X=dated), "with DateFeaturizer"),
        (piped(LogEndogTransformer()).fit(series(), X=named), "table X with names"),
    ):
        with pytest.raises(Unsupported, match=reason):
            compiled(fitted, frame())
    for columns, reason in (
        (pd.DataFrame({"sales": [1.0]}), "without the column n_periods"),
        (frame(n_periods=3.0), "column n_periods of type double"),
        (frame(return_conf_int="yes"), "column return_conf_int of type string"),
        (frame(alpha="0.1"), "column alpha of type string"),
    ):
        with pytest.raises(Unsupported, match=reason):
            compiled(model("ARIMA"), columns)
    for columns, reason in ((frame()[["n_periods"]], "without the column X"), (frame(X="text"), "X of type string")):
        with pytest.raises(Unsupported, match=reason):
            compiled(EXOGENOUS["ARIMA"](), columns)
