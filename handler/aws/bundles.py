"""Download a bundle from S3 to the temporary folder: in parts, in parallel, and verified by its hashes."""

import hashlib
import os
import shutil
import stat
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
from handler.files import sha256

PART = 8 * 1024 * 1024
"""Size of a part in bytes."""
THREADS = 8


class _Part(NamedTuple):
    name: str
    start: int
    length: int


def fetch(uri: str) -> Path:
    """Return a folder with the bundle's files, each with the hash in its manifest.

    Uses the folder that another process of this user has downloaded, if it is intact.

    Args:
        uri: `s3://bucket/prefix`; `#HEX` at its end pins the manifest's SHA-256.

    Raises:
        BundleError: the bundle does not exist, access is denied, it is not the pinned one, or the disk is full.
    """
    place, _, pinned = uri.partition("#")
    name, _, prefix = place.removeprefix("s3://").rstrip("/").partition("/")
    prefix = f"{prefix}/" if prefix else ""
    try:
        bucket = Bucket(name)
        raw = bucket.get(f"{prefix}manifest.json")
    except (OSError, ThawError) as error:
        raise _cannot_fetch(place, error) from None
    digest = hashlib.sha256(raw).hexdigest()
    if pinned and digest != pinned.lower():
        raise BundleError(f"the manifest of {place} has the SHA-256 {digest}, but THAW_BUNDLE pins {pinned}")
    root = Path(tempfile.gettempdir())
    folder = root / f"thaw-{digest[:32]}"
    if _is_intact(folder, digest):
        return folder
    work = Path(tempfile.mkdtemp(prefix="thaw-", dir=root))
    try:
        (work / "manifest.json").write_bytes(raw)
        _fill(work, bundle.parse_manifest(raw, f"{place}/manifest.json"), bucket, prefix)
        bundle.read_manifest(work, every_hash=True)
    except (OSError, ThawError) as error:
        shutil.rmtree(work, ignore_errors=True)
        raise error if isinstance(error, BundleError) else _cannot_fetch(place, error) from None
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return _moved(work, folder, digest)


def _cannot_fetch(place: str, error: Exception) -> BundleError:
    reason = str(error) if isinstance(error, ThawError | ConnectionError) else f"{type(error).__name__}: {error}"
    return BundleError(f"cannot fetch the bundle in {place}: {reason}")


def _is_intact(folder: Path, digest: str) -> bool:
    """Return whether a folder is private to this user, has the manifest with this SHA-256, and all of its files."""
    try:
        found = folder.lstat()
        private = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
        if not private or sha256(folder / "manifest.json") != digest:
            return False
        bundle.read_manifest(folder, every_hash=True)
    except (OSError, BundleError):
        return False
    return True


def _moved(work: Path, folder: Path, digest: str) -> Path:
    """Move a verified folder to its final place; return where it is if somebody else's folder is there."""
    try:
        work.rename(folder)
    except OSError:  # another process was first, or the folder is not intact or not ours
        if _is_intact(folder, digest):
            shutil.rmtree(work)
            return folder
        try:
            shutil.rmtree(folder)
            work.rename(folder)
        except OSError:
            return work
    return folder


def _fill(folder: Path, manifest: Manifest, bucket: Bucket, prefix: str) -> None:
    """Download every file of a manifest into a folder."""
    total = sum(file.bytes for file in manifest.files.values())
    if total > (free := shutil.disk_usage(folder).free):
        raise BundleError(
            f"the bundle has {total / 1e6:.0f} MB, {folder.parent} has {free / 1e6:.0f} MB free: raise EphemeralStorage"
        )
    parts = []
    for name, file in manifest.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        parts += [_Part(name, start, min(PART, file.bytes - start)) for start in range(0, file.bytes, PART)]
    parts.sort(key=lambda part: -part.length)  # largest first, so that all threads end together
    _run_all([partial(_fetch_part, bucket, prefix, part, folder) for part in parts])


def _run_all(tasks: list[Callable[[], None]]) -> None:
    """Run tasks in parallel; after a failure, wait for those under way and raise the first error."""
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
    """Download a part to its position in its file."""
    body = bucket.get(f"{prefix}{part.name}", {"range": f"bytes={part.start}-{part.start + part.length - 1}"})
    if len(body) != part.length:
        raise ConnectionError(f"{part.name} does not have the size in its manifest")
    with (folder / part.name).open("r+b") as stream:
        stream.seek(part.start)
        stream.write(body)
