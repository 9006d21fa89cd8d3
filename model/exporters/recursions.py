"""How a fitted time series of statsmodels goes on after its sample: as an operation that gives so many predictions."""

from __future__ import annotations

from typing import Any

from . import Unsupported
from .forms import Tables, chain

_STEPS = 60
"""How many steps after the sample show how inputs that vary over time go on; more if their period is longer."""

_CLOSE = 1e-9
"""How far such an input may be from a line and what repeats, relative to the largest."""


def state_space(results: Any, count: int, tables: Tables) -> dict[str, Any]:
    """Return the operation for models in state space form: y = Z a + d, then a = T a + c.

    Exogenous values count as zero.

    J. Durbin and S. J. Koopman, Time Series Analysis by State Space Methods, 2nd edition, section 4.3.
    """
    import numpy as np

    filtered = results.filter_results
    design, transition = constant(filtered.design, results), constant(filtered.transition, results)
    outside = getattr(results.model, "k_exog", 0) or 0
    without = {"exog": np.zeros((_STEPS, outside))} if outside else {}
    ahead = results.get_prediction(count, count + _STEPS - 1, **without).prediction_results
    inputs = [
        np.broadcast_to(values[:, None] if values.ndim == 1 else values, (len(values), _STEPS))
        for values in (np.asarray(ahead.obs_intercept), np.asarray(ahead.state_intercept))
    ]
    state = np.asarray(filtered.predicted_state)[:, -1]
    return linear(np.vstack([design, transition]), state, np.vstack(inputs), 1, results, tables)


def autoregression(results: Any, count: int, tables: Tables) -> dict[str, Any]:
    """Return the operation for AutoReg: the sum of its weighted lags, and of a trend and a season."""
    import numpy as np

    model, weights = results.model, np.asarray(results.params, dtype="f8")
    lags = [] if model.ar_lags is None else [int(lag) for lag in model.ar_lags]
    size, period = max(lags, default=0), int(model.period or 1) if model.seasonal else 1
    others = model._setup_oos_forecast(max(_STEPS, 3 * period), None)  # noqa: SLF001 - what it adds to the lags
    added = np.asarray(others, dtype="f8") @ weights
    first = np.zeros(size)
    first[[lag - 1 for lag in lags]] = weights[len(weights) - len(lags) :]
    system = np.vstack([first, *([first, np.eye(size)[:-1]] if size else [])])
    inputs = np.zeros((size + 1, len(added)))
    inputs[: 2 if size else 1] = added
    state = np.asarray(model.endog, dtype="f8").ravel()[count - size :][::-1]
    return linear(system, state, inputs, period, results, tables)


def holt_winters(results: Any, count: int, tables: Tables) -> dict[str, Any]:
    """Return the operation for Holt and Winters' exponential smoothing, transformed back if Box and Cox's was used."""
    import numpy as np

    model = results.model
    results = model._predict(h=0, **results.params)  # noqa: SLF001 - as `predict` does, with another start of the trend
    params, season = results.params, []
    if model.has_seasonal:
        # The last of the sample's seasons is the one before it, as HoltWinters._predict has it.
        every = np.concatenate([np.ravel(params["initial_seasons"]), np.ravel(results.season)])
        period = int(model.seasonal_periods)
        season = [*every[count : count + period - 1], every[count - 1]]
    damping = float(params["damping_trend"]) if model.damped_trend else 1.0
    steps = [_smoothed(results.level, results.trend, damping, season, model, tables)]
    if params["lamda"] is not None:
        power = [float(params["lamda"])]
        steps.append({"op": "inverting.box_cox", "lambdas": power})
    if params["remove_bias"]:
        bias = [float(np.mean(results.resid))]
        steps.append({"op": "inverting.arithmetic", "operator": "add", "numbers": bias})
    inner = steps[1:]
    if not inner:
        return steps[0]
    return chain(steps[0], {"op": "composing.single"}, *inner, {"op": "composing.column", "index": 0})


