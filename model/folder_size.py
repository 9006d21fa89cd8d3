"""How large a directory is."""

from pathlib import Path


def folder_size(folder: Path) -> int:
    """Return the bytes of a directory's files, at any depth."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
