"""statsmodels' time series: one row says from where to where, and the answer is MLflow's whole one."""

import io
import json
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow.pyfunc.scoring_server import predictions_to_json
from mlflow.statsmodels import _StatsmodelsModelWrapper
from series_models import COUNT, MODELS, series, values
from statsmodels.tsa.api import ARIMA, SARIMAX, VARMAX, AutoReg, DynamicFactor, UnobservedComponents

from handler.errors import InvalidValue
from handler.schema.column_types import COLUMN_TYPES
from model.build import proof

pytestmark = pytest.mark.filterwarnings("ignore::Warning")

SCALE = proof.Scale({}, by_answer=True)

Compiled = Callable[..., Any]

STARTS = (0, 1, 2, 11, COUNT - 1, COUNT, COUNT + 30, -1, -COUNT)
ENDS = (1, 13, -1, COUNT, COUNT + 30, COUNT + 99)
ODD = [(-COUNT - 1, 3), (5, 5), (COUNT + 5, COUNT + 4), (0, -COUNT - 1), (3, 0)]
SPANS: list[tuple[Any, Any]] = [*product(STARTS, ENDS), *ODD]


def mlflows(results: Any, start: Any, end: Any) -> Any:
    """What MLflow's server responds; None if the model refuses the row."""
    try:
        answer = _StatsmodelsModelWrapper(results).predict(pd.DataFrame({"start": [start], "end": [end]}))
    except Exception:  # noqa: BLE001 - statsmodels and pandas raise many
        return None
    text = io.StringIO()
    predictions_to_json(answer, text)
    return json.loads(text.getvalue())["predictions"]


def ours(model: Any, start: Any, end: Any) -> Any:
    """What the compiled model responds; None if it refuses the row."""
    try:
        return json.loads(json.dumps(model.predict({"start": [decoded(start)], "end": [decoded(end)]}, {})))
    except InvalidValue:
        return None


def decoded(value: Any) -> Any:
    """A value as the handler decodes it."""
    if value is pd.NaT:
        return None
    check_text = COLUMN_TYPES["datetime"].check
    return check_text(value.isoformat()) if isinstance(value, pd.Timestamp) and check_text else value


def check(results: Any, compiled: Compiled, spans: list[tuple[Any, Any]]) -> int:
    """Compare all answers and refusals, and return how many are answers."""
    model, answered = compiled(results, pd.DataFrame(spans[:1], columns=["start", "end"])), 0
    for start, end in spans:
        expected, got = mlflows(results, start, end), ours(model, start, end)
        assert (expected is None) == (got is None), (start, end, expected, got)
        assert expected is None or proof.difference(expected, got, SCALE) <= 1e-10, (start, end, expected, got)
        answered += expected is not None
    return answered


@pytest.mark.parametrize("name", MODELS)
def test_a_model_predicts_within_its_sample_across_its_end_and_after_it(name: str, compiled: Compiled) -> None:
    """Its numbers, its names and its refusals are MLflow's, wherever the row begins and ends."""
    assert check(MODELS[name](series()), compiled, SPANS) > 20


FREQUENCIES = (
    "D", "3D", "h", "15min", "s", "W", "W-WED", "MS", "ME", "QS", "QE", "QS-FEB", "YS", "YE", "B", "BME", "SME", "bh",
)  # fmt: skip


@pytest.mark.parametrize("freq", FREQUENCIES)
def test_dates_of_a_frequency(freq: str, compiled: Compiled) -> None:
    """Dates of the sample are found; after it, those between two dates stand for the next one."""
    data = series(freq)
    after = pd.date_range(data.index[-1], periods=30, freq=freq)
    between = after[7] + (after[8] - after[7]) / 2
    known = [data.index[0], data.index[20], data.index[-1], after[1], after[29], between.floor("us")]
    odd = [data.index[0] - pd.Timedelta(days=1), data.index[3] + pd.Timedelta(1, "s"), between + pd.Timedelta(1, "ns")]
    results = AutoReg(data, 2).fit()
    assert check(results, compiled, [*product([*known, *odd], repeat=2), (pd.NaT, known[1])]) > 10
    assert check(results, compiled, [*product([0, 3, -1, -COUNT, COUNT + 2], [*known, *odd])]) > 5


