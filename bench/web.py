"""`python -m bench.web`: measure requests per second of the web service and of the FastAPI service in `images/post`.

Both run two workers and the shipped model. wrk sends the input example over keep-alive connections, to each in turn.
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
from local.serve import HOST, find_port, wait_until_listening
from local.stage import environment
from model.environment import runtime_environment
from model.errors import ModelError
from model.process import ROOT, handler_alone

WORKERS, ROUNDS, SECONDS, CONNECTIONS = 2, 5, 3, 16
OURS, THEIRS = "thaw web, compiled", "FastAPI + mlflow.pyfunc"

_SCRIPT = 'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [==[{body}]==]\n'
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_LATENCY = re.compile(r"99%\s+(\S+)")
_FAILED = re.compile(r"Non-2xx or 3xx responses: \d+|Socket errors: .+")


Service = tuple[subprocess.Popen[bytes], int]
"""A running server and its port."""


class Round(NamedTuple):
    """A measurement: requests per second, 99th percentile of latency, and failures."""

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
            rounds = measure_rounds(services, json.dumps(subject.bench_model.example))
            memory = {name: proportional_megabytes(server.pid) for name, (server, _) in services.items()}
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
        f"requests per second: {rates[OURS] / rates[THEIRS]:.1f} x; memory: {memory[OURS] / memory[THEIRS]:.2f} x"
    )
    return 0


def measure_rounds(services: Mapping[str, Service], body: str) -> dict[str, list[Round]]:
    """Measure the services in turn, after a warm-up round.

    Raises:
        ProgramError: wrk is not installed, or fails.
    """
    rounds: dict[str, list[Round]] = {name: [] for name in services}
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_SCRIPT.format(body=body))
        script.flush()
        for number in range(ROUNDS + 1):
            for name, (_, port) in services.items():
                found = _run_wrk(port, script.name)
                rounds[name] += [found] if number else []
    return rounds


def _run_wrk(port: int, script: str) -> Round:
    command = ["wrk", "--latency", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", f"-s{script}"]
    try:
        done = subprocess.run(
            [*command, f"http://{HOST}:{port}/predict"], capture_output=True, text=True, check=True, timeout=60
        )
    except FileNotFoundError:
        raise ProgramError("wrk is not installed: apt-get install wrk") from None
    except subprocess.SubprocessError as error:
        raise ProgramError(f"wrk: {getattr(error, 'stderr', '') or error}") from None
    output = done.stdout
    return Round(float(_RATE.findall(output)[0]), _LATENCY.findall(output)[0], ", ".join(_FAILED.findall(output)))


def proportional_megabytes(process: int) -> float:
    """Return the MB of a process and its children; shared memory counts once."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    own = re.findall(r"^Pss:\s+(\d+) kB", Path(f"/proc/{process}/smaps_rollup").read_text(), re.MULTILINE)
    return int(own[0]) / 1024 + sum(proportional_megabytes(int(child)) for child in children)


def _subject() -> Subject:
    cache = ROOT / "build" / "bench"
    return Subject(models.load_model("text", cache), cache / "text")


@contextmanager
def _run_thaw(subject: Subject) -> Iterator[Service]:
    folder = subject.bundle("compiled").folder
    python = runtime_environment(folder, extra=ROOT / "requirements" / "web.txt")
    with handler_alone() as task, _run_service(python, ["handler.server"], task, THAW_BUNDLE=folder) as service:
        yield service


@contextmanager
def _run_fastapi(subject: Subject) -> Iterator[Service]:
    python = subject.python("fastapi", "httptools", "uvicorn", "uvloop", own=True)
    module = ["uvicorn", "main:app", "--no-access-log", "--log-level", "warning"]
    with _run_service(python, module, ROOT / "images" / "post", MODEL=subject.model.folder) as service:
        yield service


SERVICES: dict[str, Callable[[Subject], AbstractContextManager[Service]]] = {
    OURS: _run_thaw,
    THEIRS: _run_fastapi,
}


@contextmanager
def _run_service(python: Path, module: list[str], folder: Path, **paths: Path) -> Iterator[Service]:
    """Run a service on a free port, with its log in a temporary file."""
    port = find_port(0)
    variables = {name: str(path.resolve()) for name, path in paths.items()}
    variables |= {"PORT": str(port), "UVICORN_PORT": str(port), "WEB_CONCURRENCY": str(WORKERS)}
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            [str(python), "-m", *module], cwd=folder, env=environment(**variables), stdout=log, stderr=log
        )
        try:
            wait_until_listening(server, port)
            yield server, port
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)


if __name__ == "__main__":
    sys.exit(main())
