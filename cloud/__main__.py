"""`python -m cloud`: deploys the image and asks the new API, scores a file in S3, estimates a month's cost."""

import argparse
import sys
from pathlib import Path

from cloud.account import CloudError, ready
from cloud.cost import estimate
from cloud.deploy import deploy
from cloud.smoke import curl, smoke

BUNDLE = Path("build/bundle")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it did what was asked."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "cost":
            print(estimate(options.requests, options.ms, options.memory))
            return 0
        if options.command == "bulk":
            return _bulk(options)
        ready()
        outputs = deploy(options.stack, options.parameters)
        print(f"\n{outputs['Url']} answers:")
        for line in smoke(outputs["Url"], signed="--aws-sigv4" in outputs["Curl"]):
            print(f"  {line}")
        print(f"\nAsk it:   {curl(outputs['Curl'])}\nUndo it:  sam delete --stack-name {options.stack}")
    except CloudError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _bulk(options: argparse.Namespace) -> int:
    """Score a file in S3, with a progress bar on stderr and what became of it on stdout."""
    from rich.console import Console
    from rich.progress import Progress

    from cloud import bulk

    ready(docker=False)
    asked = bulk.Asked(
        options.source, options.output, options.batch, options.concurrency, options.tolerated, tuple(options.keep)
    )
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("batches", total=None)

        def tell(counts: bulk.Counts) -> None:
            progress.update(task, completed=counts.done + counts.failed, total=counts.total or None)

        done = bulk.run(options.stack, asked, BUNDLE, tell)
    print(f"{done.status}{f': {done.why}' if done.why else ''}")
    refused, rate = sum(done.refused.values()), done.rows / done.seconds
    print(f"{done.rows:,} rows, {refused:,} of them refused, in {done.seconds:.0f} s: {rate:,.0f} a second")
    for reason, count in done.refused.most_common(10):
        print(f"  {count:,}: {reason}")
    for reason, count in done.failed.most_common(10):
        print(f"  {count:,} batches: {reason}")
    print(f"{done.batches:,} batches, {bulk.cost(done, asked.concurrency, options.memory):.4f} dollars at most")
    return 0 if done.status == "SUCCEEDED" else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cloud", description="Deploy Thaw to an account of AWS.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    command = commands.add_parser("deploy", help="build, deploy, and ask what was deployed")
    command.add_argument("--stack", default="thaw", help="the stack's name (default: %(default)s)")
    command.add_argument("parameters", nargs="*", metavar="NAME=VALUE", help="parameters of template.yaml")
    command = commands.add_parser("bulk", help="score a file in S3 with the stack's state machine")
    command.add_argument("source", metavar="INPUT", help="s3://bucket/key of a .csv, .jsonl or .parquet file")
    command.add_argument("output", metavar="OUTPUT", help="s3://bucket/prefix")
    command.add_argument("--stack", default="thaw", help="the stack's name (default: %(default)s)")
    command.add_argument("--batch", type=int, default=500, help="rows a batch, at most (default: %(default)s)")
    command.add_argument("--concurrency", type=int, default=10, help="batches at once (default: %(default)s)")
    command.add_argument("--tolerated", type=float, default=0.0, help="percent of batches that may fail (%(default)s)")
    command.add_argument("--keep", nargs="*", default=[], metavar="COLUMN", help="columns that results repeat")
    command.add_argument("--memory", type=int, default=1769, help="MB of the function, for the cost (%(default)s)")
    command = commands.add_parser("cost", help="estimate a month's cost in dollars")
    command.add_argument("--requests", type=int, default=1_000_000, help="a month (default: %(default)s)")
    command.add_argument("--ms", type=float, default=5.0, help="that one takes, billed (default: %(default)s)")
    command.add_argument("--memory", type=int, default=1769, help="MB of the function (default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
