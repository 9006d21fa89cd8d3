"""A folder in S3, or an archive there: fetched in parts, several at a time; what an interrupted fetch has is kept."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from model.errors import ModelError
from model.sources import Advance, Found, Wanted

PART = 16 * 1024 * 1024
"""Bytes of a part."""
THREADS = 10
"""As many as boto3 takes by itself."""

_DONE = ".parts"
_CHUNK = 1024 * 1024


class _Part(NamedTuple):
    """Bytes of an object: its key, the version of it that is meant, its path here, and from where to where."""

    key: str
    etag: str
    path: str
    start: int
    length: int

    def __str__(self) -> str:
        return f"{self.etag} {self.start} {self.path}"


def fetch(wanted: Wanted, folder: Path, advance: Advance) -> Found:
    """Fetch what lies below a prefix; parts that a fetch before had written, and that are still the same, are kept.

    Raises:
        ModelError: there is nothing, it may not be read, or the connection fails.
    """
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise ModelError("S3 needs boto3: install requirements.txt, as `make setup` does") from None
    bucket, _, prefix = wanted.uri.partition("://")[2].partition("/")
    try:
        client = boto3.Session().client("s3", config=Config(max_pool_connections=THREADS, retries={"mode": "standard"}))
        parts = list(_parts(client, bucket, prefix.rstrip("/")))
        if not any(part.path == "MLmodel" for part in parts):
            raise ModelError(f"{wanted.uri} is no MLflow model: there is no MLmodel in it")
        _fetch_all(client, bucket, parts, folder, advance)
    except ClientError as error:
        raise ModelError(f"{wanted.uri} is not to be had: {_reason(error)}") from None
    except BotoCoreError as error:
        raise ModelError(f"{wanted.uri} is not to be had: {' '.join(str(error).split())}") from None
    (folder / _DONE).unlink()
    return Found()


def _reason(error: Any) -> str:
    code = error.response["Error"]["Code"]
    known = {
        "NoSuchBucket": "there is no such bucket",
        "AccessDenied": "these credentials may not read it (s3:ListBucket and s3:GetObject are needed)",
        "403": "these credentials may not read it",
        "PreconditionFailed": "it was changed while it was being fetched; run it again",
        "412": "it was changed while it was being fetched; run it again",
    }
    return known.get(code, f"{code}: {error.response['Error'].get('Message', '')}")


def _parts(client: Any, bucket: str, prefix: str) -> Iterator[_Part]:
    """The parts of all objects below a prefix."""
    below = f"{prefix}/" if prefix else ""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=below):
        for one in page.get("Contents", []):
            path = one["Key"].removeprefix(below)
            if not path or path.endswith("/"):
                continue
            if ".." in PurePosixPath(path).parts or path.startswith("/"):
                raise ModelError(f"s3://{bucket}/{one['Key']} leads out of the model's folder")
            for start in range(0, max(one["Size"], 1), PART):
                yield _Part(one["Key"], one["ETag"], path, start, min(PART, one["Size"] - start))


def _fetch_all(client: Any, bucket: str, parts: list[_Part], folder: Path, advance: Advance) -> None:
    journal = folder / _DONE
    known = set(journal.read_text().splitlines()) if journal.exists() else set()
    total = sum(part.length for part in parts)
    done = sum(part.length for part in parts if str(part) in known)
    advance(done, total)
    for part in parts:
        path = folder / part.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    noted = _Journal(journal)
    missing = [part for part in parts if str(part) not in known]
    with noted, ThreadPoolExecutor(THREADS) as pool:

        def fetched(part: _Part) -> int:
            fetch_part(client, bucket, part, folder)
            noted.add(str(part))
            return part.length

        waiting = [pool.submit(fetched, part) for part in missing]
        try:
            for future in as_completed(waiting):
                done += future.result()
                advance(done, total)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


class _Journal:
    """A file with a line for each part that is written, for threads."""

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
    """Write one part to where it belongs in its file."""
    if not part.length:
        return
    given = f"bytes={part.start}-{part.start + part.length - 1}"
    body = client.get_object(Bucket=bucket, Key=part.key, Range=given, IfMatch=part.etag)["Body"]
    place, end = part.start, part.start + part.length
    descriptor = os.open(folder / part.path, os.O_WRONLY)
    try:
        for chunk in body.iter_chunks(_CHUNK):
            place += os.pwrite(descriptor, chunk, place)
    finally:
        os.close(descriptor)
    if place != end:
        raise ModelError(f"s3://{bucket}/{part.key} ended {end - place} bytes early; run it again")
