"""Forecasting models: one row says how far, and the prediction is a table."""

from typing import Any

from flavors.recipes import Recipe


def _series() -> Any:
    """Return three years of monthly values with a season."""
    import numpy as np
    import pandas as pd

    months = pd.date_range("2020-01-01", periods=36, freq="MS")
    season = 10 + np.sin(np.arange(36) / 6 * np.pi) + np.arange(36) / 12
    return pd.Series(season + np.random.default_rng(0).normal(size=36) / 20, index=months, name="y")


def statsmodels_arima(folder: str) -> None:
    """ARIMA, asked for a range of months."""
    import mlflow
    import pandas as pd
    from mlflow.models import infer_signature
    from statsmodels.tsa.arima.model import ARIMA

    model = ARIMA(_series(), order=(1, 1, 0)).fit()
    rows = pd.DataFrame({"start": pd.to_datetime(["2023-01-01"]), "end": pd.to_datetime(["2023-06-01"])})
    predicted = model.predict(rows.start[0], rows.end[0])
    signature = infer_signature(rows, predicted.to_frame("y"))
    mlflow.statsmodels.save_model(model, folder, signature=signature, input_example=rows)


def prophet(folder: str) -> None:
    """Prophet, asked for dates."""
    import mlflow
    import pandas as pd
    from mlflow.models import infer_signature
    from prophet import Prophet

    table = _series().rename_axis("ds").reset_index()
    model = Prophet(uncertainty_samples=0).fit(table)
    dates = pd.DataFrame({"ds": pd.date_range("2023-01-01", periods=3, freq="MS")})
    signature = infer_signature(dates, model.predict(dates))
    mlflow.prophet.save_model(model, folder, signature=signature, input_example=dates)


def pmdarima(folder: str) -> None:
    """pmdarima's ARIMA with seasons, asked for a number of periods and their intervals."""
    from pmdarima import ARIMA

    model = ARIMA(order=(1, 1, 0), seasonal_order=(1, 0, 0, 12)).fit(_series())
    _save_pmdarima(model, folder, n_periods=[4], return_conf_int=[True], alpha=[0.1])


def pmdarima_exogenous(folder: str) -> None:
    """A pipeline of pmdarima: Box and Cox's transformation, Fourier terms and exogenous values."""
    import numpy as np
    from pmdarima import ARIMA
    from pmdarima.pipeline import Pipeline
    from pmdarima.preprocessing import BoxCoxEndogTransformer, FourierFeaturizer

    steps = [("power", BoxCoxEndogTransformer()), ("season", FourierFeaturizer(m=12, k=2)), ("model", ARIMA((1, 0, 0)))]
    outside = np.column_stack([np.cos(np.arange(36)), np.arange(36) % 5.0])
    model = Pipeline(steps).fit(_series().to_numpy(), X=outside)
    _save_pmdarima(model, folder, n_periods=[2], X=[[[0.5, 1.0], [0.2, 3.0]]], return_conf_int=[True])


def _save_pmdarima(model: Any, folder: str, **columns: Any) -> None:
    import mlflow
    import pandas as pd
    from mlflow.models import infer_signature

    rows = pd.DataFrame(columns)
    signature = infer_signature(rows, pd.DataFrame({"yhat": [1.0], "yhat_lower": [1.0], "yhat_upper": [1.0]}))
    mlflow.pmdarima.save_model(model, folder, signature=signature, input_example=rows)


def sktime_naive(folder: str) -> None:
    """A forecaster of sktime, saved in its own flavor."""
    import pandas as pd
    from mlflow.models import infer_signature
    from sktime.forecasting.naive import NaiveForecaster
    from sktime.utils import mlflow_sktime

    model = NaiveForecaster(strategy="last", sp=12)
    model.fit(_series().to_period("M"), fh=[1, 2, 3])
    model.pyfunc_predict_conf = {"predict_method": {"predict": {}}}
    rows = pd.DataFrame({"any": [1.0]})
    signature = infer_signature(rows, pd.DataFrame({"y": [1.0]}))
    mlflow_sktime.save_model(model, folder, signature=signature, input_example=rows)


RECIPES = {
    "statsmodels-arima": Recipe(statsmodels_arima, ("statsmodels",), backend="compiled"),
    "prophet": Recipe(prophet, ("prophet",)),
    "pmdarima": Recipe(pmdarima, ("pmdarima",), backend="compiled"),
    "pmdarima-exogenous": Recipe(pmdarima_exogenous, ("pmdarima",), backend="compiled"),
    "sktime": Recipe(sktime_naive, ("sktime",)),
}
