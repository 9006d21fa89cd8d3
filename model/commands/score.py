"""`python -m model score INPUT OUTPUT`."""

import argparse
import os
import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from model.commands import BUNDLE
from model.score import Asked, score

_SHOWN = 10  # reasons


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("source", type=Path, metavar="INPUT", help="a .csv, .jsonl or .parquet file")
    parser.add_argument("output", type=Path, metavar="OUTPUT", help="the same, in any of these forms")
    parser.add_argument("--bundle", type=Path, default=BUNDLE, help="what scores it (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes (default: %(default)s)")
    parser.add_argument("--keep", nargs="*", default=[], metavar="COLUMN", help="columns that the output repeats")


def run(options: argparse.Namespace) -> int:
    """Score as the parsed arguments say, with a progress bar on stderr and counts on stdout.

    Raises:
        ModelError: as `score`.
    """
    asked = Asked(options.source, options.output, options.bundle, options.workers, tuple(options.keep))
    columns = (BarColumn(), TextColumn("{task.percentage:.0f}% {task.description}"), TimeRemainingColumn())
    started = time.perf_counter()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)

        def advance(place: int, size: int, rows: int) -> None:
            progress.update(task, completed=place, total=size, description=f"{rows:,} rows")

        done = score(asked, advance)
    seconds = time.perf_counter() - started
    console = Console(highlight=False)
    refused = sum(done.refused.values())
    rate = (done.rows - done.resumed) / seconds
    console.print(f"{done.rows:,} rows in {options.output}, {refused:,} of them refused; {rate:,.0f} rows a second")
    for reason, count in done.refused.most_common(_SHOWN):
        console.print(f"  {count:,}: {reason}", soft_wrap=True, markup=False)
    return 0
