"""`python -m bench.web`: measure requests per second of the web service, and of what people use instead.

The FastAPI service in `images/post` and MLServer are the others. Each runs two workers and the shipped model. wrk sends
the input example over keep-alive connections, to each in turn.
"""

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bench import models
from bench.measure import ProgramError
from bench.subject import Subject
from local.errors import LocalError
from local.serve import HOST, find_port, wait_until_listening
from local.stage import environment
from model.build.reference import model_python
from model.environment import runtime_environment
from model.errors import ModelError
from model.process import ROOT, handler_alone
from model.work_folder import work_folder

WORKERS, ROUNDS, SECONDS, CONNECTIONS = 2, 5, 3, 16
OURS, FASTAPI, MLSERVER = "thaw web, compiled", "FastAPI + mlflow.pyfunc", "MLServer + mlflow.pyfunc"

_MLSERVER_LOCK = ROOT / "requirements" / "mlserver.txt"
_MLSERVER_NAME = "text"
_READY_TIMEOUT = 120.0  # seconds
_SCRIPT = 'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [==[{body}]==]\n'
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_LATENCY = re.compile(r"99%\s+(\S+)")
_FAILED = re.compile(r"Non-2xx or 3xx responses: \d+|Socket errors: .+")


class Service(NamedTuple):
    """A running server.

    Attributes:
        process: its process, the parent of its workers.
        port: the port that it listens on.
        path: path of its predictions.
        wrap: returns the body for a row.
    """

    process: subprocess.Popen[bytes]
    port: int
    path: str = "/predict"
    wrap: Callable[[Any], Any] = lambda row: row


class Round(NamedTuple):
    """A measurement: requests per second, 99th percentile of latency, and failures."""

    rate: float
    p99: str
    failed: str


def main() -> int:
    """Measure and print."""
    argparse.ArgumentParser(prog="python -m bench.web", description=__doc__).parse_args()
    console = Console()
    try:
        with console.status("measuring"), ExitStack() as stack:
            subject = _subject()
            services = {name: stack.enter_context(start(subject)) for name, start in SERVICES.items()}
            rounds = measure_rounds(services, subject.bench_model.example)
            memory = {name: proportional_megabytes(service.process.pid) for name, service in services.items()}
    except (LocalError, ModelError, ProgramError) as error:
        console.print(str(error), markup=False)
        return 1
    table = Table("service", "requests/s", "p99", "MB", "failed", title=f"{WORKERS} workers each", box=SIMPLE_HEAD)
    rates = {name: statistics.median(each.rate for each in found) for name, found in rounds.items()}
    for name, found in rounds.items():
        failed = "; ".join(filter(None, (each.failed for each in found))) or "none"
        table.add_row(name, f"{rates[name]:,.0f}", found[-1].p99, f"{memory[name]:.0f}", failed)
    console.print(table)
    for name in (FASTAPI, MLSERVER):
        compared = (
            f"requests per second: {rates[OURS] / rates[name]:.1f} x; memory: {memory[OURS] / memory[name]:.2f} x"
        )
        console.print(f"next to {name}: {compared}")
    return 0


def measure_rounds(services: Mapping[str, Service], row: dict[str, Any]) -> dict[str, list[Round]]:
    """Measure the services in turn, after a warm-up round.

    Raises:
        ProgramError: wrk is not installed, or fails.
    """
    rounds: dict[str, list[Round]] = {name: [] for name in services}
    for number in range(ROUNDS + 1):
        for name, service in services.items():
            found = _run_wrk(service, row)
            rounds[name] += [found] if number else []
    return rounds


def _run_wrk(service: Service, row: dict[str, Any]) -> Round:
    command = ["wrk", "--latency", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s"]
    url = f"http://{HOST}:{service.port}{service.path}"
    try:
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
            script.write(_SCRIPT.format(body=json.dumps(service.wrap(row))))
            script.flush()
            done = subprocess.run(
                [*command, f"-s{script.name}", url], capture_output=True, text=True, check=True, timeout=60
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


@contextmanager
def _run_mlserver(subject: Subject) -> Iterator[Service]:
    python = model_python(subject.model, _MLSERVER_LOCK)
    port, grpc_port, metrics_port = (find_port(0) for _ in range(3))
    server = {"host": HOST, "http_port": port, "grpc_port": grpc_port, "metrics_port": metrics_port}
    model = {"uri": str(subject.model.folder.resolve())}
    with work_folder("thaw-") as folder:
        (folder / "settings.json").write_text(json.dumps({**server, "debug": False, "parallel_workers": WORKERS}))
        described = {"name": _MLSERVER_NAME, "implementation": "mlserver_mlflow.MLflowRuntime", "parameters": model}
        (folder / "model-settings.json").write_text(json.dumps(described))
        with _run_service(python, ["mlserver.cli.main", "start", "."], folder, port) as service:
            _wait_until_ready(f"http://{HOST}:{port}/v2/models/{_MLSERVER_NAME}/ready")
            yield service._replace(path="/invocations", wrap=lambda row: {"dataframe_records": [row]})


def _wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + _READY_TIMEOUT
    while time.monotonic() < deadline:
        with suppress(OSError), urlopen(url):  # noqa: S310 - http, on this machine
            return
        time.sleep(0.2)
    raise ProgramError(f"{url} is not ready after {_READY_TIMEOUT:g} seconds")


SERVICES: dict[str, Callable[[Subject], AbstractContextManager[Service]]] = {
    OURS: _run_thaw,
    FASTAPI: _run_fastapi,
    MLSERVER: _run_mlserver,
}


@contextmanager
def _run_service(python: Path, module: list[str], folder: Path, port: int = 0, **paths: Path) -> Iterator[Service]:
    """Run a service on a port, by default a free one, with its log in a temporary file."""
    port = find_port(port)
    variables = {name: str(path.resolve()) for name, path in paths.items()}
    variables |= {"PORT": str(port), "UVICORN_PORT": str(port), "WEB_CONCURRENCY": str(WORKERS)}
    with tempfile.TemporaryFile() as log:
        command = [str(python), "-m", *module]
        server = subprocess.Popen(
            command, cwd=folder, env=environment(**variables), stdout=log, stderr=log, start_new_session=True
        )
        try:
            wait_until_listening(server, port)
            yield Service(server, port)
        finally:
            os.killpg(server.pid, signal.SIGKILL)  # MLServer does not always stop on SIGTERM
            server.wait()


if __name__ == "__main__":
    sys.exit(main())
