"""Models of pmdarima, which tests fit here and in environments of older versions (Python 3.8 and newer)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Callable

import numpy as np
import pandas as pd
from pmdarima import ARIMA, AutoARIMA, auto_arima
from pmdarima.pipeline import Pipeline
from pmdarima.preprocessing import BoxCoxEndogTransformer, FourierFeaturizer, LogEndogTransformer

COUNT = 72


def values() -> Any:
    """Six years of positive values with a trend and a season."""
    places = np.arange(COUNT)
    return 10 + 3 * np.sin(places / 6 * np.pi) + places / 12 + np.random.default_rng(0).normal(size=COUNT) / 3


@lru_cache(maxsize=None)
def series(freq: str = "MS") -> Any:
    """The values at dates."""
    return pd.Series(values(), pd.date_range("2020-01-01", periods=COUNT, freq=freq), name="sales")


def outside(rows: int, start: int = 0) -> list[list[float]]:
    """Two exogenous values for each step."""
    places = np.arange(start, start + rows)
    return np.column_stack([np.cos(places), places % 5.0]).tolist()  # type: ignore[no-any-return]


def piped(*steps: Any) -> Pipeline:
    """A pipeline that ends with an ARIMA."""
    return Pipeline([*((f"step{place}", step) for place, step in enumerate(steps)), ("model", ARIMA((1, 0, 0)))])


MODELS: dict[str, Callable[[], Any]] = {
    "ARIMA": lambda: ARIMA((2, 1, 1)).fit(series()),
    "array": lambda: ARIMA((1, 0, 1)).fit(values()),
    "weeks": lambda: ARIMA((1, 1, 0)).fit(series("W")),
    "differences": lambda: ARIMA((0, 2, 1), with_intercept=False).fit(series()),
    "season": lambda: ARIMA((1, 1, 1), seasonal_order=(1, 0, 1, 4), maxiter=3).fit(series()),
    "season's differences": lambda: ARIMA((1, 0, 0), seasonal_order=(0, 1, 1, 12), maxiter=1).fit(series()),
    "both differences": lambda: ARIMA((0, 1, 1), seasonal_order=(0, 1, 1, 4), maxiter=3).fit(series()),
    "line": lambda: ARIMA((1, 0, 0), trend="ct").fit(series()),
    "moving average": lambda: ARIMA((0, 0, 2)).fit(series()),
    "white noise": lambda: ARIMA((0, 0, 0)).fit(series()),
    "held out": lambda: ARIMA((1, 1, 0), out_of_sample_size=6).fit(series()),
    "updated": lambda: ARIMA((1, 1, 0)).fit(values()).update([17.0, 18.0]),
    "measurement error": lambda: ARIMA((1, 0, 0), measurement_error=True).fit(series()),
    "scale": lambda: ARIMA((1, 1, 1), concentrate_scale=True).fit(series()),
    "short": lambda: ARIMA((1, 0, 0), seasonal_order=(0, 1, 0, 12), maxiter=3).fit(values()[:15]),
    "missing values": lambda: ARIMA((1, 1, 0)).fit(np.where(np.arange(COUNT) % 9 == 8, np.nan, values())),
    "found": lambda: auto_arima(series(), start_p=0, start_q=0, max_p=1, max_q=1, seasonal=False, maxiter=5),
    "AutoARIMA": lambda: AutoARIMA(start_p=0, start_q=0, max_p=1, max_q=1, seasonal=False, maxiter=5).fit(series()),
    "Box-Cox": lambda: piped(BoxCoxEndogTransformer()).fit(series()),
    "square roots": lambda: piped(BoxCoxEndogTransformer(lmbda=0.5, lmbda2=2)).fit(values() / 9),
    "inverse": lambda: piped(BoxCoxEndogTransformer(lmbda=-1)).fit(values()),
    "logarithm": lambda: piped(LogEndogTransformer(lmbda=1)).fit(values()),
    "roots of logarithms": lambda: piped(LogEndogTransformer(), BoxCoxEndogTransformer(lmbda=0.3)).fit(values()),
    "Fourier": lambda: piped(FourierFeaturizer(m=12, k=3)).fit(values()),
    "Fourier of weeks": lambda: piped(FourierFeaturizer(m=7)).fit(values()),
    "AutoARIMA in a pipeline": lambda: Pipeline([("fourier", FourierFeaturizer(m=12, k=2)), ("model", AutoARIMA(
        start_p=0, start_q=0, max_p=1, max_q=0, seasonal=False, maxiter=5))]).fit(values()),
}  # fmt: skip

EXOGENOUS: dict[str, Callable[[], Any]] = {
    "ARIMA": lambda: ARIMA((1, 1, 1)).fit(series(), X=np.array(outside(COUNT))),
    "season": lambda: ARIMA((1, 0, 0), seasonal_order=(0, 1, 1, 4), maxiter=3).fit(values(), X=outside(COUNT)),
    "table": lambda: ARIMA((1, 0, 0)).fit(series(), X=pd.DataFrame(outside(COUNT), series().index)),
    "pipeline": lambda: piped(LogEndogTransformer()).fit(values(), X=np.array(outside(COUNT))),
    "Fourier": lambda: piped(FourierFeaturizer(m=12, k=1)).fit(values(), X=np.array(outside(COUNT))),
}
