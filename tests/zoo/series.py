"""Time series of statsmodels, which one row with a start and an end asks for as many values as lie between."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from packages import REQUIREMENTS

COUNT = 48


def series() -> pd.Series:
    """Four years of monthly values with a trend and a season."""
    places = np.arange(COUNT)
    noise = np.random.default_rng(0).normal(size=COUNT) / 5
    months = pd.date_range("2020-01-01", periods=COUNT, freq="MS")
    return pd.Series(10 + np.sin(places / 6 * np.pi) + places / 12 + noise, months, name="sales")


class Series(NamedTuple):
    """A time series.

    Attributes:
        fit: fits it.
        start: the start of the input example, a value of any type that MLflow's signatures have.
        end: the end.
    """

    fit: Callable[[], Any]
    start: Any
    end: Any

    def save(self, folder: Path) -> Any:
        """Save it with a signature and an input example, and return the results."""
        without_pyarrow = pd.option_context("mode.string_storage", "python")  # which REQUIREMENTS do not have
        with without_pyarrow, warnings.catch_warnings(action="ignore"):  # of optimizers, and MLflow's advice
            results = self.fit()
            rows = pd.DataFrame({"start": [self.start], "end": [self.end]})
            predicted = pd.DataFrame(results.predict(self.start, self.end))
            signature = infer_signature(rows, predicted.rename(columns=str))
            mlflow.statsmodels.save_model(
                results, folder, signature=signature, input_example=rows, pip_requirements=REQUIREMENTS
            )
        return results


def _arima() -> Any:
    from statsmodels.tsa.api import ARIMA

    return ARIMA(series(), order=(1, 1, 1), seasonal_order=(1, 0, 0, 12)).fit()


def _winters() -> Any:
    from statsmodels.tsa.api import ExponentialSmoothing

    return ExponentialSmoothing(series(), trend="add", damped_trend=True, seasonal="mul", seasonal_periods=12).fit()


def _autoregression() -> Any:
    from statsmodels.tsa.api import AutoReg

    return AutoReg(series().to_numpy(), 3, trend="ct").fit()


def _components() -> Any:
    from statsmodels.tsa.api import UnobservedComponents

    return UnobservedComponents(series().to_period(), "lltrend", seasonal=12).fit(disp=0)


def _two() -> Any:
    from statsmodels.tsa.api import VARMAX

    return VARMAX(pd.DataFrame({"sales": series(), "cost": series().to_numpy()[::-1]}), order=(1, 0)).fit(disp=0)


SERIES = {
    "ARIMA": Series(_arima, pd.Timestamp("2023-11-01"), pd.Timestamp("2024-06-01")),
    "exponential smoothing": Series(_winters, "2024-01", "2024-12"),
    "autoregression": Series(_autoregression, COUNT - 2, COUNT + 5),
    "components": Series(_components, "2023-12", "2024-02"),
    "two series": Series(_two, COUNT - 1, COUNT + 3),
}
