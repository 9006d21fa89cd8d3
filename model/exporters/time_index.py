"""The positions of a time series: by number, or by date where its index has dates and a frequency."""

from __future__ import annotations

from typing import Any

from . import Unsupported
from .forms import Tables

_REGULAR = 100_000
"""How many steps after the sample have predictions, where steps have the same length or are numbered."""

_IRREGULAR = 10_000
"""The same where they do not, as months: their dates are a table."""

_LAST = "2261-12-31"
"""The last date that a request may have."""

_FINENESS = {"year": 0, "quarter": 1, "month": 2, "day": 3, "hour": 4, "minute": 5, "second": 6}
"""How fine a text is that names a single date of an index, by pandas' `resolution`."""


def reach(model: Any, count: int) -> int:
    """Return how many positions have a prediction, those of the sample included."""
    if not model._index_dates:  # noqa: SLF001 - there is no other name for it
        return count + _REGULAR
    return len(_dates(model, count))


def finder(model: Any, count: int, ending: int, kind: str, tables: Tables) -> dict[str, Any]:
    """Return the operation that finds the positions of a column's values.

    Args:
        model: the fitted model.
        count: how many observations it has.
        ending: how many positions have a prediction.
        kind: MLflow's type of the column.
        tables: collects numbers.

    Raises:
        Unsupported: the model's index has nothing to compare such values with.
    """
    import numpy as np

    if kind in ("integer", "long"):
        return {"op": "forecasting.numbers", "count": count, "reach": ending}
    if kind not in ("datetime", "string"):
        raise Unsupported(f"a time series from and to values of type {kind} has no exporter")
    index = model._index if model._index_dates else model.data.row_labels  # noqa: SLF001
    if type(index).__name__ not in ("DatetimeIndex", "PeriodIndex"):
        raise Unsupported(f"a time series without dates has no exporter for values of type {kind}: use numbers")
    if getattr(index, "tz", None) is not None:
        raise Unsupported("a time series with dates of a time zone has no exporter, but for numbers")
    dates = _dates(model, count) if model._index_dates else _nanoseconds(index)  # noqa: SLF001
    if (
        len(index) != count
        or not (_nanoseconds(index) == np.asarray(dates[:count])).all()
        or (np.diff(dates) <= 0).any()
    ):
        raise Unsupported("a time series with dates that are not regular has no exporter, but for numbers")
    periods = type(index).__name__ == "PeriodIndex"
    described = {
        "op": "dates.moments" if kind == "datetime" else "dates.texts",
        "dates": [dates.start, dates.stop, dates.step] if isinstance(dates, range) else tables.add(dates),
        "count": count,
        "kind": "periods" if periods else "points" if model._index_dates else "labels",  # noqa: SLF001
    }
    if kind == "datetime":
        return described
    return {**described, "fineness": _fineness(index), "finer": not periods or _takes_finer(model)}


def _fineness(index: Any) -> int:
    """Return how fine a text is that names a single date of an index.

    Raises:
        Unsupported: pandas does not say, as for weeks, or it is less than a second.
    """
    try:
        return _FINENESS[index.resolution]
    except (AttributeError, KeyError):
        raise Unsupported(f"a time series of the frequency {index.freqstr} has no exporter for texts") from None


def positions_to_ask(model: Any, count: int, ending: int, kind: str) -> list[Any]:
    """Return values for a proof: positions in the sample, at its end, after it and before it, or their dates."""
    places = [0, 1, 2, count // 2, count - 2, count - 1, count, count + 1, count + 13, count + 40, count + 200]
    places = [place for place in places if 0 <= place < ending]
    if kind in ("integer", "long"):
        return [*places, -1, -3, -count, -count - 1]
    import pandas as pd

    dates = _dates(model, count) if model._index_dates else _nanoseconds(model.data.row_labels)  # noqa: SLF001
    known = [pd.Timestamp(int(dates[place])) for place in places if place < len(dates)]
    beside = [moment + pd.Timedelta(hours=26) for moment in (known[0], known[-1])]
    before = [known[0] - pd.Timedelta(days=1)]
    found = [moment.isoformat() for moment in (*known, *beside, *before)]
    if kind == "datetime":
        return found
    return [text[:length] for text in found for length in (4, 7, 10, 19)] + found


def _dates(model: Any, count: int) -> Any:
    """Return the dates of the sample, and those that follow, in nanoseconds: an array, or a range if they are even."""
    import pandas as pd

    index, freq = model._index, model._index_freq  # noqa: SLF001
    start = index[0]
    make = pd.period_range if type(index).__name__ == "PeriodIndex" else pd.date_range
    end = pd.Timestamp(_LAST).tz_localize(getattr(index, "tz", None))
    if type(freq).__name__ in ("Day", "Week") or isinstance(freq, pd.tseries.offsets.Tick):
        first, second = map(int, _nanoseconds(make(start, periods=2, freq=freq)))
        step = second - first
        return range(first, min(first + (count + _REGULAR) * step, end.value + 1), step)
    try:
        return _nanoseconds(make(start, periods=count + _IRREGULAR, freq=freq))
    except (ValueError, OverflowError):  # beyond what nanoseconds can hold
        return _nanoseconds(make(start, end=end, freq=freq))


def _nanoseconds(index: Any) -> Any:
    """Return dates, or the first moments of periods, in nanoseconds since 1970, without their time zone.

    Raises:
        OverflowError: there are dates that have none.
    """
    import numpy as np

    index = index.to_timestamp(how="start") if type(index).__name__ == "PeriodIndex" else index
    coarse = index.to_numpy().astype("M8[s]").astype("i8")
    if (np.abs(coarse) > np.iinfo("i8").max // 10**9).any():
        raise OverflowError("a date beyond what nanoseconds can hold")
    return index.to_numpy().astype("M8[ns]").astype("i8")


def _takes_finer(model: Any) -> bool:
    """Return whether a text that is finer than a period, such as a second, stands for it; pandas' versions differ."""
    text = str(model._index[0].start_time)  # noqa: SLF001
    try:
        return bool(model._get_index_loc(text)[0] == 0)  # noqa: SLF001
    except Exception:
        return False
