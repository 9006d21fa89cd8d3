"""Fits time series in this interpreter, compiles them, and writes what their library answers, as MLflow asks it.

`python series_answers.py FOLDER`, with `exporters`, `writers`, `series_models` and `pmdarima_models` on the path.
Writes FOLDER/answers.json, and a folder with `graph.json` and `arrays.bin` for each model. Runs on Python 3.7 and
newer.
"""

from __future__ import annotations

import json
import math
import sys
import warnings
from functools import partial
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any, Callable, Iterator, NamedTuple

import numpy as np
import pandas as pd
from series_models import COUNT, MODELS, series


class Case(NamedTuple):
    """A time series.

    Attributes:
        name: its name.
        fit: fits it.
        types: MLflow's types of the columns.
        rows: the requests.
        ask: returns the library's answer to a row of values as MLflow passes them on.
    """

    name: str
    fit: Callable[[], Any]
    types: dict[str, str]
    rows: list[dict[str, Any]]
    ask: Callable[[Any, dict[str, Any]], Any]


def main(folder: Path) -> None:
    """Write the answers."""
    warnings.simplefilter("ignore")
    results = [answers(case, folder / str(index)) for index, case in enumerate(cases())]
    (folder / "answers.json").write_text(json.dumps(results), encoding="utf-8")


def cases() -> Iterator[Case]:
    """Yield all models, and one with each kind of dates."""
    starts = (0, 1, 2, 11, COUNT - 1, COUNT, COUNT + 30, -1, -COUNT)
    odd = [(-COUNT - 1, 3), (5, 5), (COUNT + 5, COUNT + 4), (0, -COUNT - 1), (3, 0)]
    positions = [*product(starts, (1, 13, -1, COUNT, COUNT + 30)), *odd]
    for name, fit in MODELS.items():
        yield span_case(name, partial(fit, series()), "long", positions)
    for freq in ("D", "3D", "W", "MS", "QS", "B"):
        yield dates_case(freq, series(freq))
    for freq in ("D", "M", "Q"):
        yield dates_case(
            f"periods of {freq}", series().set_axis(pd.period_range("2020-01-01", periods=COUNT, freq=freq))
        )
    try:
        models = import_module("pmdarima_models")
    except ImportError:
        return
    types = {"n_periods": "long", "X": "array", "return_conf_int": "boolean", "alpha": "double"}
    plain: list[dict[str, Any]] = [{"n_periods": periods} for periods in (0, 1, 2, 13, 40)]
    plain += [{**row, "return_conf_int": True, "alpha": alpha} for row in plain for alpha in (0.05, 0.3, 0.0, 2.0)]
    plain += [{"n_periods": 3, "X": given} for given in (models.outside(3), models.outside(2), [1.0])]
    for name, fit in models.MODELS.items():
        yield Case(f"pmdarima: {name}", fit, types, plain, periods)
    for name, fit in models.EXOGENOUS.items():
        sizes = [{"n_periods": 3, "X": models.outside(size), "return_conf_int": True} for size in (1, 3, 4)]
        yield Case(f"pmdarima with X: {name}", fit, types, [*plain, *sizes], periods)


def dates_case(name: str, data: Any) -> Case:
    """Return a model of a series, asked for dates in its sample, after it, before it and between two of them."""
    index = data.index
    dates = index.to_timestamp() if isinstance(index, pd.PeriodIndex) else index
    step = dates[-1] - dates[-2]
    moments = [dates[0], dates[20], dates[-1], dates[-1] + step, dates[-1] + 9 * step, dates[-1] + 9.5 * step]
    moments += [dates[0] - pd.Timedelta(days=1), dates[3] + pd.Timedelta(seconds=1)]
    asked = list(product([moment.isoformat() for moment in moments], repeat=2))
    return span_case(name, partial(MODELS["Holt"], data), "datetime", asked)


def span_case(name: str, fit: Callable[[], Any], kind: str, spans: list[Any]) -> Case:
    """Return a model of statsmodels."""
    rows = [{"start": start, "end": end} for start, end in spans]
    return Case(name, fit, {"start": kind, "end": kind}, rows, span)


def answers(case: Case, folder: Path) -> dict[str, Any]:
    """Return the rows and the answers of a case, None where the library refuses one; or why there are none."""
    from writers import writer

    inputs = [{"name": name, "type": kind} for name, kind in case.types.items()]
    folder.mkdir()
    try:
        fitted = case.fit()
        writer("compiled")(fitted, folder, {"columns": inputs, "inputs": inputs, "predict_fn": "predict"})
    except Exception as error:
        return {"name": case.name, "problem": str(error)}
    found = []
    for row in case.rows:
        try:
            found.append(sent(case.ask(fitted, {name: passed_on(value) for name, value in row.items()})))
        except Exception:
            found.append(None)
    return {"name": case.name, "inputs": inputs, "rows": case.rows, "answers": found}


def passed_on(value: Any) -> Any:
    """Return a value as MLflow passes it on, from a table of pandas."""
    return pd.Timestamp(value) if isinstance(value, str) else value


def span(results: Any, row: dict[str, Any]) -> Any:
    """Return what `mlflow.statsmodels` returns."""
    return results.predict(start=row["start"], end=row["end"])


def periods(model: Any, row: dict[str, Any]) -> Any:
    """Return what `mlflow.pmdarima` returns.

    Raises:
        ValueError: the row has no number of periods.
    """
    if not row["n_periods"]:
        raise ValueError("no n_periods")
    sure = row.get("return_conf_int", False)
    found = model.predict(row["n_periods"], X=row.get("X"), return_conf_int=sure, alpha=row.get("alpha", 0.05))
    if not sure:
        return pd.DataFrame({"yhat": found})
    low, high = zip(*found[1])
    return pd.DataFrame({"yhat": found[0], "yhat_lower": low, "yhat_upper": high})


def sent(answer: Any) -> Any:
    """Return an answer as MLflow's server sends it, None for numbers that are not finite."""
    answer = pd.DataFrame(answer) if isinstance(answer, pd.Series) else answer
    if isinstance(answer, pd.DataFrame):
        rows = answer.to_dict(orient="records")
        return [{str(name): finite(value) for name, value in row.items()} for row in rows]
    return [finite(value) for value in np.asarray(answer).tolist()]


def finite(value: Any) -> Any:
    """Return a number, None if it is not finite; or those of a list."""
    if isinstance(value, list):
        return [finite(inner) for inner in value]
    return float(value) if math.isfinite(value) else None


if __name__ == "__main__":
    main(Path(sys.argv[1]))
