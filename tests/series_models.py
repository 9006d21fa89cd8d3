"""Time series of statsmodels, which tests fit here and in environments of older versions (Python 3.7 and newer)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Callable

import numpy as np
import pandas as pd
from statsmodels.tsa.api import (
    SARIMAX,
    AutoReg,
    ExponentialSmoothing,
    Holt,
    SimpleExpSmoothing,
    UnobservedComponents,
)
from statsmodels.tsa.arima.model import ARIMA
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.statespace.exponential_smoothing import ExponentialSmoothing as StateSpaceSmoothing

COUNT = 60


def values() -> Any:
    """Sixty positive values with a trend and a season."""
    places = np.arange(COUNT)
    return 10 + np.sin(places / 6 * np.pi) + places / 12 + np.random.default_rng(0).normal(size=COUNT) / 5


@lru_cache(maxsize=None)
def series(freq: str = "MS", start: str = "2020-01-01") -> Any:
    """The values at dates."""
    return pd.Series(values(), pd.date_range(start, periods=COUNT, freq=freq), name="y")


MODELS: dict[str, Callable[[Any], Any]] = {
    "ARIMA": lambda y: ARIMA(y, order=(2, 1, 1)).fit(),
    "ARIMA, mean": lambda y: ARIMA(y, order=(1, 0, 1)).fit(),
    "ARIMA, line": lambda y: ARIMA(y, order=(1, 0, 1), trend="ct").fit(),
    "ARIMA, drift": lambda y: ARIMA(y, order=(1, 1, 0), trend="t").fit(),
    "ARIMA, season": lambda y: ARIMA(y, order=(1, 1, 1), seasonal_order=(1, 0, 0, 12)).fit(),
    "ARIMA, Yule and Walker": lambda y: ARIMA(y, order=(2, 0, 0)).fit(method="yule_walker"),
    "SARIMAX": lambda y: SARIMAX(y, order=(1, 1, 1), seasonal_order=(0, 1, 1, 12)).fit(disp=0),
    "SARIMAX, line": lambda y: SARIMAX(y, order=(1, 1, 1), trend="ct").fit(disp=0),
    "SARIMAX, differences": lambda y: SARIMAX(y, order=(1, 1, 0), simple_differencing=True).fit(disp=0),
    "SARIMAX, errors": lambda y: SARIMAX(y, order=(1, 0, 0), measurement_error=True).fit(disp=0),
    "AutoReg": lambda y: AutoReg(y, 3).fit(),
    "AutoReg, some lags": lambda y: AutoReg(y, [1, 4, 12], trend="ct").fit(),
    "AutoReg, season": lambda y: AutoReg(y, 2, seasonal=True, period=12, trend="t").fit(),
    "AutoReg, no lags": lambda y: AutoReg(y, 0, trend="ct").fit(),
    "smoothing": lambda y: SimpleExpSmoothing(y, initialization_method="estimated").fit(),
    "Holt": lambda y: Holt(y, initialization_method="estimated").fit(),
    "Holt, damped": lambda y: Holt(y, damped_trend=True, initialization_method="estimated").fit(damping_trend=0.9),
    "Holt, exponential": lambda y: Holt(y, exponential=True, initialization_method="estimated").fit(),
    "Winters": lambda y: ExponentialSmoothing(y, trend="add", seasonal="add", seasonal_periods=12).fit(),
    "Winters, multiplied": lambda y: ExponentialSmoothing(
        y, trend="mul", damped_trend=True, seasonal="mul", seasonal_periods=12
    ).fit(damping_trend=0.95),
    "Winters, Box-Cox": lambda y: ExponentialSmoothing(
        y, trend="add", seasonal="add", seasonal_periods=4, use_boxcox=True, initialization_method="estimated"
    ).fit(remove_bias=True),
    "Winters, logarithm": lambda y: ExponentialSmoothing(
        y, seasonal="mul", seasonal_periods=12, use_boxcox=0.0, initialization_method="estimated"
    ).fit(),
    "ETS": lambda y: ETSModel(y).fit(disp=0),
    "ETS, damped": lambda y: ETSModel(
        y, error="mul", trend="add", damped_trend=True, seasonal="mul", seasonal_periods=12
    ).fit(disp=0),
    "ETS, multiplied": lambda y: ETSModel(y, trend="mul", damped_trend=True, seasonal="add", seasonal_periods=4).fit(
        disp=0
    ),
    "state space smoothing": lambda y: StateSpaceSmoothing(y, trend=True, damped_trend=True, seasonal=4).fit(disp=0),
    "level": lambda y: UnobservedComponents(y, "llevel").fit(disp=0),
    "components": lambda y: UnobservedComponents(y, "lltrend", seasonal=12, autoregressive=1).fit(disp=0),
    "cycle": lambda y: UnobservedComponents(y, "rwdrift", cycle=True, damped_cycle=True, stochastic_cycle=True).fit(
        disp=0
    ),
    "harmonics": lambda y: UnobservedComponents(y, "lltrend", freq_seasonal=[{"period": 12, "harmonics": 3}]).fit(
        disp=0
    ),
}