def error_trend_season(results: Any, _count: int, tables: Tables) -> dict[str, Any]:
    """Return the operation for ETSModel, whose forecast is its simulation without errors."""
    import numpy as np

    model, states = results.model, np.asarray(results.states, dtype="f8")
    season = list(states[-int(model.seasonal_periods) :, -1]) if model.has_seasonal else []
    damping = float(results.damping_trend) if model.damped_trend else 1.0
    trend = states[:, 1] if model.has_trend else None
    return _smoothed(states[:, 0], trend, damping, season, model, tables)


def _smoothed(level: Any, trend: Any, damping: float, season: list[Any], model: Any, tables: Tables) -> dict[str, Any]:
    import numpy as np

    return {
        "op": "forecasting.smoothed",
        "level": float(np.ravel(level)[-1]),
        "trend": float(np.ravel(trend)[-1]) if model.has_trend else 0.0,
        "damping": damping,
        "trended": (model.trend or "")[:3] if model.has_trend else "",
        "season": tables.add(np.asarray(season, dtype="f8")),
        "seasonal": (model.seasonal or "")[:3] if model.has_seasonal else "",
    }


def constant(matrix: Any, results: Any) -> Any:
    """Return a matrix of a state space model that is the same at all times.

    Raises:
        Unsupported: it varies.
    """
    if matrix.shape[-1] != 1:
        raise Unsupported(f"{type(results.model).__name__} with matrices that vary over time has no exporter")
    return matrix[..., 0]


def linear(system: Any, state: Any, inputs: Any, period: int, results: Any, tables: Tables) -> dict[str, Any]:
    """Return the operation for sums and states of a linear system; its inputs become states, too.

    Args:
        system: the matrix that gives the sums, then the next state.
        state: the state at the first step after the sample.
        inputs: what is added to each sum and each new state, at each of the first steps.
        period: after how many steps the inputs repeat, but for a linear trend.
        results: names the model in errors.
        tables: collects numbers.

    Raises:
        Unsupported: the inputs are something else than a line plus what repeats.
    """
    import numpy as np

    width = len(system) - len(state)
    entries = [(int(row), int(column), float(system[row, column])) for row, column in np.argwhere(system)]
    values = list(state)
    places: dict[bytes, int] = {}

    def added(cycle: Any) -> int:
        """Return the place of a state that takes the values of a cycle, one after the other."""
        key = np.asarray(cycle, dtype="f8").tobytes()
        if key not in places:
            places[key] = place = len(values)
            values.extend(cycle)
            size = len(cycle)
            entries.extend((width + place + at, place + (at + 1) % size, 1.0) for at in range(size))
        return places[key]

    def clock() -> int:
        """Return the place of a state that counts the steps."""
        if b"clock" not in places:
            one = added([1.0])
            places[b"clock"] = place = len(values)
            values.append(0.0)
            entries.extend([(width + place, place, 1.0), (width + place, one, 1.0)])
        return places[b"clock"]

    times = np.arange(inputs.shape[1])
    for row in np.flatnonzero(inputs.any(axis=1)):
        given = inputs[row]
        whole = (len(given) - 1) // period * period
        slope = (given[whole] - given[0]) / whole
        cycle = (given - slope * times)[:period]
        if np.abs(slope * times + cycle[times % period] - given).max() > _CLOSE * np.abs(given).max():
            raise Unsupported(f"{type(results.model).__name__} with this trend or season has no exporter")
        if np.abs(slope) * whole > _CLOSE**2 * np.abs(given).max():
            entries.append((int(row), clock(), float(slope)))
        entries.append((int(row), added(cycle), 1.0))
    entries.sort()
    rows, columns, weights = zip(*entries) if entries else ((), (), ())
    return {
        "op": "forecasting.linear",
        "state": tables.add(np.asarray(values, dtype="f8")),
        "rows": tables.add(np.asarray(rows, dtype="i8")),
        "columns": tables.add(np.asarray(columns, dtype="i8")),
        "weights": tables.add(np.asarray(weights, dtype="f8")),
        "width": width,
    }
