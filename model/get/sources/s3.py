"""A prefix in S3, downloaded in parts, several at a time; an interrupted download resumes."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from model.errors import ModelError
from model.get.sources import PARTS, Advance, ModelSource, Provenance

PART = 16 * 1024 * 1024
"""Bytes in a part."""
THREADS = 10
"""Parallel downloads: boto3's default."""

_CHUNK = 1024 * 1024


class _Part(NamedTuple):
    """A range of an object's bytes: the object's key and version, its path in the model, and the range."""

    key: str
    etag: str
    path: str
    start: int
    length: int

    def __str__(self) -> str:
        return f"{self.etag} {self.start} {self.path}"


def fetch(source: ModelSource, folder: Path, advance: Advance) -> Provenance:
    """Download the objects below a prefix; skip parts that an earlier run downloaded and that have not changed.

    Raises:
        ModelError: no model is found, access is denied, or the connection fails.
    """
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise ModelError("S3 needs the boto3 package: run `make setup`, or install requirements/dev.txt") from None
    bucket, _, prefix = source.uri.partition("://")[2].partition("/")
    if not bucket:
        raise ModelError(f"{source.uri} names no bucket: write s3://bucket/prefix")
    try:
        client = boto3.Session().client("s3", config=Config(max_pool_connections=THREADS, retries={"mode": "standard"}))
        parts = list(_parts(client, bucket, prefix.rstrip("/")))
        if not any(part.path == "MLmodel" for part in parts):
            raise ModelError(f"{source.uri} is not an MLflow model: it has no MLmodel file")
        _fetch_all(client, bucket, parts, folder, advance)
    except ClientError as error:
        raise ModelError(f"{source.uri} cannot be downloaded: {_reason(error)}") from None
    except BotoCoreError as error:
        raise ModelError(f"{source.uri} cannot be downloaded: {' '.join(str(error).split())}") from None
    (folder / PARTS).unlink()
    return Provenance()


def _reason(error: Any) -> str:
    code = error.response["Error"]["Code"]
    known = {
        "NoSuchBucket": "the bucket does not exist",
        "AccessDenied": "access denied: the credentials need s3:ListBucket and s3:GetObject",
        "403": "access denied: the credentials need s3:GetObject",
        "PreconditionFailed": "it changed during the download: run the command again",
        "412": "it changed during the download: run the command again",
    }
    return known.get(code, f"{code}: {error.response['Error'].get('Message', '')}")


def _parts(client: Any, bucket: str, prefix: str) -> Iterator[_Part]:
    """Yield the parts of all objects below a prefix."""
    below = f"{prefix}/" if prefix else ""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=below):
        for one in page.get("Contents", []):
            path = one["Key"].removeprefix(below)
            if not path or path.endswith("/"):
                continue
            if ".." in PurePosixPath(path).parts or path.startswith("/"):
                raise ModelError(f"s3://{bucket}/{one['Key']} is a path outside the model's directory")
            for start in range(0, max(one["Size"], 1), PART):
                yield _Part(one["Key"], one["ETag"], path, start, min(PART, one["Size"] - start))


def _fetch_all(client: Any, bucket: str, parts: list[_Part], folder: Path, advance: Advance) -> None:
    journal = folder / PARTS
    known = set(journal.read_text().splitlines()) if journal.exists() else set()
    total = sum(part.length for part in parts)
    done = sum(part.length for part in parts if str(part) in known)
    advance(done, total)
    _remove_others(folder, {part.path for part in parts} | {PARTS})
    for part in parts:
        path = folder / part.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    finished = _Journal(journal)
    missing = [part for part in parts if str(part) not in known]
    with finished, ThreadPoolExecutor(THREADS) as pool:

        def fetch_and_note(part: _Part) -> int:
            fetch_part(client, bucket, part, folder)
            finished.add(str(part))
            return part.length

        waiting = [pool.submit(fetch_and_note, part) for part in missing]
        try:
            for future in as_completed(waiting):
                done += future.result()
                advance(done, total)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _remove_others(folder: Path, paths: set[str]) -> None:
    """Remove files that an earlier run downloaded and that are no longer in the bucket."""
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in paths:
            path.unlink()


class _Journal:
    """A file that lists the finished parts, one per line; threads may share it."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("a")
        self._lock = threading.Lock()

    def add(self, line: str) -> None:
        with self._lock:
            self._stream.write(f"{line}\n")
            self._stream.flush()

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self._stream.close()


def fetch_part(client: Any, bucket: str, part: _Part, folder: Path) -> None:
    """Download one part to its place in its file."""
    if not part.length:
        return
    requested = f"bytes={part.start}-{part.start + part.length - 1}"
    body = client.get_object(Bucket=bucket, Key=part.key, Range=requested, IfMatch=part.etag)["Body"]
    place, end = part.start, part.start + part.length
    descriptor = os.open(folder / part.path, os.O_WRONLY)
    try:
        for chunk in body.iter_chunks(_CHUNK):
            place += os.pwrite(descriptor, chunk, place)
    finally:
        os.close(descriptor)
    if place != end:
        raise ModelError(f"s3://{bucket}/{part.key} ended {end - place} bytes early: run the command again")
