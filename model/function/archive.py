"""Write a function's directory as a zip for Lambda: the same directory gives the same bytes."""

import zipfile
from pathlib import Path
from typing import NamedTuple

from model.errors import ModelError
from model.folder_size import folder_size
from model.function.assemble import Assembled, Tell, assemble
from model.function.target import Target
from model.work_folder import work_folder

UNZIPPED_LIMIT = 262_144_000
"""Bytes of a function's unzipped files (AWS Lambda Developer Guide, "Lambda quotas": 250 MB)."""

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest date that a zip holds
_LARGEST = 3


class TooLargeError(ModelError):
    """A function exceeds what a zip may hold."""


class Packaged(NamedTuple):
    """A zip.

    Attributes:
        assembled: the directory that it was made from, which is gone.
        unzipped: bytes of its files.
        size: its own bytes.
    """

    assembled: Assembled
    unzipped: int
    size: int


def package(bundle: Path, file: Path, target: Target, *, tell: Tell = print) -> Packaged:
    """Write a bundle's function as a zip.

    Args:
        bundle: the bundle's directory.
        file: the zip, which is written whole or not at all.
        target: the platform that the function runs on.
        tell: called with a sentence at each step.

    Raises:
        TooLargeError: the function is too large.
        ModelError: as `assemble`.
    """
    with work_folder("thaw-") as work:
        made = assemble(bundle, work / "function", target, limit=UNZIPPED_LIMIT, tell=tell)
        check_size(made.folder)
        return Packaged(made, folder_size(made.folder), write_zip(made.folder, file))


def check_size(folder: Path) -> None:
    """Check the size of a function's files.

    Raises:
        TooLargeError: they exceed Lambda's limit; says by how much, and names the largest packages.
    """
    size = folder_size(folder)
    if size <= UNZIPPED_LIMIT:
        return
    sizes = {path.name: folder_size(path) for path in folder.iterdir() if path.is_dir()}
    largest = sorted(sizes, key=lambda name: -sizes[name])[:_LARGEST]
    named = ", ".join(f"{name} {sizes[name] / 1e6:.0f} MB" for name in largest)
    raise TooLargeError(
        f"the function has {size / 1e6:.0f} MB and a zip on Lambda at most {UNZIPPED_LIMIT / 1e6:.0f} MB "
        f"(largest: {named}): use a container image"
    )


def write_zip(folder: Path, file: Path) -> int:
    """Write the zip, whole or not at all; return its size in bytes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
                entry.external_attr = (0o100000 | path.stat().st_mode & 0o777) << 16
                entry.create_system = 3  # Unix
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return file.stat().st_size
