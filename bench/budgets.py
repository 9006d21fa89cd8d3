"""What is promised of the figures. A budget that is missed is a line that says so, not a failure."""

import operator
from collections.abc import Callable
from typing import NamedTuple

from bench.figures import Outcome
from bench.programs import BY_HAND, FASTAPI, MLFLOW, NOTHING, SERVER, THAW, THAW_WEB
from bench.throughput import SIZES

COMPILED, NATIVE = THAW.format("compiled"), THAW.format("native")
WEB = THAW_WEB.format("compiled")

_MANY, _MOST = 1000, SIZES[-1]


class Budget(NamedTuple):
    """A promise about two programs.

    Attributes:
        text: the promise.
        programs: the two.
        value: the figure, of an outcome and the two.
        compare: how it must stand to `limit`.
    """

    text: str
    programs: tuple[str, str]
    value: Callable[[Outcome, str, str], float]
    compare: Callable[[float, float], bool]
    limit: float


class Verdict(NamedTuple):
    """A budget's figure in one run."""

    text: str
    value: float
    kept: bool

    def __str__(self) -> str:
        return f"{'kept' if self.kept else 'missed'}: {self.text}: {self.value:.2f}"


def _ratio(field: str) -> Callable[[Outcome, str, str], float]:
    return lambda outcome, one, other: outcome.median(one, field) / outcome.median(other, field)


def _rate(rows: int) -> Callable[[Outcome, str, str], float]:
    return lambda outcome, one, other: outcome.rate(one, rows) / outcome.rate(other, rows)


def _warm(outcome: Outcome, one: str, other: str) -> float:
    return outcome.median(one, "warm") - outcome.median(other, "warm")


def _above_predict(outcome: Outcome, one: str, other: str) -> float:
    return outcome.median(one, "warm") - outcome.median(other, "predict")


_AT_MOST, _AT_LEAST = operator.le, operator.ge

STARTS = (
    Budget("compiled init: at most 2.5 x doing nothing", (COMPILED, NOTHING), _ratio("init"), _AT_MOST, 2.5),
    Budget("compiled init: at least 30 x faster than FastAPI", (FASTAPI, COMPILED), _ratio("init"), _AT_LEAST, 30),
    Budget("compiled warm request: at most 0.3 ms above doing nothing", (COMPILED, NOTHING), _warm, _AT_MOST, 0.3),
    Budget("compiled peak memory: at most 2.5 x doing nothing", (COMPILED, NOTHING), _ratio("peak"), _AT_MOST, 2.5),
    *(Budget("native init: at most 1.1 x by hand", (NATIVE, hand), _ratio("init"), _AT_MOST, 1.1)
      for hand in BY_HAND.values()),
    Budget("native init: at least 1.3 x faster than mlflow.pyfunc", (MLFLOW, NATIVE), _ratio("init"), _AT_LEAST, 1.3),
    *(Budget("native warm request: at most 1 ms above predict", (NATIVE, hand), _above_predict, _AT_MOST, 1.0)
      for hand in BY_HAND.values()),
)  # fmt: skip

RATES = (
    Budget("compiled, 10,000 rows: at least as fast as native", (COMPILED, NATIVE), _rate(_MOST), _AT_LEAST, 1),
    Budget("1,000 rows over HTTP: at least as fast as MLflow's server", (WEB, SERVER), _rate(_MANY), _AT_LEAST, 1),
)


def verdicts(outcome: Outcome) -> list[Verdict]:
    """The budgets whose programs were run."""
    found = []
    for budgets, measured in ((STARTS, outcome.starts), (RATES, outcome.rates)):
        for budget in budgets:
            if set(budget.programs) <= set(measured):
                value = budget.value(outcome, *budget.programs)
                found.append(Verdict(budget.text, value, budget.compare(value, budget.limit)))
    return found


def crossing(outcome: Outcome) -> str:
    """From how many rows a request on the native backend is faster than the compiled one, where both were measured."""
    if not {COMPILED, NATIVE} <= set(outcome.rates):
        return ""
    slower = [rows for rows in SIZES if outcome.rate(COMPILED, rows) < outcome.rate(NATIVE, rows)]
    return f"native is faster from {slower[0]:,} rows a request on" if slower else "compiled is faster at every size"
