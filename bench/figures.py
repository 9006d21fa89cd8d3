"""The measurements of one model, and the figures that tables, plots and budgets derive from them."""

import itertools
import statistics
from collections.abc import Mapping
from typing import Any, NamedTuple

from bench.file_reads import FileReads
from bench.measure import Start
from bench.throughput import Rates


class Spread(NamedTuple):
    """The median over all starts, with minimum and maximum."""

    median: float
    least: float
    greatest: float


class Outcome(NamedTuple):
    """The measurements of one model; mappings are by program.

    Attributes:
        name: the model's name.
        title: a description in one line.
        starts: all starts but the warm-up.
        reads: files read during a start.
        installed: MB of packages, model and code.
        rates: rows per second.
        notes: programs left out, conversion errors and other remarks.
    """

    name: str
    title: str
    starts: Mapping[str, list[Start]]
    reads: Mapping[str, FileReads]
    installed: Mapping[str, float]
    rates: Mapping[str, Rates]
    notes: list[str]

    def spread(self, program: str, field: str) -> Spread:
        """Return the spread of `init`, `first`, `warm`, `predict` or `peak`; a start's `warm` is its median."""
        found = [_figure(getattr(start, field)) for start in self.starts[program]]
        return Spread(statistics.median(found), min(found), max(found))

    def median(self, program: str, field: str) -> float:
        """Return the median of a figure, as in `spread`."""
        return self.spread(program, field).median

    def p99(self, program: str) -> float:
        """Return the 99th percentile of the warm requests of all starts, in milliseconds."""
        warm = sorted(itertools.chain.from_iterable(start.warm for start in self.starts[program]))
        return warm[min(len(warm) - 1, int(len(warm) * 0.99))]

    def rate(self, program: str, rows: int) -> float:
        """Return rows per second in requests of this size."""
        return self.rates[program].rows[rows]

    def record(self) -> dict[str, Any]:
        """Return all measurements as JSON values."""
        return {
            "title": self.title,
            "starts": {name: [_rounded(start._asdict()) for start in starts] for name, starts in self.starts.items()},
            "reading": {name: _rounded(read._asdict()) for name, read in self.reads.items()},
            "installed": _rounded(self.installed),
            "rows per second": {name: _rounded(rates.rows) for name, rates in self.rates.items()},
            "predictions": {
                name: {"different": rates.different, "greatest difference": rates.difference}
                for name, rates in self.rates.items()
            },
            "notes": self.notes,
        }


def _figure(value: Any) -> float:
    return float(statistics.median(value) if isinstance(value, tuple) else value)


def _rounded(values: Mapping[Any, Any]) -> dict[str, float | None]:
    """Round values to three decimals; replace NaN by None."""
    figures = {str(name): round(_figure(value), 3) for name, value in values.items()}
    return {name: value if value == value else None for name, value in figures.items()}  # noqa: PLR0124 - NaN is not itself
