"""`make bulk`: a file in S3 scored by the stack's state machine, told of until it is done."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from cloud.account import CloudError
from cloud.deploy import outputs
from handler import bundle as bundles
from handler.errors import BundleError
from handler.schema import Schema

FORMS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
POLL = 5.0
"""Seconds between two looks at an execution."""

# us-east-1, January 2026, in dollars: an Express child, a GB-second of it, an invocation, a GB-second of Lambda's.
_EXPRESS, _EXPRESS_GB, _LAMBDA, _LAMBDA_GB = 1.0e-6, 0.00001667, 0.2e-6, 0.0000166667
_CHILD_GB = 0.0625
_HEAD = 65536
_LONGEST = 200  # characters of a reason


class Asked(NamedTuple):
    """What is asked for.

    Attributes:
        source: `s3://bucket/key` of a .csv, .jsonl or .parquet file.
        output: `s3://bucket/prefix` in the same bucket.
        batch: rows a batch, at most.
        concurrency: batches at once, at most.
        tolerated: percent of batches that may fail.
        keep: columns that results repeat.
    """

    source: str
    output: str
    batch: int = 500
    concurrency: int = 10
    tolerated: float = 0.0
    keep: tuple[str, ...] = ()


class Counts(NamedTuple):
    """How far a run is: batches done, failed and in all, as Step Functions counts rows' batches."""

    done: int
    failed: int
    total: int


class Done(NamedTuple):
    """What became of a run.

    Attributes:
        status: `SUCCEEDED`, or how it ended otherwise.
        why: of another end.
        rows: results.
        refused: rows that have an error, by reason.
        failed: batches that failed as a whole, by reason.
        seconds: from start to end.
        batches: children of the map.
    """

    status: str
    why: str
    rows: int
    refused: Counter[str]
    failed: Counter[str]
    seconds: float
    batches: int


def request(asked: Asked) -> dict[str, Any]:
    """The state machine's input.

    Raises:
        CloudError: a place is none in S3, or of a form that is not read.
    """
    bucket, key = _place(asked.source)
    out, prefix = _place(asked.output)
    form = FORMS.get(PurePosixPath(key).suffix.lower())
    if form is None:
        raise CloudError(f"{asked.source} is none of {', '.join(FORMS)}")
    return {
        "input": {"bucket": bucket, "key": key},
        "output": {"bucket": out, "prefix": prefix},
        "format": form,
        "keep": list(asked.keep),
        "batch": asked.batch,
        "concurrency": asked.concurrency,
        "tolerated": asked.tolerated,
    }


def check_columns(asked: Asked, bundle: Path, client: Any) -> None:
    """Refuse a CSV file without the columns that the model needs, before anything is scored.

    Args:
        asked: what is asked for.
        bundle: the one that was deployed, as it lies here; where there is none nothing is checked.
        client: of S3.

    Raises:
        CloudError: a column is missing, or the file is.
    """
    import csv

    from botocore.exceptions import ClientError

    bucket, key = _place(asked.source)
    try:
        client.head_object(Bucket=bucket, Key=key)
        schema = Schema(bundles.read(bundle).signature)
    except ClientError as error:
        raise CloudError(f"{asked.source} cannot be read: {error.response['Error']['Code']}") from None
    except BundleError:
        return
    if not key.lower().endswith(".csv"):
        return
    head = client.get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{_HEAD}")["Body"].read()
    names = next(csv.reader(head.decode("utf-8-sig", "replace").splitlines()), [])
    needed = [column.name for column in schema.columns if column.required]
    missing = [name for name in (*needed, *asked.keep) if name not in names]
    if missing:
        raise CloudError(f"{asked.source} lacks the column {missing[0]!r}; it has {', '.join(names[:20])}")


