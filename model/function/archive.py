"""Write a function's directory as a zip for Lambda: the same directory gives the same bytes."""

import zipfile
from pathlib import Path

from model.errors import ModelError
from model.function.assemble import installed_size

UNZIPPED_LIMIT = 262_144_000
"""Bytes of a function's unzipped files (AWS Lambda Developer Guide, "Lambda quotas": 250 MB)."""

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest date that a zip holds
_LARGEST = 3


def check_size(folder: Path) -> None:
    """Check the size of a function's files.

    Raises:
        ModelError: they exceed Lambda's limit; says by how much, and names the largest packages.
    """
    size = installed_size(folder)
    if size <= UNZIPPED_LIMIT:
        return
    sizes = {path.name: installed_size(path) for path in folder.iterdir() if path.is_dir()}
    largest = sorted(sizes, key=lambda name: -sizes[name])[:_LARGEST]
    named = ", ".join(f"{name} {sizes[name] / 1e6:.0f} MB" for name in largest)
    raise ModelError(
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
