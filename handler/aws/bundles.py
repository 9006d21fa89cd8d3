"""A bundle in S3, brought to this machine's temporary folder: in parts, several at a time, and proved by its hashes."""

import hashlib
import shutil
import tempfile
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from handler import bundle
from handler.aws.s3 import Bucket
from handler.bundle import Manifest
from handler.errors import BundleError, ThawError

PART = 8 * 1024 * 1024
"""Bytes of a part."""
THREADS = 8


class _Part(NamedTuple):
    name: str
    start: int
    length: int


def fetch(uri: str) -> Path:
    """The folder with a bundle's files, each with the hash that its manifest says.

    What another process of this machine has fetched is taken if it is whole.

    Args:
        uri: `s3://bucket/prefix`; with `#HEX` behind it, the manifest must have that SHA-256.

    Raises:
        BundleError: it is not there, may not be read, is not the one that is wanted, or there is no room for it.
    """
    place, _, wanted = uri.partition("#")
    name, _, prefix = place.removeprefix("s3://").rstrip("/").partition("/")
    prefix = f"{prefix}/" if prefix else ""
    try:
        bucket = Bucket(name)
        raw = bucket.get(f"{prefix}manifest.json")
    except (OSError, ThawError) as error:
        raise _unfetched(place, error) from None
    digest = hashlib.sha256(raw).hexdigest()
    if wanted and digest != wanted.lower():
        raise BundleError(f"the manifest of {place} has the SHA-256 {digest}, and THAW_BUNDLE wants {wanted}")
    root = Path(tempfile.gettempdir())
    folder = root / f"thaw-{digest[:32]}"
    if folder.exists() and _is_whole(folder):
        return folder
    with tempfile.TemporaryDirectory(prefix="thaw-", dir=root) as work:
        new = Path(work) / "new"
        new.mkdir()
        (new / "manifest.json").write_bytes(raw)
        manifest = bundle.parsed(raw, f"{place}/manifest.json")
        try:
            _fill(new, manifest, bucket, prefix)
        except (OSError, ThawError) as error:
            raise _unfetched(place, error) from None
        bundle.read(new, every_hash=True)
        if folder.exists() and not _is_whole(folder):
            shutil.rmtree(folder)
        if not folder.exists():
            new.rename(folder)
    return folder


def _unfetched(place: str, error: Exception) -> BundleError:
    said = str(error) if isinstance(error, ThawError | ConnectionError) else f"{type(error).__name__}: {error}"
    return BundleError(f"the bundle in {place} cannot be fetched: {said}")


def _is_whole(folder: Path) -> bool:
    try:
        bundle.read(folder, every_hash=True)
    except BundleError:
        return False
    return True


def _fill(folder: Path, manifest: Manifest, bucket: Bucket, prefix: str) -> None:
    """Write every file of a manifest."""
    total = sum(file.bytes for file in manifest.files.values())
    if total > (free := shutil.disk_usage(folder).free):
        raise BundleError(
            f"it has {total / 1e6:.0f} MB and {folder.parent.parent} {free / 1e6:.0f}: raise EphemeralStorage"
        )
    parts = []
    for name, file in manifest.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        parts += [_Part(name, start, min(PART, file.bytes - start)) for start in range(0, file.bytes, PART)]
    parts.sort(key=lambda part: -part.length)  # the longest first, so that none of them is waited for at the end
    _together([partial(_fetch_part, bucket, prefix, part, folder) for part in parts])


def _together(tasks: list[Callable[[], None]]) -> None:
    """Do all, several at a time; the first error is raised when those under way have ended."""
    waiting = iter(tasks)
    errors: list[Exception] = []
    lock = threading.Lock()

    def work() -> None:
        while not errors:
            with lock:
                task = next(waiting, None)
            if task is None:
                return
            try:
                task()
            except Exception as error:  # noqa: BLE001 - raised below
                errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(min(THREADS, len(tasks)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def _fetch_part(bucket: Bucket, prefix: str, part: _Part, folder: Path) -> None:
    """Fetch a part to where it belongs in its file."""
    body = bucket.get(f"{prefix}{part.name}", {"range": f"bytes={part.start}-{part.start + part.length - 1}"})
    if len(body) != part.length:
        raise ConnectionError(f"{part.name} has other bytes than its manifest says")
    with (folder / part.name).open("r+b") as stream:
        stream.seek(part.start)
        stream.write(body)