PERIODS = ("D", "h", "M", "Q", "Q-FEB", "Y", "W", "B")


@pytest.mark.parametrize("freq", PERIODS)
def test_periods_of_a_frequency(freq: str, compiled: Compiled) -> None:
    """Every moment within a period stands for it."""
    data = series().set_axis(pd.period_range("2020-01-01", periods=COUNT, freq=freq))
    dates = pd.period_range(data.index[0] - 1, periods=COUNT + 31, freq=freq).to_timestamp()
    known = [dates[place] + pd.Timedelta(minutes=minutes) for place in (1, 21, COUNT, COUNT + 30) for minutes in (0, 7)]
    assert check(AutoReg(data, 2).fit(), compiled, [*product([dates[0], *known], repeat=2)]) > 20


LENGTHS = (4, 7, 10, 13, 16, 19)
"""The lengths of the texts of a year, month, day, hour, minute and second."""


@pytest.mark.parametrize("freq", ["D", "15min", "W", "MS", "QE", "bh"])
def test_texts_for_dates(freq: str, compiled: Compiled) -> None:
    """A text that is less fine than the index stands for all its dates in that time, from the first to the last."""
    data = series(freq)
    after = pd.date_range(data.index[-1], periods=30, freq=freq)
    known = [data.index[0], data.index[20] + pd.Timedelta(1, "h"), data.index[-1], after[1], after[29]]
    texts = [str(moment)[:length] for moment in known for length in LENGTHS]
    results = AutoReg(data, 2).fit()
    spans = [*product(texts[:6], texts[::4]), *product(texts[::5], texts)]
    assert check(results, compiled, [*spans, (None, texts[-1]), (texts[3], None), (None, None)]) > 50


@pytest.mark.parametrize("freq", ["D", "h", "M", "Q-FEB", "Y"])
def test_texts_for_periods(freq: str, compiled: Compiled) -> None:
    """The same for periods; within the sample, pandas refuses texts that are finer than those."""
    data = series().set_axis(pd.period_range("2020-01-01", periods=COUNT, freq=freq))
    dates = pd.period_range(data.index[0] - 1, periods=COUNT + 31, freq=freq).to_timestamp()
    texts = [str(dates[place])[:length] for place in (0, 1, 21, COUNT, COUNT + 30) for length in LENGTHS]
    spans = [*product(texts[6:12], texts[::4]), *product(texts[::5], texts)]
    assert check(AutoReg(data, 2).fit(), compiled, [*spans, (None, texts[-1]), (texts[3], None)]) >= 10


INDEXES: dict[str, Any] = {
    "array": values,
    "without a name": lambda: series().rename(None),
    "table": lambda: series().to_frame(),
    "numbers": lambda: series().reset_index(drop=True),
    "numbers from ten": lambda: series().set_axis(range(10, 10 + COUNT)),
    "texts": lambda: series().set_axis([f"row {place}" for place in range(COUNT)]),
    "time zone": lambda: series().tz_localize("Europe/Zurich"),
}


@pytest.mark.parametrize("name", ["ARIMA", "Winters"])
@pytest.mark.parametrize("index", INDEXES)
def test_positions_of_an_index(index: str, name: str, compiled: Compiled) -> None:
    """What MLflow sends is an array or a table; nothing follows the sample if its index does not go on."""
    assert check(MODELS[name](INDEXES[index]()), compiled, SPANS) > 15


@pytest.mark.parametrize("index", ["array", "numbers", "texts", "time zone"])
def test_an_index_without_dates_has_positions_alone(index: str, compiled: Compiled) -> None:
    """The build says so for columns of dates, and MLflow serves the model."""
    from exporters import Unsupported

    with pytest.raises(Unsupported, match=r"without dates|time zone"):
        compiled(MODELS["AutoReg"](INDEXES[index]()), pd.DataFrame({"start": ["2020-01-01"], "end": ["2020-03-01"]}))


