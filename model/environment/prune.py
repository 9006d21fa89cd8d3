"""List the environments of models, and remove those that nothing has used for long."""

import contextlib
import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from model.environment import cache


class Listed(NamedTuple):
    """An environment.

    Attributes:
        folder: its directory.
        python: version of its Python; empty if unknown.
        used: when it was last used, in seconds since 1970.
        complete: whether its installation was finished.
        in_use: whether a process uses or makes it.
        bytes: size of its files on disk; files that other environments or uv's cache share are included.
        purpose: the model or requirements file that it was last used for; empty if unknown.
        requirements: names of the distributions that were asked for.
    """

    folder: Path
    python: str
    used: float
    complete: bool
    in_use: bool
    bytes: int
    purpose: str
    requirements: list[str]


def environments() -> Iterator[Listed]:
    """Yield every environment, the one used last first."""
    folders = [path.parent for path in cache.ENVIRONMENTS.glob("*/pyvenv.cfg")]
    for folder in sorted(folders, key=_used, reverse=True):
        about = _about(folder)
        yield Listed(
            folder=folder,
            python=about.get("python") or _version(folder),
            used=_used(folder),
            complete=(folder / cache.COMPLETE).exists(),
            in_use=not _can_lock(folder),
            bytes=sum(size for _, size, _ in _files(folder)),
            purpose=about.get("for", ""),
            requirements=about.get("requirements", []),
        )


def unused_since(found: Sequence[Listed], seconds: float) -> list[Listed]:
    """Return the environments that nothing uses now or has used for this long."""
    return [one for one in found if not one.in_use and time.time() - one.used >= seconds]


def bytes_on_disk(folders: Sequence[Path]) -> int:
    """Return the bytes that environments take together: a file that several of them share counts once."""
    return sum({key: size for folder in folders for key, size, _ in _files(folder)}.values())


def remove(folders: Sequence[Path]) -> tuple[list[Path], int]:
    """Remove environments; return those that were removed, and the bytes that this freed on disk.

    An environment that a process uses, or begins to use meanwhile, stays.
    """
    removed, links = [], dict[tuple[int, int], list[int]]()
    for folder in folders:
        with _exclusive(folder) as locked:
            if not locked:
                continue
            for key, size, count in _files(folder):
                left = links.setdefault(key, [size, count])
                left[1] -= 1
            doomed = folder.with_name(f".{folder.name}-removed")
            folder.rename(doomed)
            shutil.rmtree(doomed, ignore_errors=True)
            removed.append(folder)
    return removed, sum(size for size, left in links.values() if not left)


def _used(folder: Path) -> float:
    complete = folder / cache.COMPLETE
    with contextlib.suppress(OSError):
        return (complete if complete.exists() else folder).stat().st_mtime
    return 0.0


def _about(folder: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        about: dict[str, Any] = json.loads((folder / cache.ABOUT).read_text())
        return about
    return {}


def _version(folder: Path) -> str:
    """Return the version of Python in pyvenv.cfg."""
    with contextlib.suppress(OSError):
        lines = (line.partition("=") for line in (folder / "pyvenv.cfg").read_text().splitlines())
        return next((value.strip() for name, _, value in lines if name.strip() == "version_info"), "")
    return ""


def _files(folder: Path) -> Iterator[tuple[tuple[int, int], int, int]]:
    """Yield the identity, the bytes on disk and the number of links of each file."""
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                status = os.lstat(os.path.join(place, name))  # noqa: PTH118 - a hundred thousand files
                yield (status.st_dev, status.st_ino), status.st_blocks * 512, status.st_nlink


def _can_lock(folder: Path) -> bool:
    with _exclusive(folder) as locked:
        return locked


@contextlib.contextmanager
def _exclusive(folder: Path) -> Iterator[bool]:
    """Try to lock an environment against its users; yield whether that succeeded."""
    with cache.lock_path(folder).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
