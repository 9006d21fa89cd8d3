"""Forecasts of time series, such as those of statsmodels: one row says from where to where, and the answer is whole."""

from itertools import accumulate, islice
from typing import Any

from handler.backends.compiled.graph import Batch, Operation
from handler.errors import InvalidValue


def span(columns: list[int], names: list[str], start: Operation, end: Operation, missing: Any) -> Operation:
    """Return the first and the last position that one row asks for.

    Args:
        columns: the indices of the columns with the start and the end.
        names: their names.
        start: gives the first and the last position that a value of the first column stands for, or None.
        end: the same for the second column.
        missing: for missing values, the first position and the last; and whether the last is at least the first.
    """
    first_otherwise, last_otherwise, extended = missing

    def apply(batch: Batch) -> Batch:
        given = [batch[index] for index in columns]
        if len(given[0]) != 1:
            raise InvalidValue(f"expected one row with a start and an end, got {len(given[0])} rows")
        first, last = (
            _found(find, values, name) for find, values, name in zip((start, end), given, names, strict=True)
        )
        begin = first_otherwise if first is None else first[0]
        if last is None and last_otherwise is not None and begin is not None:
            finish = max(begin, last_otherwise) if extended else last_otherwise
        else:
            finish = last and last[1]
        for place, name in zip((begin, finish), names, strict=True):
            if place is None:
                raise InvalidValue("expected a value, got null", row=0, column=name)
        if finish < begin:
            raise InvalidValue(f"expected an end that is not before the {names[0]}", row=0, column=names[1])
        return [(begin, finish)]

    return apply


def _found(find: Operation, values: Batch, name: str) -> Any:
    try:
        return find(values)[0]
    except InvalidValue as error:
        raise InvalidValue(error.detail, row=0, column=name) from None


def numbers(count: int, reach: int) -> Operation:
    """Return positions for numbers; negative ones count from the end of the sample.

    Args:
        count: the number of observations in the sample.
        reach: the number of positions that have a prediction.
    """

    def apply(values: Batch) -> Batch:
        for value in values:
            if not -count <= value < reach:
                raise InvalidValue(f"expected a position from {-count} to {reach - 1}, got {value}")
        return [(value % count,) * 2 if value < 0 else (value,) * 2 for value in values]

    return apply


def predictions(known: Any, width: int = 1, following: Operation | None = None, wrapped: int = 0) -> Operation:
    """Return the predictions from one position to another: a number for each, or a tuple of `width` numbers.

    Args:
        known: the predictions for the sample.
        width: how many numbers a prediction has.
        following: gives as many predictions after the sample as it is asked for; without it there are none.
        wrapped: how many positions have too few lags (AutoReg). Spans that end before the last of these are taken from
            the end of the sample, as statsmodels' slices do.
    """
    series = known if width == 1 else list(zip(*[iter(known)] * width, strict=True))
    count = len(series)

    def apply(spans: Batch) -> Batch:
        [(first, last)] = spans
        if last < wrapped - 1:
            first, last = first - wrapped + count, last - wrapped + count
        found = list(series[first : last + 1])
        if last >= count:
            if following is None:
                raise InvalidValue("the model predicts nothing after the sample that it was fitted to")
            found += islice(following([last + 1 - count]), max(0, first - count), None)
        return found

    return apply


def named(name: str, alone: str) -> Operation:
    """Return an object for each prediction, as of a pandas.Series with a name; a single one may have another name."""
    return lambda values: [{name if len(values) > 1 else alone: value} for value in values]


def linear(state: Any, rows: Any, columns: Any, weights: Any, width: int = 1) -> Operation:
    """Return predictions that are weighted sums of a state, which a matrix multiplies at each step.

    Args:
        state: the state at the first step.
        rows: the row of each entry of the matrix that is not zero, ascending: of the `width` sums, then of the state.
        columns: its column, the place in the state.
        weights: its value.
        width: the number of sums.
    """
    size = len(state)
    entries: list[list[tuple[int, float]]] = [[] for _ in range(width + size)]
    for row, column, weight in zip(rows, columns, weights, strict=True):
        entries[row].append((column, weight))

    def apply(batch: Batch) -> Batch:
        found: Batch = []
        now = list(state)
        for _ in range(batch[0]):
            sums = [sum([weight * now[column] for column, weight in row]) for row in entries]
            found.append(sums[0] if width == 1 else tuple(sums[:width]))
            now = sums[width:]
        return found

    return apply


def smoothed(level: float, trend: float, damping: float, trended: str, season: Any, seasonal: str) -> Operation:
    """Return predictions of exponential smoothing: a level, a damped trend and a season, added or multiplied.

    Args:
        level: the last level.
        trend: the last trend.
        damping: the factor of the trend at each step.
        trended: how the trend acts: `add`, `mul`, or empty for none.
        season: the season's value at each step, again and again.
        seasonal: how the season acts, likewise.
    """

    def apply(batch: Batch) -> Batch:
        steps = batch[0]
        found = [level] * steps
        if trended:
            growth = accumulate(damping**step for step in range(1, steps + 1))
            found = [level + trend * grown if trended == "add" else level * trend**grown for grown in growth]
        if seasonal:
            values = [season[step % len(season)] for step in range(steps)]
            pairs = zip(found, values, strict=True)
            found = [value + part if seasonal == "add" else value * part for value, part in pairs]
        return found

    return apply


OPERATIONS = {
    "linear": linear,
    "named": named,
    "numbers": numbers,
    "predictions": predictions,
    "smoothed": smoothed,
    "span": span,
}
