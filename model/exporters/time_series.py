"""statsmodels' time series: one row with a start and an end, which many predictions answer.

MLflow passes the row's values on to `results.predict(start, end)`. What is within the sample is a table; what follows
is computed from the fitted state (`recursions.py`).
"""

from __future__ import annotations

from typing import Any, Callable, Dict

from . import Exporter, Unsupported, unsupported_method
from .forms import VALUES, Exported, Rows, Tables, chain
from .recursions import autoregression, error_trend_season, holt_winters, state_space
from .time_index import finder, positions_to_ask, reach

Recursion = Callable[[Any, int, Tables], Dict[str, Any]]

_TABLE = 2  # dimensions


def forecasts(recursion: Recursion) -> Exporter:
    """Return the exporter of results whose predictions after the sample are those of a recursion."""

    def exported(estimator: Any, method: str, rows: Rows, tables: Tables) -> Exported:
        import numpy as np

        if method != "predict":
            raise unsupported_method(estimator, method)
        model = estimator.model
        if not type(model).__module__.startswith("statsmodels."):
            raise Unsupported(f"{type(model).__name__} ({type(model).__module__}) of statsmodels has no exporter")
        names = [rows.named(index) for index in range(rows.width)]
        if not {"start", "end"} <= set(names):
            raise Unsupported("a time series without the columns start and end has no exporter")
        count = len(model.endog)
        known = np.asarray(estimator.predict(0, count - 1), dtype="f8")
        wrapped = getattr(model, "_hold_back", 0) or 0
        if wrapped:
            _require_beginning(estimator, known, wrapped)
        following = None
        if _predicts(estimator, count, count):
            _require_slices(estimator, known, count)
            following = recursion(estimator, count, tables)
        ending = reach(model, count) if following else count
        columns = [names.index("start"), names.index("end")]
        start, end = (finder(model, count, ending, rows.types[column], tables) for column in columns)
        for column in columns:
            tables.hint(rows, column, positions_to_ask(model, count, ending, rows.types[column]))
        missing = _without(estimator, count, [rows.types[column] == "string" for column in columns])
        width = known.shape[1] if known.ndim == _TABLE else 1
        steps: list[dict[str, Any]] = [
            {"op": "forecasting.span", "columns": columns, "names": ["start", "end"], "start": start, "end": end,
             "missing": missing},
            {"op": "forecasting.predictions", "known": tables.add(known.ravel()), "width": width,
             "following": following, "wrapped": wrapped},
        ]  # fmt: skip
        return Exported(chain(*steps, *_container(estimator, count)), VALUES)

    return exported


def _predicts(estimator: Any, start: int | None, end: int | None) -> bool:
    """Return whether the results predict; without exogenous values, or dates, they do not after the sample."""
    try:
        estimator.predict(start, end)
    except Exception:
        return False
    return True


def _require_slices(estimator: Any, known: Any, count: int) -> None:
    """Require that predictions do not depend on where a row begins.

    Raises:
        Unsupported: they do, as of AutoReg with an index of numbers that does not begin with zero.
    """
    import numpy as np

    ahead, across = (np.asarray(estimator.predict(start, count + 1), dtype="f8") for start in (count, 0))
    if not np.allclose(across, np.concatenate([known, ahead]), rtol=1e-9, atol=0.0, equal_nan=True):
        raise Unsupported(f"{type(estimator.model).__name__} whose predictions depend on the start has no exporter")


def _require_beginning(estimator: Any, known: Any, wrapped: int) -> None:
    """Require that spans of steps that have too few lags are what `forecasting.predictions` makes of them.

    Raises:
        Unsupported: they are not, as in statsmodels 0.12, which repeats a single prediction for all steps of a span.
    """
    import numpy as np

    for last, expected in ((wrapped, known[: wrapped + 1]), (wrapped - 2, known[len(known) - wrapped : -1])):
        if last < 0:
            continue
        found = np.asarray(estimator.predict(0, last) if _predicts(estimator, 0, last) else [], dtype="f8")
        if found.shape != expected.shape or not np.allclose(found, expected, rtol=1e-9, atol=0.0, equal_nan=True):
            import statsmodels

            name = f"{type(estimator.model).__name__} of statsmodels {statsmodels.__version__}"
            raise Unsupported(f"{name}, which answers spans of its first steps by chance, has no exporter")


def _without(estimator: Any, count: int, texts: list[bool]) -> list[Any]:
    """Return the first and the last position if a start or an end is missing, and whether the end follows the start.

    MLflow passes a missing text on as None, for which statsmodels has defaults. A missing date is refused.
    """
    first = last = None
    for end in (count + 1, count - 1):
        if texts[0] and first is None and _predicts(estimator, None, end):
            first = end + 1 - len(estimator.predict(None, end))
    if texts[1] and _predicts(estimator, 0, None):
        last = len(estimator.predict(0, None)) - 1
    return [first, last, _predicts(estimator, count, None)]


def _container(estimator: Any, count: int) -> list[dict[str, Any]]:
    """Return the operations that give predictions the form in which MLflow sends them.

    Raises:
        Unsupported: it is neither an array nor a Series or DataFrame.
    """
    several, alone = (estimator.predict(start, count - 1) for start in (count - 2, count - 1))
    if hasattr(several, "columns"):
        names = [str(name) for name in several.columns]
        return [{"op": "composing.transposed"}, {"op": "expressions.records", "names": names}]
    if hasattr(several, "to_frame"):
        name, single = ("0" if one.name is None else str(one.name) for one in (several, alone))
        return [{"op": "forecasting.named", "name": name, "alone": single}]
    if type(several).__name__ != "ndarray":
        raise Unsupported(f"a time series that predicts a {type(several).__name__} has no exporter")
    return []


EXPORTERS: dict[str, Exporter] = {
    "statsmodels.ARIMAResultsWrapper": forecasts(state_space),
    "statsmodels.AutoRegResultsWrapper": forecasts(autoregression),
    "statsmodels.DynamicFactorResultsWrapper": forecasts(state_space),
    "statsmodels.ETSResultsWrapper": forecasts(error_trend_season),
    "statsmodels.ExponentialSmoothingResultsWrapper": forecasts(state_space),
    "statsmodels.HoltWintersResultsWrapper": forecasts(holt_winters),
    "statsmodels.SARIMAXResultsWrapper": forecasts(state_space),
    "statsmodels.UnobservedComponentsResultsWrapper": forecasts(state_space),
    "statsmodels.VARMAXResultsWrapper": forecasts(state_space),
}