def test_dates_without_a_frequency_are_labels(compiled: Compiled) -> None:
    """They are found in the sample; a text for several stands for the first."""
    data = series().set_axis([*series().index[:-1], pd.Timestamp("2030-01-05")])
    moments = [*data.index[[0, 20, -2, -1]], pd.Timestamp("2020-01-02"), pd.Timestamp("2031-01-01")]
    results = ARIMA(data, order=(1, 0, 0)).fit()
    assert check(results, compiled, [*product(moments, repeat=2)]) > 5
    texts = [str(moment)[:length] for moment in moments for length in (4, 7, 10)]
    assert check(results, compiled, list(product(texts, texts))) > 30


def test_exogenous_values_are_known_in_the_sample_alone(compiled: Compiled) -> None:
    """MLflow passes none on, so that statsmodels refuses to go on."""
    outside = pd.DataFrame({"x": np.cos(np.arange(COUNT))}, series().index)
    for results in (
        SARIMAX(series(), outside, order=(1, 0, 0)).fit(disp=0),
        AutoReg(series(), 1, exog=outside).fit(),
        UnobservedComponents(series(), "llevel", exog=outside).fit(disp=0),
    ):
        assert 5 < check(results, compiled, SPANS) < 30


@pytest.mark.parametrize("array", [False, True])
def test_several_series_are_tables(array: bool, compiled: Compiled) -> None:
    """Each step is an object by name, or a list if the model was fitted to an array."""
    both = pd.DataFrame({"sales": series(), "cost": series().to_numpy()[::-1]})
    given = both.to_numpy() if array else both
    for results in (
        VARMAX(given, order=(1, 0), trend="ct").fit(disp=0, maxiter=5),
        DynamicFactor(given - given.mean(axis=0), k_factors=1, factor_order=1).fit(disp=0, maxiter=5),
    ):
        assert check(results, compiled, SPANS[::3]) > 10


def test_what_is_no_recursion_of_a_line_and_a_season_is_refused(compiled: Compiled) -> None:
    """The build says so, and MLflow serves the model."""
    from exporters import Unsupported
    from statsmodels.tsa.api import MarkovAutoregression
    from statsmodels.tsa.deterministic import DeterministicProcess

    frame = pd.DataFrame({"start": [3], "end": [70]})
    terms = DeterministicProcess(series().index, constant=True, order=2)
    with pytest.raises(Unsupported, match="AutoReg with this trend or season"):
        compiled(AutoReg(series(), 1, trend="n", deterministic=terms).fit(), frame)
    with pytest.raises(Unsupported, match="SARIMAX with this trend or season"):
        compiled(SARIMAX(series(), order=(1, 0, 0), trend=[1, 0, 1]).fit(disp=0), frame)
    with pytest.raises(Unsupported, match="has no exporter"):
        compiled(MarkovAutoregression(series(), 2, 1).fit(), frame)
    with pytest.raises(Unsupported, match="of type double"):
        compiled(MODELS["ARIMA"](series()), frame.astype(float))
    with pytest.raises(Unsupported, match="columns start and end"):
        compiled(MODELS["ARIMA"](series()), frame.rename(columns={"end": "steps"}))
    with pytest.raises(Unsupported, match="depend on the start"):
        compiled(MODELS["AutoReg"](INDEXES["numbers from ten"]()), frame)


def test_a_prediction_far_after_the_sample_is_refused(compiled: Compiled) -> None:
    """Each takes a step of the recursion: a hundred thousand are answered, or months up to the year 2261."""
    frame = pd.DataFrame({"start": [0], "end": [9]})
    for data, most in ((values(), COUNT + 100_000), (series(), len(pd.date_range("2020-01", "2261-12", freq="MS")))):
        model = compiled(MODELS["AutoReg"](data), frame)
        assert 1 == len(ours(model, most - 1, most - 1))
        with pytest.raises(InvalidValue, match=f"expected a position from -60 to {most - 1}, got {most}"):
            model.predict({"start": [0], "end": [most]}, {})
