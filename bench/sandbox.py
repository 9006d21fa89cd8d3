"""Create sandboxes for programs: their event, working directory and environment variables."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from bench.programs import Program
from bench.subject import PROGRAMS, Subject, packages
from local.runtime_api import Runtime
from local.stage import environment
from model.function.assemble import add_bytecode
from model.process import HANDLER, ROOT, handler_alone
from model.work_folder import work_folder

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
def function(python: Path) -> Iterator[Path]:
    """Yield a function's directory, as in a zip and an image: the handler and msgspec, and their gathered bytecode."""
    ignored = shutil.ignore_patterns("__pycache__")
    with work_folder("thaw-") as folder:
        for package in (HANDLER, *packages(python, "msgspec")):
            shutil.copytree(package, folder / package.name, ignore=ignored)
        add_bytecode(folder, python)
        yield folder


@contextmanager
def sandboxes(subject: Subject, programs: list[Program]) -> Iterator[dict[str, Callable[..., Runtime]]]:
    """Yield, by program, a function that creates a sandbox, optionally with further environment variables."""

    def make(python: Path, program: Program, folder: Path, more: Mapping[str, str] = {}) -> Runtime:
        variables = environment(**COMMON_VARIABLES, **program.variables(subject), **more)
        return Runtime(python, program.entry, folder, variables, timeout=_TIMEOUT)

    pythons = {program: program.python(subject) for program in programs}
    with ExitStack() as stack:
        ours = {python: stack.enter_context(function(python)) for program, python in pythons.items() if program.is_thaw}
        theirs = stack.enter_context(task_root())
        yield {
            program.name: partial(make, python, program, ours[python] if program.is_thaw else theirs)
            for program, python in pythons.items()
        }
