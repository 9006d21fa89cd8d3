"""`make bulk`: score a file in S3 with the stack's state machine and report progress until it ends."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from cloud.account import CloudError
from cloud.stacks import described, outputs
from handler import bundle as bundles
from handler.errors import BundleError, InvalidParam
from handler.schema import Schema

FORMATS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
POLL = 5.0
"""Seconds between two polls of an execution."""

# Dollars in us-east-1, January 2026: an Express execution, its GB-second, a Lambda invocation, its GB-second.
_EXPRESS, _EXPRESS_GB, _LAMBDA, _LAMBDA_GB = 1.0e-6, 0.00001667, 0.2e-6, 0.0000166667
_CHILD_GB = 0.0625
_HEAD = 65536  # bytes read to find a CSV header
_LONGEST = 200  # characters of a failure's cause


class BulkJob(NamedTuple):
    """A file to score, and how.

    Attributes:
        source: `s3://bucket/key` of a .csv, .jsonl or .parquet file.
        output: `s3://bucket/prefix` in the same bucket.
        batch: maximum rows in a batch.
        concurrency: maximum batches at the same time.
        tolerated: percentage of batches that may fail.
        keep: input columns to copy into the results.
        params: the model's params as text, every value by name.
    """

    source: str
    output: str
    batch: int = 500
    concurrency: int = 10
    tolerated: float = 0.0
    keep: tuple[str, ...] = ()
    params: Mapping[str, list[str]] = MappingProxyType({})


class Progress(NamedTuple):
    """Number of batches done, failed and in total, as Step Functions counts them."""

    done: int
    failed: int
    total: int


class Summary(NamedTuple):
    """The outcome of a run.

    Attributes:
        status: the execution's final status, such as `SUCCEEDED`.
        why: error and cause of a run that did not succeed.
        rows: number of results.
        refused: number of rows with an error, by reason.
        failed: number of batches that failed as a whole, by reason.
        seconds: duration.
        batches: number of batches.
    """

    status: str
    why: str
    rows: int
    refused: Counter[str]
    failed: Counter[str]
    seconds: float
    batches: int


def execution_input(job: BulkJob, bundle: Path) -> dict[str, Any]:
    """Return the state machine's input.

    Args:
        job: the file to score.
        bundle: local folder of the deployed bundle, whose signature types the params; read only if there are any.

    Raises:
        CloudError: a location is not an S3 URI, the file's format is not supported, or a param does not fit the
            signature.
    """
    bucket, key = _bucket_and_key(job.source)
    out, prefix = _bucket_and_key(job.output)
    form = FORMATS.get(PurePosixPath(key).suffix.lower())
    if form is None:
        raise CloudError(f"{job.source}: unsupported format; expected one of {', '.join(FORMATS)}")
    return {
        "input": {"bucket": bucket, "key": key},
        "output": {"bucket": out, "prefix": prefix},
        "format": form,
        "keep": list(job.keep),
        "params": _typed_params(job, bundle) if job.params else {},
        "batch": job.batch,
        "concurrency": job.concurrency,
        "tolerated": job.tolerated,
    }


def _typed_params(job: BulkJob, bundle: Path) -> Any:
    """Return the params as JSON values."""
    try:
        params = Schema(bundles.read_manifest(bundle).signature).params.from_query(job.params, required=True)
    except (BundleError, InvalidParam) as error:
        raise CloudError(f"--param: {error}") from None
    return msgspec.to_builtins(params)


def check_columns(job: BulkJob, bundle: Path, client: Any) -> None:
    """Check that a CSV file has the columns that the model requires, before anything is scored.

    Args:
        job: the file to score.
        bundle: local folder of the deployed bundle; without one, nothing is checked.
        client: boto3 client of S3.

    Raises:
        CloudError: a column or the file is missing.
    """
    import csv

    from botocore.exceptions import ClientError

    bucket, key = _bucket_and_key(job.source)
    try:
        client.head_object(Bucket=bucket, Key=key)
        schema = Schema(bundles.read_manifest(bundle).signature)
    except ClientError as error:
        raise CloudError(f"cannot read {job.source}: {error.response['Error']['Code']}") from None
    except BundleError:
        return
    if not key.lower().endswith(".csv"):
        return
    head = client.get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{_HEAD}")["Body"].read()
    names = next(csv.reader(head.decode("utf-8-sig", "replace").splitlines()), [])
    needed = [column.name for column in schema.columns if column.required]
    missing = [name for name in (*needed, *job.keep) if name not in names]
    if missing:
        raise CloudError(f"{job.source} has no column {missing[0]!r}; its columns are {', '.join(names[:20])}")


def run(stack: str, job: BulkJob, bundle: Path, report: Callable[[Progress], None]) -> Summary:
    """Start the stack's state machine, and report progress until it ends.

    Raises:
        CloudError: the stack has no state machine, or the file cannot be scored.
    """
    import boto3

    given = execution_input(job, bundle)
    machine = outputs(described(stack)).get("StateMachineArn")
    if machine is None:
        raise CloudError(
            f"the stack {stack} has no state machine: deploy it with BulkBucket={given['input']['bucket']}"
        )
    check_columns(job, bundle, boto3.client("s3"))
    client = boto3.client("stepfunctions")
    began = time.monotonic()
    name = f"bulk-{time.time_ns()}"
    arn = client.start_execution(stateMachineArn=machine, name=name, input=json.dumps(given))["executionArn"]
    while (execution := client.describe_execution(executionArn=arn))["status"] == "RUNNING":
        time.sleep(POLL)
        report(_progress(client, arn))
    counts = _progress(client, arn)
    seconds = time.monotonic() - began
    found = boto3.client("s3"), _bucket_and_key(job.output), execution
    rows, refused = results(*found)
    why = f"{execution.get('error', '')} {execution.get('cause', '')}".strip()
    return Summary(execution["status"], why, rows, refused, failures(*found), seconds, counts.total)


def _progress(client: Any, execution: str) -> Progress:
    for one in client.list_map_runs(executionArn=execution)["mapRuns"]:
        found = client.describe_map_run(mapRunArn=one["mapRunArn"])["executionCounts"]
        return Progress(found["succeeded"], found["failed"] + found["timedOut"], found["total"])
    return Progress(0, 0, 0)


def results(client: Any, output: tuple[str, str], execution: dict[str, Any]) -> tuple[int, Counter[str]]:
    """Count a run's results, and the rows with an error by reason.

    Args:
        client: boto3 client of S3.
        output: bucket and prefix of the results.
        execution: what `describe_execution` returns; its output names the results' manifest.
    """
    rows, refused = 0, Counter[str]()
    for line in _lines(client, output[0], execution, "SUCCEEDED"):
        rows += 1
        if b'"error"' in line:
            refused[json.loads(line).get("error", {}).get("detail", "no reason")] += 1
    return rows, refused


def failures(client: Any, output: tuple[str, str], execution: dict[str, Any]) -> Counter[str]:
    """Count the batches that failed as a whole, by reason; takes the arguments of `results`."""
    found = Counter[str]()
    for line in _lines(client, output[0], execution, "FAILED"):
        entries = json.loads(line)
        for entry in entries if isinstance(entries, list) else [entries]:
            cause = str(entry.get("Cause", "no reason"))
            if cause.startswith("{"):  # an exception raised by the function
                cause = str(json.loads(cause).get("errorMessage", cause))
            found[f"{entry.get('Error', 'failed')}: {cause[:_LONGEST]}"] += 1
    return found


def _lines(client: Any, bucket: str, execution: dict[str, Any], kind: str) -> Iterator[bytes]:
    output = json.loads(execution.get("output") or "{}")
    written = output.get("ResultWriterDetails") if isinstance(output, dict) else None
    if written is None:  # it ended before it wrote results
        return
    manifest = json.loads(client.get_object(Bucket=bucket, Key=written["Key"])["Body"].read())
    for file in manifest["ResultFiles"].get(kind, []):
        yield from client.get_object(Bucket=bucket, Key=file["Key"])["Body"].iter_lines()


def cost(done: Summary, concurrency: int, memory: int) -> float:
    """Return an upper bound of the cost in dollars at list prices, as if all workers were busy throughout.

    Args:
        done: the finished run.
        concurrency: maximum batches at the same time.
        memory: memory of the function in MB.
    """
    busy = done.seconds * min(concurrency, done.batches)
    return done.batches * (_EXPRESS + _LAMBDA) + busy * (_EXPRESS_GB * _CHILD_GB + _LAMBDA_GB * memory / 1024)


def _bucket_and_key(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket or not key:
        raise CloudError(f"{uri!r} is not an S3 URI; write s3://bucket/key")
    return bucket, key.rstrip("/")
