"""Put a finished model in its place: staging directories and locks that several processes can share.

Locks are advisory (`flock`) and are held on directories, so that they leave no files behind and end with the process.
"""

import fcntl
import glob
import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model.errors import ModelError


@contextmanager
def stage_model(out: Path, key: str) -> Iterator[Path]:
    """Yield a staging directory beside `out` that no other process uses.

    The first process that asks for a key gets the same directory each time and finds there what an interrupted run
    left. Processes that ask meanwhile get directories of their own.

    Args:
        out: where the model goes.
        key: identifies the source.

    Raises:
        OSError: the directory cannot be made.
    """
    descriptor = None
    numbers = itertools.count()
    while descriptor is None:
        number = next(numbers)
        path = out.parent / f".{out.name}-{key}{f'-{number}' if number else ''}.partial"
        path.mkdir(parents=True, exist_ok=True)
        descriptor = _lock(path)
    try:
        yield path
    finally:
        os.close(descriptor)


def remove_leftovers(out: Path, key: str) -> None:
    """Remove staging directories of this key that no process uses."""
    for path in out.parent.glob(f".{glob.escape(out.name)}-{key}*.partial"):
        if (descriptor := _lock(path)) is not None:
            shutil.rmtree(path, ignore_errors=True)
            os.close(descriptor)


def _lock(path: Path) -> int | None:
    """Lock a directory; return the descriptor that holds the lock, or None where another process has it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Another process may have renamed the directory between the two calls.
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None


def check_replaceable(out: Path) -> None:
    """Refuse to replace a directory that is not an MLflow model.

    Raises:
        ModelError: `out` exists and has no MLmodel file.
    """
    if out.exists() and not (out / "MLmodel").is_file():
        raise ModelError(f"{out} exists and is not an MLflow model: choose another --out")


def restore_model(out: Path) -> None:
    """Put the previous model back if a `replace_model` was killed between its two renames."""
    if out.parent.is_dir():
        with _placing(out):
            _restore(out)


def replace_model(new: Path, out: Path) -> None:
    """Rename a finished model to `out`. If several processes do so at once, the last one's model stays, whole.

    Raises:
        ModelError: `out` exists and is not an MLflow model.
        OSError: the directory cannot be renamed.
    """
    with _placing(out):
        _restore(out)
        check_replaceable(out)
        previous = _previous(out)
        shutil.rmtree(previous, ignore_errors=True)
        if out.exists():
            out.rename(previous)
        new.rename(out)
        shutil.rmtree(previous, ignore_errors=True)


def _restore(out: Path) -> None:
    if _previous(out).exists() and not out.exists():
        _previous(out).rename(out)


def _previous(out: Path) -> Path:
    return out.parent / f".{out.name}-old"


@contextmanager
def _placing(out: Path) -> Iterator[None]:
    """Hold the lock on the directory above `out`; wait for it."""
    descriptor = os.open(out.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