def run(stack: str, asked: Asked, bundle: Path, tell: Callable[[Counts], None]) -> Done:
    """Start the stack's state machine, and tell of it until it ends.

    Raises:
        CloudError: the stack has none, or the file is not one to score.
    """
    import boto3

    given = request(asked)
    machine = outputs(stack).get("StateMachineArn")
    if machine is None:
        raise CloudError(
            f"the stack {stack} has no state machine: deploy it with BulkBucket={given['input']['bucket']}"
        )
    check_columns(asked, bundle, boto3.client("s3"))
    client = boto3.client("stepfunctions")
    began = time.monotonic()
    name = f"bulk-{time.time_ns()}"
    arn = client.start_execution(stateMachineArn=machine, name=name, input=json.dumps(given))["executionArn"]
    while (execution := client.describe_execution(executionArn=arn))["status"] == "RUNNING":
        time.sleep(POLL)
        tell(_counts(client, arn))
    counts = _counts(client, arn)
    seconds = time.monotonic() - began
    found = boto3.client("s3"), _place(asked.output), execution
    rows, refused = results(*found)
    why = f"{execution.get('error', '')} {execution.get('cause', '')}".strip()
    return Done(execution["status"], why, rows, refused, failures(*found), seconds, counts.total)


def _counts(client: Any, execution: str) -> Counts:
    for one in client.list_map_runs(executionArn=execution)["mapRuns"]:
        found = client.describe_map_run(mapRunArn=one["mapRunArn"])["executionCounts"]
        return Counts(found["succeeded"], found["failed"] + found["timedOut"], found["total"])
    return Counts(0, 0, 0)


def results(client: Any, output: tuple[str, str], execution: dict[str, Any]) -> tuple[int, Counter[str]]:
    """How many rows a run's results have, and how many of them an error, by reason.

    Args:
        client: of S3.
        output: bucket and prefix.
        execution: as Step Functions describes it; its output names the manifest of the results.
    """
    rows, refused = 0, Counter[str]()
    for line in _lines(client, output[0], execution, "SUCCEEDED"):
        rows += 1
        if b'"error"' in line:
            refused[json.loads(line).get("error", {}).get("detail", "no reason")] += 1
    return rows, refused


def failures(client: Any, output: tuple[str, str], execution: dict[str, Any]) -> Counter[str]:
    """How many batches failed as a whole, by reason; takes what `results` does."""
    found = Counter[str]()
    for line in _lines(client, output[0], execution, "FAILED"):
        entries = json.loads(line)
        for entry in entries if isinstance(entries, list) else [entries]:
            cause = str(entry.get("Cause", "no reason"))
            if cause.startswith("{"):  # what a function raised
                cause = str(json.loads(cause).get("errorMessage", cause))
            found[f"{entry.get('Error', 'failed')}: {cause[:_LONGEST]}"] += 1
    return found


def _lines(client: Any, bucket: str, execution: dict[str, Any], kind: str) -> Iterator[bytes]:
    output = json.loads(execution.get("output") or "{}")
    written = output.get("ResultWriterDetails") if isinstance(output, dict) else None
    if written is None:  # it ended before there were results
        return
    manifest = json.loads(client.get_object(Bucket=bucket, Key=written["Key"])["Body"].read())
    for file in manifest["ResultFiles"].get(kind, []):
        yield from client.get_object(Bucket=bucket, Key=file["Key"])["Body"].iter_lines()


def cost(done: Done, concurrency: int, memory: int) -> float:
    """Dollars at most, by list prices: every batch is a child and an invocation, and as many as may run do so.

    Args:
        done: the run.
        concurrency: batches at once.
        memory: MB of the function.
    """
    busy = done.seconds * min(concurrency, done.batches)
    return done.batches * (_EXPRESS + _LAMBDA) + busy * (_EXPRESS_GB * _CHILD_GB + _LAMBDA_GB * memory / 1024)


def _place(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket or not key:
        raise CloudError(f"{uri} is no place in S3: write s3://bucket/key")
    return bucket, key.rstrip("/")
