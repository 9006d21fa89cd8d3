"""A .zip or .tar archive on this machine. Its content is untrusted: it is checked before anything is written."""

import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

from handler.files import sha256
from model.errors import ModelError
from model.get.sources import Advance, ModelSource, Provenance

LARGEST = 10_000_000_000
"""Most bytes that an archive may unpack to: the size limit of an image on Lambda."""
MOST_FILES = 20_000

_ZIP_ENTRY, _TAR_ENTRY = 256, 2048  # bytes that a file takes in the archive's listing, at most on average
_SLACK = 1024 * 1024
_CHUNK = 1024 * 1024
_DAMAGED = (
    EOFError,
    RuntimeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)
_OPENERS: dict[bytes, Callable[[Path], Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}


class _Member(NamedTuple):
    """A file in an archive; `kind` names a member that is not a regular file."""

    name: str
    size: int
    kind: str
    open: Callable[[], IO[bytes] | None]


class _Limited(io.RawIOBase):
    """A stream of which at most `limit` bytes can be read, so that a listing cannot fill the memory; None lifts it."""

    def __init__(self, stream: IO[bytes], limit: int, name: str) -> None:
        self._stream, self._name = stream, name
        self.limit: int | None = limit

    def read(self, size: int = -1) -> bytes:
        if self.limit is None:
            return self._stream.read(size)
        data = self._stream.read(min(size, self.limit + 1) if size >= 0 else self.limit + 1)
        if len(data) > self.limit:
            raise ModelError(f"{self._name} lists too many files, or too long names, for a model")
        self.limit -= len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


def fetch(source: ModelSource, folder: Path, advance: Advance) -> Provenance:
    """Unpack an archive.

    Raises:
        ModelError: the file does not exist, has another hash than expected, or as `unpack`.
    """
    path = Path(source.uri)
    if not path.is_file():
        raise ModelError(f"{path} does not exist")
    digest = sha256(path)
    if source.sha256 and digest != source.sha256.lower():
        raise ModelError(
            f"{path} has the SHA-256 {digest}, not {source.sha256}: it is damaged or not the expected file"
        )
    unpack(path, folder, advance)
    return Provenance(sha256=digest)


def unpack(path: Path, folder: Path, advance: Advance) -> None:
    """Unpack the model in an archive: the directory that holds its MLmodel file, wherever that is in the archive.

    Raises:
        ModelError: the archive is damaged or too large, has links or unsafe names, or has no model.
    """
    try:
        if zipfile.is_zipfile(path):
            with path.open("rb") as stream:
                limited = _Limited(stream, MOST_FILES * _ZIP_ENTRY + _SLACK, path.name)
                with zipfile.ZipFile(limited) as archive:
                    members = _check(path, _zip_members(archive))
                    limited.limit = None
                    _extract(path, members, folder, advance)
        else:
            with _open_tar(path) as stream:
                limited = _Limited(stream, MOST_FILES * _TAR_ENTRY + _SLACK, path.name)
                with tarfile.TarFile(fileobj=limited) as archive:
                    members = _check(path, _tar_members(archive))
                    limited.limit = None
                    _extract(path, members, folder, advance)
    except _DAMAGED as error:
        raise ModelError(f"{path.name} is damaged or not an archive: {' '.join(str(error).split())}") from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise ModelError(f"{path.name} is damaged: {error}") from None


def _open_tar(path: Path) -> IO[bytes]:
    with path.open("rb") as stream:
        start = stream.read(8)
    opener = next((opener for magic, opener in _OPENERS.items() if start.startswith(magic)), None)
    opened: IO[bytes] = opener(path) if opener else path.open("rb")
    return opened


def _zip_members(archive: zipfile.ZipFile) -> Iterator[_Member]:
    for info in archive.infolist():
        if not info.is_dir():
            kind = "a link" if stat.S_ISLNK(info.external_attr >> 16) else ""
            yield _Member(info.filename, info.file_size, kind, lambda info=info: archive.open(info))  # type: ignore[misc]


def _tar_members(archive: tarfile.TarFile) -> Iterator[_Member]:
    for info in archive:
        if not info.isdir():
            kind = "" if info.isfile() else "a link" if info.issym() or info.islnk() else "a device"
            yield _Member(info.name, info.size, kind, lambda info=info: archive.extractfile(info))  # type: ignore[misc]


def _check(path: Path, members: Iterable[_Member]) -> list[_Member]:
    """Return the members; count them while they are read, and refuse the first that is unsafe or too much."""
    found: list[_Member] = []
    total = 0
    for member in members:
        _refuse_unsafe(path, member)
        total += member.size
        if len(found) == MOST_FILES:
            raise ModelError(f"{path.name} has more than {MOST_FILES:,} files: it is not a model")
        if total > LARGEST:
            raise ModelError(f"{path.name} unpacks to more than {LARGEST / 1e9:g} GB: it is too large for Lambda")
        found.append(member)
    return found


def _refuse_unsafe(path: Path, member: _Member) -> None:
    name = PurePosixPath(member.name.replace("\\", "/"))
    if member.kind:
        raise ModelError(f"{path.name} contains {member.kind}, {member.name!r}: models have none; nothing was unpacked")
    if not name.parts or "\0" in member.name or member.size < 0:
        raise ModelError(
            f"{path.name} is damaged: it contains a file called {member.name[:100]!r} of {member.size} bytes"
        )
    if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
        raise ModelError(f"{path.name} contains {member.name!r}, a path outside the archive; nothing was unpacked")


def _extract(path: Path, members: list[_Member], folder: Path, advance: Advance) -> None:
    names = [PurePosixPath(member.name) for member in members]
    roots = [name.parent for name in names if name.name == "MLmodel"]
    if not roots:
        raise ModelError(f"{path.name} does not contain an MLflow model: it has no MLmodel file")
    root = min(roots, key=lambda root: len(root.parts))
    total = sum(member.size for member in members)
    done = 0
    for name, member in zip(names, members, strict=True):
        if not name.is_relative_to(root):
            continue
        target = folder / name.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        source = member.open()
        if source is None:
            continue
        left = member.size
        with source, target.open("wb") as out:
            # Read no more than the listed size: the data may unpack to more.
            while chunk := source.read(min(_CHUNK, left)):
                out.write(chunk)
                left -= len(chunk)
                done += len(chunk)
                advance(done, total)
        if left:
            raise ModelError(f"{path.name} is damaged: {member.name} ends {left} bytes early")
