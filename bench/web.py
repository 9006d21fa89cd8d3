"""Requests a second of the web service and of the service that one writes first: `python -m bench.web`.

Both have two workers and the model that comes along, whose input example is asked for over connections that stay
open: wrk asks each in turn.
"""

import json
import re
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bench import models
from bench.measure import ProgramError
from bench.subject import Subject
from local.errors import LocalError
from local.serve import HOST, free, wait
from local.stage import environment
from model.child import ROOT, handler_alone
from model.environment import runtime_environment
from model.errors import ModelError

WORKERS, ROUNDS, SECONDS, CONNECTIONS = 2, 5, 3, 16
OURS, THEIRS = "thaw web, compiled", "FastAPI + mlflow.pyfunc"

_SCRIPT = 'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [==[{body}]==]\n'
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_LATENCY = re.compile(r"99%\s+(\S+)")
_FAILED = re.compile(r"Non-2xx or 3xx responses: \d+|Socket errors: .+")


Service = tuple[subprocess.Popen[bytes], int]
"""A running server and its port."""


class Round(NamedTuple):
    """Some seconds of requests: how many a second, the 99th percentile of their times, and what failed."""

    rate: float
    p99: str
    failed: str


def main() -> int:
    """Measure and print."""
    console = Console()
    try:
        with console.status("measuring"), ExitStack() as stack:
            subject = _subject()
            services = {name: stack.enter_context(start(subject)) for name, start in SERVICES.items()}
            rounds = measured(services, json.dumps(subject.served.example))
            memory = {name: proportional(server.pid) for name, (server, _) in services.items()}
    except (LocalError, ModelError, ProgramError) as error:
        console.print(str(error), markup=False)
        return 1
    table = Table("service", "requests/s", "p99", "MB", "failed", title=f"{WORKERS} workers each", box=SIMPLE_HEAD)
    rates = {name: statistics.median(each.rate for each in found) for name, found in rounds.items()}
    for name, found in rounds.items():
        failed = "; ".join(filter(None, (each.failed for each in found))) or "none"
        table.add_row(name, f"{rates[name]:,.0f}", found[-1].p99, f"{memory[name]:.0f}", failed)
    console.print(table)
    console.print(
        f"requests a second: {rates[OURS] / rates[THEIRS]:.1f} x; memory: {memory[OURS] / memory[THEIRS]:.2f} x"
    )
    return 0


def measured(services: Mapping[str, Service], body: str) -> dict[str, list[Round]]:
    """Ask the services in turn, after a round that does not count.

    Raises:
        ProgramError: there is no wrk here, or it fails.
    """
    rounds: dict[str, list[Round]] = {name: [] for name in services}
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_SCRIPT.format(body=body))
        script.flush()
        for number in range(ROUNDS + 1):
            for name, (_, port) in services.items():
                found = _asked(port, script.name)
                rounds[name] += [found] if number else []
    return rounds


def _asked(port: int, script: str) -> Round:
    command = ["wrk", "--latency", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", f"-s{script}"]
    try:
        done = subprocess.run(
            [*command, f"http://{HOST}:{port}/predict"], capture_output=True, text=True, check=True, timeout=60
        )
    except FileNotFoundError:
        raise ProgramError("there is no wrk here; Debian has it: apt-get install wrk") from None
    except subprocess.SubprocessError as error:
        raise ProgramError(f"wrk: {getattr(error, 'stderr', '') or error}") from None
    said = done.stdout
    return Round(float(_RATE.findall(said)[0]), _LATENCY.findall(said)[0], ", ".join(_FAILED.findall(said)))


def proportional(process: int) -> float:
    """MB of a process and its children; what several share is counted once."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    own = re.findall(r"^Pss:\s+(\d+) kB", Path(f"/proc/{process}/smaps_rollup").read_text(), re.MULTILINE)
    return int(own[0]) / 1024 + sum(proportional(int(child)) for child in children)


def _subject() -> Subject:
    cache = ROOT / "build" / "bench"
    return Subject(models.served("text", cache), cache / "text")


@contextmanager
def _ours(subject: Subject) -> Iterator[Service]:
    folder = subject.bundle("compiled").folder
    python = runtime_environment(folder, extra=ROOT / "requirements-web.txt")
    with handler_alone() as task, _started(python, ["handler.server"], task, THAW_BUNDLE=folder) as service:
        yield service


@contextmanager
def _theirs(subject: Subject) -> Iterator[Service]:
    python = subject.python("fastapi", "httptools", "uvicorn", "uvloop", own=True)
    module = ["uvicorn", "main:app", "--no-access-log", "--log-level", "warning"]
    with _started(python, module, ROOT / "images" / "post", MODEL=subject.model.folder) as service:
        yield service


SERVICES: dict[str, Callable[[Subject], AbstractContextManager[Service]]] = {
    OURS: _ours,
    THEIRS: _theirs,
}


@contextmanager
def _started(python: Path, module: list[str], folder: Path, **paths: Path) -> Iterator[Service]:
    """A service on a free port, and its log in a file that goes with it."""
    port = free(0)
    variables = {name: str(path.resolve()) for name, path in paths.items()}
    variables |= {"PORT": str(port), "UVICORN_PORT": str(port), "WEB_CONCURRENCY": str(WORKERS)}
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            [str(python), "-m", *module], cwd=folder, env=environment(**variables), stdout=log, stderr=log
        )
        try:
            wait(server, port)
            yield server, port
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)


if __name__ == "__main__":
    sys.exit(main())
