"""Figures as a table for the terminal, as Markdown and as JSON, and whether they keep the budgets."""

import math
import operator
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.measure import Start
from bench.programs import BY_HAND, FASTAPI, MLFLOW, NOTHING, THAW

Results = Mapping[str, Sequence[Start]]

HEADERS = ("program", "x nothing", "init ms", "first ms", "warm ms", "predict ms", "peak MB")

_CAPTION = "Medians of all starts (least-greatest); predict is the model's own part of a warm request."


class Budget(NamedTuple):
    """A promise about two programs' figures.

    Attributes:
        text: the promise.
        programs: the two.
        field: which of their figures; `warm` is compared with the other's `predict` where there is no `combine`.
        combine: what makes one figure of the two.
        compare: how that must stand to `limit`.
    """

    text: str
    programs: tuple[str, str]
    field: str
    combine: Callable[[float, float], float] | None
    compare: Callable[[float, float], bool]
    limit: float

    def value(self, results: Results) -> float:
        """The figure in a run."""
        one, other = self.programs
        if self.combine is None:
            return median(results, one, self.field) - median(results, other, "predict")
        return self.combine(median(results, one, self.field), median(results, other, self.field))


class Verdict(NamedTuple):
    """A budget's figure in one run."""

    text: str
    value: float
    kept: bool


def median(results: Results, name: str, field: str) -> float:
    """The median over a program's starts."""
    return float(statistics.median(getattr(start, field) for start in results[name]))


COMPILED, NATIVE = THAW.format("compiled"), THAW.format("native")

_AT_MOST, _AT_LEAST, _RATIO, _MORE = operator.le, operator.ge, operator.truediv, operator.sub

BUDGETS = (
    Budget("compiled init: at most 2.5 x doing nothing", (COMPILED, NOTHING), "init", _RATIO, _AT_MOST, 2.5),
    Budget("compiled init: at least 30 x faster than FastAPI", (FASTAPI, COMPILED), "init", _RATIO, _AT_LEAST, 30),
    Budget(
        "compiled warm request: at most 0.3 ms above doing nothing", (COMPILED, NOTHING), "warm", _MORE, _AT_MOST, 0.3
    ),
    Budget("compiled peak memory: at most 2.5 x doing nothing", (COMPILED, NOTHING), "peak", _RATIO, _AT_MOST, 2.5),
    Budget("native init: at most 1.1 x un-pickling by hand", (NATIVE, BY_HAND), "init", _RATIO, _AT_MOST, 1.1),
    Budget("native init: at least 1.3 x faster than mlflow.pyfunc", (MLFLOW, NATIVE), "init", _RATIO, _AT_LEAST, 1.3),
    Budget("native warm request: at most 1 ms above predict", (NATIVE, BY_HAND), "warm", None, _AT_MOST, 1.0),
)


def verdicts(results: Results) -> list[Verdict]:
    """The budgets whose programs were run."""
    found = []
    for budget in BUDGETS:
        if set(budget.programs) <= set(results):
            value = budget.value(results)
            found.append(Verdict(budget.text, value, budget.compare(value, budget.limit)))
    return found


def cells(results: Results) -> list[list[str]]:
    """A row for each program under `HEADERS`: medians of all starts, for times with the least and greatest."""
    rows = []
    for name, starts in results.items():
        ratio = median(results, name, "init") / median(results, NOTHING, "init") if NOTHING in results else math.nan
        times = [_number(median(results, name, field)) + _spread(starts, field) for field in ("init", "first", "warm")]
        rest = [_number(median(results, name, field)) for field in ("predict", "peak")]
        rows.append([name, _number(ratio), *times, *rest])
    return rows


def terminal(results: Results) -> Table:
    """The figures for `rich` to print."""
    table = Table(caption=_CAPTION, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for header in HEADERS:
        table.add_column(header.replace(" ", "\n"), justify="left" if header == HEADERS[0] else "right")
    for row in cells(results):
        table.add_row(*(cell.replace(" (", "\n(") for cell in row))
    return table


def markdown(results: Results, found: Sequence[Verdict], about: Mapping[str, str]) -> str:
    """The figures, the budgets and what they were measured on."""
    lines = [f"| {' | '.join(HEADERS)} |", f"|---{'|---:' * (len(HEADERS) - 1)}|"]
    lines += [f"| {' | '.join(row)} |" for row in cells(results)]
    lines += ["", _CAPTION, "", *(f"- {name}: {value}" for name, value in about.items())]
    lines += [f"- {'kept' if kept else 'missed'}: {text}: {value:.2f}" for text, value, kept in found]
    return "\n".join(lines) + "\n"


def record(results: Results, found: Sequence[Verdict], about: Mapping[str, str]) -> dict[str, Any]:
    """The figures of every start, for programs to read; null where a program does not say."""
    return {
        "about": dict(about),
        "programs": {name: [_finite(start) for start in starts] for name, starts in results.items()},
        "budgets": [verdict._asdict() for verdict in found],
    }


def _spread(starts: Sequence[Start], field: str) -> str:
    values = [getattr(start, field) for start in starts]
    return f" ({_number(min(values))}-{_number(max(values))})"


def _number(value: float) -> str:
    """Three digits or more, as people write them."""
    return "-" if math.isnan(value) else f"{value:,.{max(0, 3 - len(f'{value:.0f}'))}f}"


def _finite(start: Start) -> dict[str, float | None]:
    return {field: None if math.isnan(value) else round(value, 3) for field, value in start._asdict().items()}
