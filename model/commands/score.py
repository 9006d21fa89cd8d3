"""`python -m model score INPUT OUTPUT`."""

import argparse
import os
import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from model.commands import BUNDLE
from model.commands.numbers import positive
from model.commands.params import add_params, read_params
from model.score import score
from model.score.job import Job

_SHOWN = 10  # reasons


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("source", type=Path, metavar="INPUT", help="a .csv, .jsonl or .parquet file of rows")
    parser.add_argument("output", type=Path, metavar="OUTPUT", help="the file to write, in any of these formats")
    parser.add_argument(
        "--bundle", type=Path, default=BUNDLE, help="the bundle that scores the file (default: %(default)s)"
    )
    parser.add_argument(
        "--workers", type=positive, default=os.cpu_count(), help="number of processes (default: %(default)s)"
    )
    parser.add_argument("--keep", nargs="*", default=[], metavar="COLUMN", help="input columns to copy to the output")
    parser.add_argument("--explain", action="store_true", help="add a column `explanation` to the output")
    add_params(parser)


def run(options: argparse.Namespace) -> int:
    """Score a file; show progress on stderr and print counts to stdout.

    Raises:
        ModelError: as `score`, or a param is not `name=value`.
    """
    params = read_params(options)
    keep = tuple(options.keep)
    job = Job(options.source, options.output, options.bundle, options.workers, keep, params, options.explain)
    columns = (BarColumn(), TextColumn("{task.percentage:.0f}% {task.description}"), TimeRemainingColumn())
    started = time.perf_counter()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)

        def advance(place: int, size: int, rows: int) -> None:
            progress.update(task, completed=place, total=size, description=f"{rows:,} rows")

        done = score(job, advance)
    seconds = time.perf_counter() - started
    console = Console(highlight=False)
    refused = sum(done.refused.values())
    rate = (done.rows - done.resumed) / seconds
    counts = f"{done.rows:,} rows written to {options.output}, {refused:,} of them refused; {rate:,.0f} rows per second"
    console.print(counts, soft_wrap=True)
    if done.depends_on_batch:
        console.print(
            "warning: this model's prediction for a row depends on the other rows of its batch; "
            "a batch here is about 1 MB of the file",
            soft_wrap=True,
        )
    for reason, count in done.refused.most_common(_SHOWN):
        where = "1 row" if count == 1 else f"{count:,} rows"
        console.print(f"  refused in {where}: {reason}", soft_wrap=True, markup=False)
    return 0
