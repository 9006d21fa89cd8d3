"""What was measured of one model, and the figures that tables, plots and budgets take from it."""

import itertools
import statistics
from collections.abc import Mapping
from typing import Any, NamedTuple

from bench.measure import Start
from bench.reading import Reading
from bench.throughput import Rates


class Spread(NamedTuple):
    """The median of all starts, with the least and the greatest."""

    median: float
    least: float
    greatest: float


class Outcome(NamedTuple):
    """What was measured of one model; each mapping is by program.

    Attributes:
        name: the model.
        title: a line that describes it.
        starts: the starts that count.
        readings: what was read while starting.
        installed: MB of packages, model and code.
        rates: rows a second.
        notes: what a reader has to know besides: programs left out, errors of a conversion.
    """

    name: str
    title: str
    starts: Mapping[str, list[Start]]
    readings: Mapping[str, Reading]
    installed: Mapping[str, float]
    rates: Mapping[str, Rates]
    notes: list[str]

    def spread(self, program: str, field: str) -> Spread:
        """`init`, `first`, `warm`, `predict` or `peak` of a program; a start's `warm` is its median."""
        found = [_figure(getattr(start, field)) for start in self.starts[program]]
        return Spread(statistics.median(found), min(found), max(found))

    def median(self, program: str, field: str) -> float:
        """As `spread`, the median alone."""
        return self.spread(program, field).median

    def p99(self, program: str) -> float:
        """Milliseconds within which 99 of 100 warm requests of all starts were answered."""
        warm = sorted(itertools.chain.from_iterable(start.warm for start in self.starts[program]))
        return warm[min(len(warm) - 1, int(len(warm) * 0.99))]

    def rate(self, program: str, rows: int) -> float:
        """Rows a second in requests of so many."""
        return self.rates[program].rows[rows]

    def record(self) -> dict[str, Any]:
        """Everything, for programs to read."""
        return {
            "title": self.title,
            "starts": {name: [_rounded(start._asdict()) for start in starts] for name, starts in self.starts.items()},
            "reading": {name: _rounded(reading._asdict()) for name, reading in self.readings.items()},
            "installed": _rounded(self.installed),
            "rows a second": {name: _rounded(rates.rows) for name, rates in self.rates.items()},
            "answers": {
                name: {"different": rates.different, "greatest difference": rates.difference}
                for name, rates in self.rates.items()
            },
            "notes": self.notes,
        }


def _figure(value: Any) -> float:
    return float(statistics.median(value) if isinstance(value, tuple) else value)


def _rounded(values: Mapping[Any, Any]) -> dict[str, float | None]:
    """Values to three decimals; null for NaN."""
    figures = {str(name): round(_figure(value), 3) for name, value in values.items()}
    return {name: value if value == value else None for name, value in figures.items()}  # noqa: PLR0124 - NaN is not itself
