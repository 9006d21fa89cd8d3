"""A bundle in S3, brought to this machine's temporary folder: in parts, several at a time, and proved by its hashes."""

import hashlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from handler import bundle
from handler.aws import credentials
from handler.aws.endpoints import endpoint, region
from handler.aws.signing import Target, signed
from handler.bundle import Manifest
from handler.connections import Answer, Connections
from handler.errors import BundleError, ThawError

PART = 8 * 1024 * 1024
"""Bytes of a part."""
THREADS = 8

_SECONDS = 10.0  # init has no more
_TRIES = 3
_OK = (200, 206)


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
    bucket, _, prefix = place.removeprefix("s3://").rstrip("/").partition("/")
    try:
        source = _Source(bucket, prefix)
        raw = source.get("manifest.json").body
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
            _fill(new, manifest, source)
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


def _fill(folder: Path, manifest: Manifest, source: "_Source") -> None:
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
    _together([lambda part=part: source.write(part, folder) for part in parts])  # type: ignore[misc]


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


class _Source:
    """A prefix in a bucket (Amazon S3 API Reference, GetObject)."""

    def __init__(self, bucket: str, prefix: str) -> None:
        own = "AWS_ENDPOINT_URL" in os.environ or "AWS_ENDPOINT_URL_S3" in os.environ
        # A bucket with a dot in its name has no certificate of its own host.
        in_path = own or "." in bucket
        self._connections = Connections(endpoint("s3", "s3" if in_path else f"{bucket}.s3"))
        self._root = (f"/{bucket}" if in_path else "") + (f"/{quote(prefix, safe='/-_.~')}" if prefix else "")
        self._target = Target("s3", region(), self._connections.host)

    def get(self, name: str, headers: dict[str, str] | None = None) -> Answer:
        """An object, or the part of it that a header names.

        Raises:
            ConnectionError: S3 does not give it.
        """
        path = f"{self._root}/{quote(name, safe='/-_.~')}"
        for left in reversed(range(_TRIES)):
            asked = signed("GET", path, headers or {}, b"", self._target, credentials.find())
            try:
                answer = self._connections.request("GET", path, asked, b"", _SECONDS)
            except OSError:
                if not left:
                    raise
                continue
            if answer.status in _OK:
                return answer
            if answer.status < 500:  # noqa: PLR2004 - S3's own failures may pass
                break
        reasons = {
            301: f"the bucket is in another region than {self._target.region}",
            403: "the role may not read it (s3:GetObject)",
            404: "it is not there",
        }
        raise ConnectionError(f"{name}: {reasons.get(answer.status, f'S3 answers {answer.status}')}")

    def write(self, part: _Part, folder: Path) -> None:
        """Fetch a part to where it belongs in its file."""
        asked = {"range": f"bytes={part.start}-{part.start + part.length - 1}"}
        body = self.get(part.name, asked).body
        if len(body) != part.length:
            raise ConnectionError(f"{part.name} has other bytes than its manifest says")
        with (folder / part.name).open("r+b") as stream:
            stream.seek(part.start)
            stream.write(body)
