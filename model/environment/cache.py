"""Make environments once, and find them again by what they were made from."""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from model.cache_folder import cache_folder
from model.environment.pythons import python_version
from model.environment.uv import run_uv
from model.errors import NotInstalled, Unreachable

ENVIRONMENTS = cache_folder() / "env"
"""Where environments are kept, each named by the hash of what it was made from."""

_NETWORK = (
    r"error sending request for url|dns error|tcp connect error|Could not connect|client error \(Connect\)"
    r"|operation timed out|Network is unreachable|network connectivity is disabled"
)
"""What uv says where the network fails."""


COMPLETE, ABOUT = "complete.json", "about.json"
"""Files in an environment: the notes of its installation, whose date is that of its last use, and what it is for."""

_held: dict[Path, int] = {}
"""Descriptors of the locks on the environments that this process uses; they are shared, and end with the process."""


class Step(NamedTuple):
    """One way to install something: uv's options, files to write for them, and a note where this way is taken."""

    options: list[str]
    files: dict[str, str] = {}  # noqa: RUF012 - never changed
    note: str | None = None


class Environment(NamedTuple):
    """An environment's interpreter, and what a person should know of how it was made."""

    python: Path
    notes: list[str]


def make(
    python: Path,
    steps: Sequence[Sequence[Step]],
    *,
    key: Sequence[str],
    files: Sequence[Path],
    folder: Path,
    notes: Sequence[str] = (),
    about: Mapping[str, Any],
    explain: Callable[[str], str],
    announce: Callable[[], None] = lambda: None,
) -> Environment:
    """Make an environment, or return the one made before from the same. No one removes it while this process runs.

    Args:
        python: the interpreter it is for.
        steps: what to install, one after the other; of each, the first way that works is taken.
        key: what else decides what is installed.
        files: files whose content does.
        folder: the working directory.
        notes: what to say of it.
        about: what it is for: `for`, a path, and `requirements`.
        explain: makes one line of what uv says where nothing works.
        announce: called before anything is installed.

    Raises:
        Unreachable: the package index does not respond.
        NotInstalled: a step does not install; as `explain` puts it.
    """
    place = ENVIRONMENTS / _digest(python, steps, key, files)
    interpreter, complete = place / "bin" / "python", place / COMPLETE
    while not _use(place, {"python": python_version(python), **about}):
        with _locked(place):
            if complete.exists():
                continue
            announce()
            shutil.rmtree(place, ignore_errors=True)
            _run(["venv", "--quiet", "--python", str(python), str(place)], folder, explain)
            said = list(notes)
            for ways in steps:
                taken = _install(ways, interpreter, folder, explain)
                said += [taken.note] if taken.note else []
            complete.write_text(json.dumps(said))
    return Environment(interpreter, json.loads(complete.read_text()))


def _install(ways: Sequence[Step], interpreter: Path, folder: Path, explain: Callable[[str], str]) -> Step:
    """Install the first of several ways that works; the error is that of the first, with what is said of the last."""
    first: NotInstalled | None = None
    said = ""
    for way in ways:
        options = list(way.options)
        for name, text in way.files.items():
            path = interpreter.parent.parent / f"{name}.txt"
            path.write_text(text)
            options.append(f"--{name}={path}")
        try:
            _run(["pip", "install", "--python", str(interpreter), *options], folder, explain)
        except Unreachable:
            raise
        except NotInstalled as error:
            first, said = first or error, error.said
        else:
            return way
    raise NotInstalled(str(first or "nothing to install"), said)


def _run(arguments: list[str], folder: Path, explain: Callable[[str], str]) -> None:
    done = run_uv(arguments, folder)
    if done.returncode and (failure := re.search(_NETWORK, done.stderr)):
        raise Unreachable(
            f"the package index cannot be reached ({failure[0]}): check the network, or name your own index "
            "in UV_INDEX, and run the command again"
        )
    if done.returncode:
        raise NotInstalled(explain(done.stderr), done.stderr)


def _digest(python: Path, steps: Sequence[Sequence[Step]], key: Sequence[str], files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    ways = [[way.options, way.files] for step in steps for way in step]
    paths = {str(path.resolve()): f"file-{index}" for index, path in enumerate(files)}
    described = json.dumps([python_version(python), os.path.realpath(python), ways, *key])
    for place, name in paths.items():  # a copy of a model elsewhere is the same model
        described = described.replace(place, name)
    digest.update(described.encode())
    for path in files:
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _use(place: Path, about: Mapping[str, Any]) -> bool:
    """Keep an environment from being removed, and note its use; return False where it is not complete."""
    if place not in _held:
        place.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(lock_path(place), os.O_RDWR | os.O_CREAT, 0o666)
        fcntl.flock(lock, fcntl.LOCK_SH)  # waits for who makes it
        if not (place / COMPLETE).exists():
            os.close(lock)
            return False
        _held[place] = lock
    with contextlib.suppress(OSError):  # of another user
        (place / COMPLETE).touch()
        (place / ABOUT).write_text(json.dumps(about))
    return True


@contextlib.contextmanager
def _locked(place: Path) -> Iterator[None]:
    with lock_path(place).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def lock_path(place: Path) -> Path:
    """Return the file whose lock guards an environment: users share it, and who makes or removes it has it alone."""
    return place.with_suffix(".lock")
