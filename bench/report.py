"""Format the figures as tables for the terminal and as Markdown."""

import itertools
import math
import re
import statistics
from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.budgets import Verdict
from bench.figures import Outcome
from bench.file_reads import FileReads
from bench.growth import AXES, Point
from bench.image import SIZES as SIZES_OF_LAMBDA
from bench.image import Measured
from bench.programs import NOTHING
from bench.throughput import SIZES

STARTS = (
    "program", "x empty", "init ms", "first ms", "warm ms", "p99 ms", "peak MB", "files", "read MB", "installed MB"
)  # fmt: skip
RATES = ("program", *(f"{size:,}" for size in SIZES), "differing rows")
GROWTH = ("model", "size", "program", "init ms", "first ms", "peak MB")
CONTAINED = ("memory MB", "CPUs", "image", "init ms", "first ms", "warm ms", "p99 ms", "peak MB", "files", "read MB")

CAPTIONS = {
    STARTS: "Medians of all starts (minimum-maximum); p99 of all warm requests; files opened or mapped, bytes read or "
    "mapped, until the first poll for an event; installed size without bytecode.",
    RATES: "Rows per second by rows per request; of 1,000 rows, those that differ from mlflow.pyfunc's.",
    GROWTH: "Medians of all starts, with bundles as `build` writes them, but not proved.",
    CONTAINED: "Medians of all starts (minimum-maximum). Init as the emulator logs it; first is the first request, "
    "init included; peak memory of the container's cgroup; files opened or mapped, bytes read or mapped, until the "
    "first response.",
}


_GROWING = ("init", "first", "peak")


def start_rows(outcome: Outcome) -> list[list[str]]:
    """Return a row for each program, with the columns `STARTS`."""
    rows = []
    for name in outcome.starts:
        nothing = outcome.median(NOTHING, "init") if NOTHING in outcome.starts else math.nan
        times = [_spread(*outcome.spread(name, field)) for field in ("init", "first", "warm")]
        read = _reads(outcome.reads.get(name))
        rest = [number(outcome.p99(name)), number(outcome.median(name, "peak"))]
        size = number(outcome.installed.get(name, math.nan))
        rows.append([name, number(outcome.median(name, "init") / nothing), *times, *rest, *read, size])
    return rows


def rate_rows(outcome: Outcome) -> list[list[str]]:
    """Return a row for each program, with the columns `RATES`."""
    rows = []
    for name, found in outcome.rates.items():
        apart = f" (by up to {found.difference:.0e})" if found.different and found.difference else ""
        rows.append([name, *(f"{_significant(found.rows[size]):,.0f}" for size in SIZES), f"{found.different}{apart}"])
    return rows


def tables(outcome: Outcome) -> list[tuple[tuple[str, ...], list[list[str]]]]:
    """Return headers and rows of the tables that have figures."""
    both = (STARTS, start_rows(outcome)), (RATES, rate_rows(outcome))
    return [(headers, rows) for headers, rows in both if rows]


def terminal(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]], caption: str = "") -> Table:
    """Return a table for the terminal, without the spread of medians."""
    table = Table(
        title=title, title_justify="left", caption=caption, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False
    )
    for header in headers:
        table.add_column(header.replace(" ", "\n"), justify="left" if header == headers[0] else "right")
    for row in rows:
        table.add_row(*(re.sub(r"^([\d.,]+) \([\d.,]+-[\d.,]+\)$", r"\1", cell) for cell in row))
    return table


def markdown(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as Markdown."""
    lines = [f"| {' | '.join(headers)} |", f"|---{'|---:' * (len(headers) - 1)}|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def format_section(outcome: Outcome, found: Sequence[Verdict]) -> str:
    """Return a model's figures, notes and budgets as Markdown."""
    parts = [f"## {outcome.name}: {outcome.title}\n"]
    parts += [f"{markdown(headers, rows)}\n{CAPTIONS[headers]}\n" for headers, rows in tables(outcome)]
    parts.append("".join(f"- {line}\n" for line in [*outcome.notes, *map(str, found)]))
    return "\n".join(parts)


def format_growth(points: Sequence[Point]) -> str:
    """Return the growth table as Markdown."""
    rows = []
    for point in points:
        for name, found in point.starts.items():
            figures = [number(statistics.median(getattr(start, field) for start in found)) for field in _GROWING]
            rows.append([point.kind, f"{number(point.size)} {AXES[point.kind]}", name, *figures])
    return f"## Growth\n\n{markdown(GROWTH, rows)}\n{CAPTIONS[GROWTH]}\n"


def container_rows(found: Mapping[int, Mapping[str, Measured]]) -> list[list[str]]:
    """Return a row for each image and size, with the columns `CONTAINED`."""
    rows = []
    for size, images in found.items():
        for name, (starts, reads) in images.items():
            warm = sorted(itertools.chain.from_iterable(start.warm for start in starts))
            series = [
                [start.init for start in starts],
                [start.first for start in starts],
                [statistics.median(start.warm) for start in starts],
            ]
            times = [_spread(statistics.median(values), min(values), max(values)) for values in series]
            peak = statistics.median(start.peak for start in starts)
            p99 = warm[min(len(warm) - 1, int(len(warm) * 0.99))]
            rest = [number(p99), number(peak), *_reads(reads)]
            rows.append([f"{size:,}", str(SIZES_OF_LAMBDA[size]), name, *times, *rest])
    return rows


def format_facts(facts: Mapping[str, str]) -> str:
    """Return facts about the run as Markdown."""
    return "".join(f"- {name}: {value}\n" for name, value in facts.items())


def number(value: float) -> str:
    """Return a number with at least three digits."""
    return "-" if math.isnan(value) else f"{value:,.{max(0, 3 - len(f'{value:.0f}'))}f}"


def _reads(reads: FileReads | None) -> list[str]:
    return [str(reads.files), number(reads.read + reads.mapped)] if reads else ["-", "-"]


def _spread(median: float, least: float, greatest: float) -> str:
    return f"{number(median)} ({number(least)}-{number(greatest)})"


def _significant(value: float) -> float:
    """Round to two digits, the precision of a rate."""
    return round(value, 1 - math.floor(math.log10(value))) if value else value
