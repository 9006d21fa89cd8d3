"""`python -m cloud bulk INPUT OUTPUT`."""

import argparse

from rich.console import Console
from rich.progress import Progress

from cloud import bulk
from cloud.account import check_account
from model.commands import BUNDLE
from model.commands.numbers import positive
from model.commands.params import add_params, read_params

_SHOWN = 10  # reasons


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("source", metavar="INPUT", help="s3://bucket/key of a .csv, .jsonl or .parquet file")
    parser.add_argument("output", metavar="OUTPUT", help="s3://bucket/prefix")
    parser.add_argument("--stack", default="thaw", help="the stack's name (default: %(default)s)")
    parser.add_argument("--batch", type=positive, default=500, help="most rows in a batch (default: %(default)s)")
    parser.add_argument("--concurrency", type=positive, default=10, help="parallel batches (default: %(default)s)")
    parser.add_argument(
        "--tolerated", type=float, default=0.0, help="percentage of batches that may fail (default: %(default)s)"
    )
    parser.add_argument("--keep", nargs="*", default=[], metavar="COLUMN", help="input columns to copy to the results")
    add_params(parser)
    parser.add_argument(
        "--memory",
        type=positive,
        default=1769,
        help="MB of the function, for the cost (default: %(default)s)",
    )


def run(options: argparse.Namespace) -> int:
    """Score the file; show progress on stderr and print counts to stdout.

    Raises:
        CloudError: as `bulk.run`.
        ModelError: a param is not `name=value`.
    """
    check_account()
    params = read_params(options)
    limits = (options.batch, options.concurrency, options.tolerated)
    job = bulk.BulkJob(options.source, options.output, *limits, tuple(options.keep), params)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("batches", total=None)

        def report(counts: bulk.Progress) -> None:
            progress.update(task, completed=counts.done + counts.failed, total=counts.total or None)

        done = bulk.run(options.stack, job, BUNDLE, report)
    print(f"{done.status}{f': {done.why}' if done.why else ''}")
    refused, rate = sum(done.refused.values()), done.rows / done.seconds
    print(f"{done.rows:,} rows, {refused:,} of them refused, in {done.seconds:.0f} s: {rate:,.0f} rows a second")
    for reason, count in done.refused.most_common(_SHOWN):
        print(f"  {count:,} rows: {reason}")
    for reason, count in done.failed.most_common(_SHOWN):
        print(f"  {count:,} batches: {reason}")
    print(f"{done.batches:,} batches, {bulk.cost(done, job.concurrency, options.memory):.4f} US dollars at most")
    return 0 if done.status == "SUCCEEDED" else 1
