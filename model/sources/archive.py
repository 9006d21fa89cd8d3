"""A .zip or .tar archive on this machine, opened as if it came from an enemy."""

import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from handler.bundle import sha256
from model.errors import ModelError
from model.sources import Advance, Found, Wanted

LARGEST = 10_000_000_000
"""Bytes that an archive may unpack to: what an image on Lambda may have."""
MEMBERS = 100_000

_CHUNK = 1024 * 1024
_DAMAGED = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


class _Member(NamedTuple):
    """A file in an archive; `kind` says what it is where it is no plain file."""

    name: str
    size: int
    kind: str
    open: Callable[[], IO[bytes] | None]


def fetch(wanted: Wanted, folder: Path, advance: Advance) -> Found:
    """Unpack it.

    Raises:
        ModelError: there is no such file, its hash is another, or as `unpack`.
    """
    path = Path(wanted.uri)
    if not path.is_file():
        raise ModelError(f"there is no file {path}")
    digest = sha256(path)
    if wanted.sha256 and digest != wanted.sha256.lower():
        raise ModelError(f"{path} has the SHA-256 {digest}, not {wanted.sha256}: it is damaged or another one")
    unpack(path, folder, advance)
    return Found(sha256=digest)


def unpack(path: Path, folder: Path, advance: Advance) -> None:
    """Unpack the model in an archive into a folder: what lies beside its MLmodel, wherever in the archive that is.

    Raises:
        ModelError: it is damaged, has a link or a name that leads out of it, would be too large, or has no model.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                _extract(path, _zipped(archive), folder, advance)
        else:
            with tarfile.open(path) as archive:
                _extract(path, _tarred(archive), folder, advance)
    except _DAMAGED as error:
        raise ModelError(f"{path.name} is damaged or no archive: {' '.join(str(error).split())}") from None


def _zipped(archive: zipfile.ZipFile) -> list[_Member]:
    return [
        _Member(
            info.filename,
            info.file_size,
            "a link" if stat.S_ISLNK(info.external_attr >> 16) else "",
            lambda info=info: archive.open(info),  # type: ignore[misc]
        )
        for info in archive.infolist()
        if not info.is_dir()
    ]


def _tarred(archive: tarfile.TarFile) -> list[_Member]:
    return [
        _Member(
            info.name,
            info.size,
            "" if info.isfile() else "a link" if info.issym() or info.islnk() else "a device",
            lambda info=info: archive.extractfile(info),  # type: ignore[misc]
        )
        for info in archive
        if not info.isdir()
    ]


def _extract(path: Path, members: list[_Member], folder: Path, advance: Advance) -> None:
    total = sum(member.size for member in members)
    if total > LARGEST or len(members) > MEMBERS:
        raise ModelError(f"{path.name} would unpack to {len(members)} files of {total / 1e9:.1f} GB: that is no model")
    for member in members:
        _refuse(path, member)
    roots = [PurePosixPath(member.name).parent for member in members if PurePosixPath(member.name).name == "MLmodel"]
    if not roots:
        raise ModelError(f"{path.name} holds no MLflow model: there is no MLmodel in it")
    root = min(roots, key=lambda root: len(root.parts))
    done = 0
    for member in members:
        name = PurePosixPath(member.name)
        if not name.is_relative_to(root):
            continue
        target = folder / name.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        source = member.open()
        if source is None:
            continue
        left = member.size
        with source, target.open("wb") as out:
            # No more than it says: what it unpacks to may be more.
            while chunk := source.read(min(_CHUNK, left)):
                out.write(chunk)
                left -= len(chunk)
                done += len(chunk)
                advance(done, total)
        if left:
            raise ModelError(f"{path.name} is damaged: {member.name} ends {left} bytes early")


def _refuse(path: Path, member: _Member) -> None:
    name = PurePosixPath(member.name.replace("\\", "/"))
    if member.kind:
        raise ModelError(f"{path.name} holds {member.kind}, {member.name!r}: models have none, so it is not unpacked")
    if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
        raise ModelError(f"{path.name} holds {member.name!r}, which leads out of it: it is not unpacked")
