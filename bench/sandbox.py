"""Create sandboxes for programs: their event, working directory and environment variables."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from bench.programs import Program
from bench.subject import PROGRAMS, Subject
from local.runtime_api import Runtime
from local.stage import environment
from model.process import ROOT, handler_alone

_EVENT = ROOT / "events" / "http_v2.json"
COMMON_VARIABLES = {"OMP_NUM_THREADS": "1"}
"""Environment variables of every program: one thread, as on a function with one vCPU."""

_TIMEOUT = 300.0  # seconds: enough for 10,000 rows


def make_event(body: Any) -> dict[str, Any]:
    """Return an HTTP API event that requests a prediction."""
    event: dict[str, Any] = json.loads(_EVENT.read_text())
    return event | {"body": json.dumps(body)}


@contextmanager
def task_root() -> Iterator[Path]:
    """Yield a directory with the handler and the other programs."""
    with handler_alone() as folder:
        shutil.copytree(PROGRAMS, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__*"))
        yield folder


@contextmanager
def sandboxes(subject: Subject, programs: list[Program]) -> Iterator[dict[str, Callable[..., Runtime]]]:
    """Yield, by program, a function that creates a sandbox, optionally with further environment variables."""

    def make(python: Path, program: Program, folder: Path, more: Mapping[str, str] = {}) -> Runtime:
        variables = environment(**COMMON_VARIABLES, **program.variables(subject), **more)
        return Runtime(python, program.entry, folder, variables, timeout=_TIMEOUT)

    pythons = {program: program.python(subject) for program in programs}
    with task_root() as folder:
        yield {program.name: partial(make, python, program, folder) for program, python in pythons.items()}
