"""Figures as a table for the terminal, as Markdown and as JSON, and whether they keep the budgets."""

import math
import operator
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.measure import Start
from bench.programs import BY_HAND, MLFLOW, NOTHING, THAW

Results = Mapping[str, Sequence[Start]]

HEADERS = ("program", "x nothing", "init ms", "first ms", "warm ms", "predict ms", "peak MB")


_CAPTION = "Medians of all starts (least-greatest); predict is the model's own part of a warm request."


class Budget(NamedTuple):
    """A promise about the figures.

    Attributes:
        text: the promise.
        backend: which bundles it is made for.
        needs: the programs whose figures it is about.
        value: the figure, from the results.
        compare: how the figure must stand to `limit`.
    """

    text: str
    backend: str
    needs: tuple[str, ...]
    value: Callable[[Results], float]
    compare: Callable[[float, float], bool]
    limit: float


class Verdict(NamedTuple):
    """A budget's figure in one run."""

    text: str
    value: float
    kept: bool


def median(results: Results, name: str, field: str) -> float:
    """The median over a program's starts."""
    return float(statistics.median(getattr(start, field) for start in results[name]))


BUDGETS = (
    Budget(
        "init: at most 1.1 x un-pickling the model by hand",
        "native",
        (THAW, BY_HAND),
        lambda results: median(results, THAW, "init") / median(results, BY_HAND, "init"),
        operator.le,
        1.1,
    ),
    Budget(
        "init: at least 1.3 x faster than mlflow.pyfunc",
        "native",
        (THAW, MLFLOW),
        lambda results: median(results, MLFLOW, "init") / median(results, THAW, "init"),
        operator.ge,
        1.3,
    ),
    Budget(
        "warm request: at most 1 ms above the model's own predict",
        "native",
        (THAW, BY_HAND),
        lambda results: median(results, THAW, "warm") - median(results, BY_HAND, "predict"),
        operator.le,
        1.0,
    ),
)


def verdicts(results: Results, backend: str) -> list[Verdict]:
    """The budgets of a backend whose programs were run."""
    found = []
    for budget in BUDGETS:
        if budget.backend == backend and set(budget.needs) <= set(results):
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
