"""Performance budgets. A missed budget is reported, but does not fail the run."""

import operator
from collections.abc import Callable
from typing import NamedTuple

from bench.figures import Outcome
from bench.programs import BY_HAND, CUSTOM_BY_HAND, FASTAPI, MLFLOW, NOTHING, SERVER, THAW, THAW_WEB
from bench.throughput import SIZES

COMPILED, NATIVE, CUSTOM = (THAW.format(backend) for backend in ("compiled", "native", "custom"))
WEB = THAW_WEB.format("compiled")

_MANY, _MOST = 1000, SIZES[-1]


class Budget(NamedTuple):
    """A limit on a figure of two programs.

    Attributes:
        text: the budget in words.
        programs: the two programs.
        value: computes the figure from an outcome and the two programs.
        compare: whether the figure meets `limit`.
        limit: the limit.
    """

    text: str
    programs: tuple[str, str]
    value: Callable[[Outcome, str, str], float]
    compare: Callable[[float, float], bool]
    limit: float


class Verdict(NamedTuple):
    """The result of a budget in one run."""

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


def _files(outcome: Outcome, one: str, _other: str) -> float:
    return outcome.reads[one].files


def _megabytes(outcome: Outcome, one: str, _other: str) -> float:
    return outcome.reads[one].read + outcome.reads[one].mapped


_AT_MOST, _AT_LEAST = operator.le, operator.ge

STARTS = (
    Budget("compiled init: at most 1.9 x an empty handler", (COMPILED, NOTHING), _ratio("init"), _AT_MOST, 1.9),
    Budget("compiled init: at least 30 x faster than FastAPI", (FASTAPI, COMPILED), _ratio("init"), _AT_LEAST, 30),
    Budget("compiled warm request: at most 0.2 ms above an empty handler", (COMPILED, NOTHING), _warm, _AT_MOST, 0.2),
    Budget("compiled peak memory: at most 1.5 x an empty handler", (COMPILED, NOTHING), _ratio("peak"), _AT_MOST, 1.5),
    *(Budget("native init: at most 1.1 x by hand", (NATIVE, hand), _ratio("init"), _AT_MOST, 1.1)
      for hand in BY_HAND.values()),
    Budget("custom init: at most 1.15 x its libraries", (CUSTOM, CUSTOM_BY_HAND), _ratio("init"), _AT_MOST, 1.15),
    Budget("custom init: at least 2.5 x faster than mlflow.pyfunc", (MLFLOW, CUSTOM), _ratio("init"), _AT_LEAST, 2.5),
    Budget("native init: at least 1.3 x faster than mlflow.pyfunc", (MLFLOW, NATIVE), _ratio("init"), _AT_LEAST, 1.3),
    *(Budget("native warm request: at most 1 ms above predict", (NATIVE, hand), _above_predict, _AT_MOST, 1.0)
      for hand in BY_HAND.values()),
)  # fmt: skip

READS = (
    Budget("compiled start: at most 100 files", (COMPILED, NOTHING), _files, _AT_MOST, 100),
    Budget("compiled start: at most 14 MB read or mapped", (COMPILED, NOTHING), _megabytes, _AT_MOST, 14),
)

RATES = (
    Budget("compiled, 10,000 rows: at least as fast as native", (COMPILED, NATIVE), _rate(_MOST), _AT_LEAST, 1),
    Budget("compiled, 1,000 rows: faster than CatBoost", (COMPILED, BY_HAND["catboost"]), _rate(_MANY), _AT_LEAST, 1),
    Budget("1,000 rows over HTTP: at least as fast as MLflow's server", (WEB, SERVER), _rate(_MANY), _AT_LEAST, 1),
)


def check_budgets(outcome: Outcome) -> list[Verdict]:
    """Check the budgets whose programs were measured."""
    found = []
    for budgets, measured in ((STARTS, outcome.starts), (READS, outcome.reads), (RATES, outcome.rates)):
        for budget in budgets:
            if set(budget.programs) <= set(measured):
                value = budget.value(outcome, *budget.programs)
                found.append(Verdict(budget.text, value, budget.compare(value, budget.limit)))
    return found


def compare_compiled_and_native(outcome: Outcome) -> str:
    """Return from which request size native is faster than compiled, as a sentence; empty unless both were measured."""
    if not {COMPILED, NATIVE} <= set(outcome.rates):
        return ""
    slower = [rows for rows in SIZES if outcome.rate(COMPILED, rows) < outcome.rate(NATIVE, rows)]
    return f"native is faster from {slower[0]:,} rows per request" if slower else "compiled is faster at every size"
