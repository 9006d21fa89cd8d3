"""Forecasts of so many periods, as pmdarima's: one row says how many, and the answer is whole."""

import math
from collections.abc import Callable
from typing import Any

from handler.backends.compiled.graph import Batch, Operation
from handler.errors import InvalidValue

ALPHA = 0.05
"""The share of values outside an interval, if a request does not say."""


def asked(
    columns: dict[str, int], reach: int, width: int | None, exogenous: list[str], intervals: bool = True
) -> Operation:
    """Return what one row asks for: periods, exogenous values for each, and the half width of intervals, or None.

    The half width is in standard deviations. It is None if no intervals are asked for.

    Args:
        columns: the index of `n_periods`, and of those of `X`, `return_conf_int` and `alpha` that there are.
        reach: the most periods.
        width: how many exogenous values a period has; None if they are ignored.
        exogenous: what becomes of `X` besides: it is `refused`, `looked_at` even if it is ignored, or `counts` the
            periods, whatever `n_periods` says.
        intervals: whether the model's library gives intervals.
    """

    def apply(batch: Batch) -> Batch:
        rows = len(batch[columns["n_periods"]])
        if rows != 1:
            raise InvalidValue(f"expected one row with a number of periods, got {rows} rows")
        given = {name: batch[index][0] for name, index in columns.items() if batch[index][0] is not ...}
        steps, values = given.get("n_periods"), given.get("X")
        if not steps:
            raise _invalid("n_periods", f"expected a number of periods, got {steps}")
        if values is not None:
            if "refused" in exogenous:
                raise _invalid("X", "expected no exogenous values, which the model was not fitted to")
            if "counts" in exogenous:
                steps = len(_listed(values))
            if "looked_at" in exogenous and width is None:
                _table(values, steps, None)
        if not 1 <= steps <= reach:
            raise _invalid("n_periods", f"expected a number of periods from 1 to {reach}, got {steps}")
        half, sure = _half_width(given.get("alpha", ALPHA)), given.get("return_conf_int")
        if sure and not intervals:
            raise _invalid("return_conf_int", "the model's library gives no intervals for this model")
        return [(steps, _finite(values, steps, width) if width else [], half if sure else None)]

    return apply


def forecasts(
    means: Operation,
    variances: Operation,
    weights: list[float],
    waves: Operation | None = None,
    inverse: Operation | None = None,
) -> Operation:
    """Return a table of forecasts, with lower and upper bounds if they are asked for.

    Args:
        means: gives as many forecasts as it is asked for.
        variances: gives their variances.
        weights: the weight of each exogenous value.
        waves: gives what is added at each step besides.
        inverse: is applied to each column of forecasts and bounds.
    """

    def apply(batch: Batch) -> Batch:
        [(steps, exogenous, half)] = batch
        found = means([steps])
        if exogenous:
            added = [sum(map(float.__mul__, weights, row)) for row in exogenous]
            found = list(map(float.__add__, found, added))
        if waves:
            found = list(map(float.__add__, found, waves([steps])))
        if not all(map(math.isfinite, found)):
            raise _invalid("X", "expected smaller exogenous values: forecasts overflow")
        columns = {"yhat": found}
        if half is not None:
            widths = [half * math.sqrt(variance) for variance in variances([steps])]
            columns["yhat_lower"] = list(map(float.__sub__, found, widths))
            columns["yhat_upper"] = list(map(float.__add__, found, widths))
        if inverse:
            columns = {name: inverse([values])[0] for name, values in columns.items()}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    return apply


def variances(parts: Operation, known: int, noise: float) -> Operation:
    """Return the variances of forecasts, as many as asked for.

    Args:
        parts: gives numbers for each step. The squares of the first ones are the variance of what is known today.
        known: how many these are. The squares of the others are the variance that later steps have in addition.
        noise: the variance that is added to each.
    """

    def apply(batch: Batch) -> Batch:
        found, later = [], noise
        for step in parts(batch):
            numbers = step if isinstance(step, tuple) else (step,)
            found.append(_squares(numbers[:known]) + later)
            later += _squares(numbers[known:])
        return found

    return apply


def waves(start: int, turns: list[float], sines: list[float], cosines: list[float]) -> Operation:
    """Return the weighted sum of sines and cosines at each step.

    Args:
        start: the number of the first step.
        turns: the angle of a step in each wave, in radians.
        sines: the weight of each sine.
        cosines: the weight of each cosine.
    """

    def at(step: int) -> float:
        angles = [turn * step for turn in turns]
        rising = sum(weight * math.sin(angle) for weight, angle in zip(sines, angles, strict=True))
        return rising + sum(weight * math.cos(angle) for weight, angle in zip(cosines, angles, strict=True))

    return lambda batch: [at(start + step) for step in range(batch[0])]


def _half_width(alpha: Any) -> float:
    """Return the quantile of the normal distribution that leaves half of a share above it.

    Raises:
        InvalidValue: there is none.
    """
    from handler.backends.compiled.quantile import quantile

    share = 1.0 - alpha / 2
    if not 0.0 < share < 1.0:
        raise _invalid("alpha", f"expected a share of values outside the interval, such as 0.05, got {alpha}")
    return quantile(share)


def _finite(given: Any, steps: int, width: int) -> list[list[float]]:
    """Return the exogenous values of each period.

    Raises:
        InvalidValue: the value is not a table of finite numbers of this size.
    """
    if given is None:
        raise _invalid("X", "expected the exogenous values of each period, as a list of lists")
    rows = _table(given, steps, width)
    if not all(isinstance(value, int | float) and math.isfinite(value) for row in rows for value in row):
        raise _invalid("X", "expected exogenous values that are finite numbers")
    return [list(map(float, row)) for row in rows]


def _table(given: Any, steps: int, width: int | None) -> list[Any]:
    rows = _listed(given)
    widths = {len(row) if isinstance(row, list) else 0 for row in rows}
    if len(rows) != steps or len(widths) != 1 or not {*widths} - {0} or width not in {None, *widths}:
        raise _invalid("X", f"expected a list for each of {steps} periods, of {width or 'as many'} numbers")
    return rows


def _listed(given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise _invalid("X", "expected a list of lists")
    return given


def _squares(numbers: tuple[float, ...]) -> float:
    return sum([number * number for number in numbers])


def _invalid(column: str, detail: str) -> InvalidValue:
    return InvalidValue(detail, row=0, column=column)


OPERATIONS: dict[str, Callable[..., Operation]] = {
    "asked": asked,
    "forecasts": forecasts,
    "variances": variances,
    "waves": waves,
}
