"""`.thaw.json`: which files were generated, and their hashes, so that an update leaves edited files alone."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from handler import __version__
from model.errors import ModelError

FILE = ".thaw.json"


class Record(msgspec.Struct, frozen=True):
    """The generated files of a project.

    Attributes:
        version: of Thaw, which generated them last.
        files: SHA-256 by path, as generated.
    """

    version: str
    files: dict[str, str]


def hash_text(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def write_record(folder: Path, files: Mapping[str, str]) -> None:
    """Write the record of generated files.

    Args:
        folder: the project's.
        files: SHA-256 by path.
    """
    record = Record(__version__, dict(sorted(files.items())))
    (folder / FILE).write_bytes(msgspec.json.format(msgspec.json.encode(record)) + b"\n")


def read_record(folder: Path) -> Record:
    """Return the record of a project.

    Raises:
        ModelError: the directory is no project of `thaw init`.
    """
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Record)
    except FileNotFoundError:
        raise ModelError(
            f"{folder.resolve()} has no {FILE}: run this in a project that `thaw init` has written"
        ) from None
    except msgspec.DecodeError as error:
        raise ModelError(f"{folder / FILE}: {error}") from None
