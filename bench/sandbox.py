"""Programs as Lambda runs them: what they are asked, and the folder and variables they start with."""

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
from model.child import ROOT, handler_alone

_EVENT = ROOT / "events" / "http_v2.json"
ALIKE = {"OMP_NUM_THREADS": "1"}
"""Environment variables of every program: what a function with one processor has."""

_TIMEOUT = 300.0  # seconds: 10,000 rows may take a while


def event_of(body: Any) -> dict[str, Any]:
    """An HTTP API event that asks for a prediction."""
    event: dict[str, Any] = json.loads(_EVENT.read_text())
    return event | {"body": json.dumps(body)}


@contextmanager
def task_root() -> Iterator[Path]:
    """A folder that holds the handler and the programs of others."""
    with handler_alone() as folder:
        shutil.copytree(PROGRAMS, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__*"))
        yield folder


@contextmanager
def sandboxes(subject: Subject, programs: list[Program]) -> Iterator[dict[str, Callable[..., Runtime]]]:
    """By program, what makes a sandbox that is not started yet; it takes more environment variables, if any."""

    def make(python: Path, program: Program, folder: Path, more: Mapping[str, str] = {}) -> Runtime:
        variables = environment(**ALIKE, **program.variables(subject), **more)
        return Runtime(python, program.entry, folder, variables, timeout=_TIMEOUT)

    pythons = {program: program.python(subject) for program in programs}
    with task_root() as folder:
        yield {program.name: partial(make, python, program, folder) for program, python in pythons.items()}
