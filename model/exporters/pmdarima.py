"""pmdarima: one row with a number of periods, which a table of forecasts answers, with intervals if it asks for them.

MLflow passes the columns `n_periods`, `X`, `return_conf_int` and `alpha` on to the model's `predict`. The model is a
fitted SARIMAX of statsmodels.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from . import Exporter, Unsupported, unsupported_method
from .forms import VALUES, Exported, Rows, Tables, chain
from .intervals import variances
from .recursions import constant, state_space
from .time_index import reach

_LARGEST = 1.001
"""How much the state may grow at each step: faster, and forecasts overflow, which MLflow refuses."""

_TYPES = {
    "n_periods": ("integer", "long"),
    "X": ("any", "array"),
    "return_conf_int": ("boolean", "integer", "long"),
    "alpha": ("double", "float", "integer", "long"),
}
"""The columns that MLflow passes on, and the types that they may have here."""


def arima(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export the forecasts of an ARIMA, or of the one that AutoARIMA has found."""
    fitted = _last(estimator)
    use = _Use(needed=bool(fitted.fit_with_exog_))
    return _exported(estimator, method, rows, use, tables)


def pipeline(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
    """Export an ARIMA after transformers of the series, whose inverse follows, and Fourier terms.

    The pipeline makes as many forecasts as `X` has rows, if it is given.
    """
    fitted = _last(estimator)
    inverse: list[dict[str, Any]] = []
    waves = None
    for _, step in estimator.steps_[:-1]:
        name = type(step).__name__
        if name in ("BoxCoxEndogTransformer", "LogEndogTransformer"):
            inverse = [*_box_cox(step), *inverse]
        elif name == "FourierFeaturizer" and waves is None:
            waves = step
        else:
            raise Unsupported(f"a pipeline of pmdarima with {name} has no exporter")
    made = 2 * waves.k_ if waves else 0
    names = estimator.x_feats_
    if names is not None and len(names) > made:
        raise Unsupported("a pipeline of pmdarima that was fitted to a table X with names has no exporter")
    # Named Fourier terms are those of a pipeline without X, which fails where X is given.
    use = _Use(bool(fitted.fit_with_exog_) and names is None, names is not None, bool(inverse), counts=True)
    return _exported(estimator, method, rows, use, tables, inverse, waves)


class _Use(NamedTuple):
    """What becomes of the exogenous values `X` that a request may have.

    Attributes:
        needed: whether the model adds them.
        refused: whether it fails where there are any.
        looked_at: whether it fails where they are no table, even if it does not need them.
        counts: whether their number is that of the periods.
    """

    needed: bool
    refused: bool = False
    looked_at: bool = False
    counts: bool = False


def _exported(
    estimator: Any,
    method: str,
    rows: Rows,
    use: _Use,
    tables: Tables,
    inverse: list[dict[str, Any]] | None = None,
    waves: Any = None,
) -> Exported:
    """Export a fitted estimator.

    Args:
        estimator: an ARIMA, AutoARIMA or a pipeline.
        method: the method that is served.
        rows: the form of a request.
        use: what becomes of `X`.
        tables: collects numbers.
        inverse: what is done to forecasts and intervals last.
        waves: the transformer that adds Fourier terms to `X`; None if there is none.
    """
    import numpy as np

    if method != "predict":
        raise unsupported_method(estimator, method)
    fitted = _last(estimator)
    results: Any = getattr(fitted, "arima_res_", None)
    if type(fitted).__name__ != "ARIMA" or type(results).__name__ != "SARIMAXResultsWrapper":
        raise Unsupported(f"{type(fitted).__name__} of {type(results).__name__} in pmdarima has no exporter")
    model = results.model
    if model.simple_differencing:
        raise Unsupported("pmdarima's ARIMA with simple_differencing=True has no exporter")
    if np.abs(np.linalg.eigvals(constant(results.filter_results.transition, results))).max() > _LARGEST:
        raise Unsupported("pmdarima's ARIMA whose forecasts grow exponentially has no exporter")
    columns = _columns(rows, use)
    count = int(results.nobs)
    means, weights = state_space(results, count, tables), _weights(results, count)
    own = len(weights) - (2 * waves.k_ if waves else 0)
    _hint(rows, columns, own, tables)
    tables.absent = True
    asked = {
        "op": "periods.asked",
        "columns": columns,
        "reach": reach(model, count) - count,
        "width": own if use.needed else None,
        "exogenous": [name for name in ("refused", "looked_at", "counts") if getattr(use, name)],
        "intervals": _gives_intervals(estimator, own if use.needed else 0),
    }
    forecasts = {
        "op": "periods.forecasts",
        "means": means,
        "variances": variances(results, tables),
        "weights": list(weights[:own]),
        "waves": _waves(waves, weights[own:]) if waves else None,
        "inverse": chain(*inverse) if inverse else None,
    }
    return Exported(chain(asked, forecasts), VALUES)


def _last(estimator: Any) -> Any:
    """Return the ARIMA in an estimator."""
    last = estimator.steps_[-1][1] if hasattr(estimator, "steps_") else estimator
    return getattr(last, "model_", last)


def _gives_intervals(estimator: Any, width: int) -> bool:
    """Return whether the estimator gives intervals; those of pandas' tables cannot be written to since pandas 3."""
    try:
        estimator.predict(n_periods=1, X=[[0.0] * width] if width else None, return_conf_int=True)
    except Exception:
        return False
    return True


def _columns(rows: Rows, use: _Use) -> dict[str, int]:
    """Return the index of each column that MLflow passes on.

    Raises:
        Unsupported: one that the model needs is missing, or has a type that MLflow refuses or takes for something else.
    """
    names = [rows.named(index) for index in range(rows.width)]
    found = {name: names.index(name) for name in _TYPES if name in names}
    if "n_periods" not in found:
        raise Unsupported("a model of pmdarima without the column n_periods has no exporter")
    if use.needed and "X" not in found:
        raise Unsupported("a model of pmdarima that was fitted to X, without the column X, has no exporter")
    for name, index in found.items():
        kind = rows.types[index]
        used = name != "X" or use.needed or use.counts
        if used and kind not in _TYPES[name]:
            raise Unsupported(f"a model of pmdarima with a column {name} of type {kind} has no exporter")
    return found


def _weights(results: Any, count: int) -> list[float]:
    """Return the weight of each exogenous column in a forecast."""
    import numpy as np

    width = results.model.k_exog
    if not width:
        return []
    ahead = results.get_prediction(count, count + width - 1, exog=np.eye(width)).prediction_results
    return [float(weight) for weight in np.asarray(ahead.obs_intercept)[0]]


def _waves(step: Any, weights: list[float]) -> dict[str, Any]:
    """Return the operation for the weighted sum of the Fourier terms of each step."""
    import numpy as np

    turns = (np.asarray(step.p_, dtype="f8") * 2 * np.pi).astype("f4")  # pmdarima computes these in float32
    return {
        "op": "periods.waves",
        "start": int(step.n_) + 1,
        "turns": [float(turn) for turn in turns],
        "sines": weights[::2],
        "cosines": weights[1::2],
    }


def _box_cox(step: Any) -> list[dict[str, Any]]:
    """Return the operations that invert Box and Cox's transformation; MLflow's answer to what has no inverse is NaN."""
    power, added = float(step.lam1_), float(step.lam2_)
    shift = {"op": "inverting.arithmetic", "operator": "subtract", "numbers": [added]}
    if power == 0:
        return [{"op": "links.inverse", "link": "Log"}, shift]
    return [
        {"op": "inverting.arithmetic", "operator": "multiply", "numbers": [power]},
        {"op": "inverting.arithmetic", "operator": "add", "numbers": [1.0]},
        {"op": "links.inverse", "link": "Power", "number": power},
        shift,
    ]


def _hint(rows: Rows, columns: dict[str, int], width: int, tables: Tables) -> None:
    """Note values for the proof: numbers of periods, with exogenous values for some, and levels of intervals."""
    values: dict[str, list[Any]] = {
        "n_periods": [2, 3, 12, 41, 200] if not width else [1, 2, 3],
        "X": [[[float(row - column) for column in range(width)] for row in range(size)] for size in (1, 2, 3)],
        "return_conf_int": [True, False],
        "alpha": [0.01, 0.05, 0.5, 1.0, 1e-12],
    }
    for name, index in columns.items():
        if name != "X" or width:
            tables.hint(rows, index, values[name])


EXPORTERS: dict[str, Exporter] = {
    "pmdarima.ARIMA": arima,
    "pmdarima.AutoARIMA": arima,
    "pmdarima.Pipeline": pipeline,
}
