"""`python -m cloud`: deploy the image and check the API, score a file in S3, estimate the monthly cost."""

import argparse
import sys
from pathlib import Path

from cloud.account import CloudError, check_account
from cloud.cost import estimate
from cloud.deploy import ARTIFACT, deploy, with_snap_start
from cloud.smoke import curl, smoke
from handler.errors import InvalidParam
from handler.schema.params import split_pairs

BUNDLE = Path("build/bundle")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "cost":
            print(estimate(options.requests, options.ms, options.memory))
            return 0
        if options.command == "bulk":
            return _bulk(options)
        check_account()
        parameters = with_snap_start(options.parameters, BUNDLE)
        if parameters != options.parameters:
            print("SnapStart=true, since the bundle is not compiled. AWS charges for it; SnapStart=false turns it off.")
        outputs = deploy(options.stack, parameters, options.model)
        print(f"\n{outputs['Url']} responds:")
        for line in smoke(outputs["Url"], signed="--aws-sigv4" in outputs["Curl"]):
            print(f"  {line}")
        print(f"\nPredict:  {curl(outputs['Curl'])}\nDelete:   sam delete --stack-name {options.stack}")
    except CloudError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _bulk(options: argparse.Namespace) -> int:
    """Score a file in S3; show progress on stderr and print counts to stdout."""
    from rich.console import Console
    from rich.progress import Progress

    from cloud import bulk

    check_account(docker=False)
    try:
        params = split_pairs(options.param)
    except InvalidParam as error:
        raise CloudError(f"--param: {error}") from None
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
    for reason, count in done.refused.most_common(10):
        print(f"  {count:,} rows: {reason}")
    for reason, count in done.failed.most_common(10):
        print(f"  {count:,} batches: {reason}")
    print(f"{done.batches:,} batches, {bulk.cost(done, job.concurrency, options.memory):.4f} US dollars at most")
    return 0 if done.status == "SUCCEEDED" else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cloud", description="Deploy Thaw to an AWS account and use it there."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    command = commands.add_parser("deploy", help="build, deploy, and check the new API")
    command.add_argument("--stack", default="thaw", help="the stack's name (default: %(default)s)")
    command.add_argument(
        "--model", type=Path, default=ARTIFACT, help="the MLflow model's directory (default: model/artifact)"
    )
    command.add_argument("parameters", nargs="*", metavar="NAME=VALUE", help="parameters of template.yaml")
    command = commands.add_parser("bulk", help="score a file in S3 with the stack's state machine")
    command.add_argument("source", metavar="INPUT", help="s3://bucket/key of a .csv, .jsonl or .parquet file")
    command.add_argument("output", metavar="OUTPUT", help="s3://bucket/prefix")
    command.add_argument("--stack", default="thaw", help="the stack's name (default: %(default)s)")
    command.add_argument("--batch", type=int, default=500, help="most rows in a batch (default: %(default)s)")
    command.add_argument("--concurrency", type=int, default=10, help="parallel batches (default: %(default)s)")
    command.add_argument(
        "--tolerated", type=float, default=0.0, help="percentage of batches that may fail (default: %(default)s)"
    )
    command.add_argument("--keep", nargs="*", default=[], metavar="COLUMN", help="input columns to copy to the results")
    command.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a param of the model, for all rows; repeat it for others, and for the values of a list",
    )
    command.add_argument(
        "--memory", type=int, default=1769, help="memory of the function in MB, for the cost (default: %(default)s)"
    )
    command = commands.add_parser("cost", help="estimate the monthly cost in US dollars")
    command.add_argument("--requests", type=int, default=1_000_000, help="requests per month (default: %(default)s)")
    command.add_argument("--ms", type=float, default=5.0, help="billed milliseconds per request (default: %(default)s)")
    command.add_argument("--memory", type=int, default=1769, help="memory of the function in MB (default: %(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
