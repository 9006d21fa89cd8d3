"""Measure images and a zip under Lambda's limits: `python -m bench --image thaw`.

The emulator in a container starts the function's process at the first request. *init* is the emulator's own figure
(`INIT REPORT` in its log), and *first* is the time of the first request, init included. The platform's part (fetching
the image, creating the sandbox) is not included. Peak memory is that of the container's cgroup, which contains the
emulator and the cached files that the container was the first to read. Files opened and bytes read, first request
included, come from one more start, and only where the container's processes can be seen from here.
"""

import http.client
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from bench.file_reads import OPENED, FileReads, listening, read_process
from bench.measure import ProgramError
from bench.programs import NOTHING
from bench.subject import PROGRAMS
from local.invoke import HANDLER
from model.process import ROOT

SIZES = {1769: 1.0, 1024: 0.58, 512: 0.29}
"""CPUs that Lambda assigns, by MB of memory."""

_DOCKERFILE = ROOT / "Dockerfile"
_HOST = "127.0.0.1"
_MOUNTED = "/opt/bench"  # in the container
_PATH = "/2015-03-31/functions/function/invocations"
_START_TIMEOUT = 60.0  # seconds
_INIT = re.compile(r"INIT REPORT\(durationMs: ([\d.]+)")
_PEAK = "cat /sys/fs/cgroup/memory.peak /sys/fs/cgroup/memory/memory.max_usage_in_bytes 2>/dev/null"


class Contained(NamedTuple):
    """One start of one image: times in milliseconds, and peak memory in MB."""

    init: float
    first: float
    warm: tuple[float, ...]
    peak: float


class Measured(NamedTuple):
    """One image at one size: its starts, and what one more start reads; None if that cannot be seen."""

    starts: list[Contained]
    reads: FileReads | None


def measure(
    images: list[str],
    unzipped: Path,
    event: Any,
    *,
    starts: int,
    requests: int,
    done: Callable[[], object] = lambda: None,
) -> dict[int, dict[str, Measured]]:
    """Start each image and a zip `starts` times at each size, interleaved with the base image and an empty handler.

    Args:
        images: names of the images.
        unzipped: the directory of a zip's function, which runs on the base image.
        event: the event to send.
        starts: starts of each, after a warm-up start.
        requests: requests per start after the first.
        done: called after each round.

    Raises:
        ProgramError: Docker failed, or an image returned an error.
    """
    base = base_image()
    nothing = ["--volume", f"{PROGRAMS / 'nothing.py'}:/var/task/nothing.py:ro", base, "nothing.handler"]
    zipped = ["--volume", f"{unzipped}:/var/task:ro", base, HANDLER]
    commands = {NOTHING: nothing, **{image: [image] for image in images}, "the same in a zip": zipped}
    body = json.dumps(event).encode()
    reads = {name: _reads(name if name in images else base, command, body) for name, command in commands.items()}
    results = {size: {name: Measured([], reads[name]) for name in commands} for size in SIZES}
    for size in SIZES:
        for number in range(starts + 1):
            for name, command in commands.items():
                found = _start(command, size, body, requests)
                if number:
                    results[size][name].starts.append(found)
            done()
    return results


def _start(command: list[str], size: int, body: bytes, requests: int) -> Contained:
    with _container(command, size) as (identity, port):
        _wait(port)
        first, *warm = [_invoke(port, body) for _ in range(requests + 1)]
        found = _INIT.search(_docker("logs", identity))
        return Contained(float(found[1]) if found else first, first, tuple(warm), _peak(identity))


def _reads(image: str, command: list[str], body: bytes) -> FileReads | None:
    """Return what a start and its first request read; None where the container's processes cannot be seen."""
    with listening() as folder:
        places = [*_python_path(image), _MOUNTED]
        variables = {"PYTHONPATH": ":".join(places), "BENCH_OPENED": f"{_MOUNTED}/{OPENED}"}
        more = [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]
        with _container(["--volume", f"{folder}:{_MOUNTED}", *more, *command], max(SIZES)) as (identity, port):
            _wait(port)
            _invoke(port, body)
            for line in _docker("top", identity, "-eo", "pid,args").splitlines():
                pid, _, arguments = line.strip().partition(" ")
                if "python" in arguments:
                    with suppress(OSError):
                        return read_process(int(pid), folder / OPENED)
    return None


def _python_path(image: str) -> list[str]:
    """Return the directories of an image's PYTHONPATH."""
    variables: list[str] = json.loads(_docker("image", "inspect", "--format", "{{json .Config.Env}}", image))
    path = dict(line.partition("=")[::2] for line in variables).get("PYTHONPATH", "")
    return path.split(":") if path else []


@contextmanager
def _container(command: list[str], size: int) -> Iterator[tuple[str, int]]:
    limits = ["--cpus", str(SIZES[size]), "--memory", f"{size}m", "--memory-swap", f"{size}m"]
    system = ["--read-only", "--tmpfs", "/tmp", "--user", "993", "--publish", f"{_HOST}::8080"]  # noqa: S108 - Lambda's
    identity = _docker("run", "--detach", *limits, *system, *command).splitlines()[-1]
    try:
        yield identity, int(_docker("port", identity, "8080/tcp").splitlines()[0].rpartition(":")[2])
    finally:
        _docker("rm", "--force", identity)


def _wait(port: int) -> None:
    """Return once the emulator responds; an unknown path does not start the function."""
    end = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < end:
        with suppress(OSError, http.client.HTTPException):
            _request(port, "GET", "/", b"")
            return
        time.sleep(0.05)
    raise ProgramError(f"the image did not respond within {_START_TIMEOUT:.0f} seconds")


def _invoke(port: int, body: bytes) -> float:
    began = time.perf_counter()
    response = _request(port, "POST", _PATH, body)
    milliseconds = (time.perf_counter() - began) * 1000
    if b'"statusCode"' not in response or json.loads(response)["statusCode"] != http.client.OK:
        raise ProgramError(f"the image returned {response.decode()[:2000]}")
    return milliseconds


def _request(port: int, method: str, path: str, body: bytes) -> bytes:
    connection = http.client.HTTPConnection(_HOST, port, timeout=120)
    try:
        connection.request(method, path, body)
        return connection.getresponse().read()
    finally:
        connection.close()


def _peak(identity: str) -> float:
    """Return the peak MB from the cgroup's files: from outside if visible, else with `cat` in the container."""
    folder = Path("/sys/fs/cgroup")
    places = [folder / "memory" / "docker" / identity / "memory.max_usage_in_bytes"]
    places += [folder / "system.slice" / f"docker-{identity}.scope" / "memory.peak"]
    seen = next((place.read_text() for place in places if place.exists()), None)
    return int(seen or _docker("exec", identity, "sh", "-c", f"{_PEAK} || true")) / 2**20


def base_image() -> str:
    """Return the base image of the Dockerfile."""
    prefix: list[str] = re.findall(r"^FROM (\S+)\$\{PYTHON_VERSION\} AS base", _DOCKERFILE.read_text(), re.MULTILINE)
    return prefix[0] + base_python()


def base_python() -> str:
    """Return the Python of the base image, such as `3.13`."""
    version: list[str] = re.findall(r"^ARG PYTHON_VERSION=(\S+)", _DOCKERFILE.read_text(), re.MULTILINE)
    return version[0]


def _docker(*words: str) -> str:
    try:
        done = subprocess.run(["docker", *words], capture_output=True, text=True, check=True, timeout=300)  # noqa: S607
    except FileNotFoundError:
        raise ProgramError("docker is not installed") from None
    except subprocess.SubprocessError as error:
        raise ProgramError(f"docker {words[0]}: {getattr(error, 'stderr', '') or error}") from None
    return (done.stdout + done.stderr if words[0] == "logs" else done.stdout).strip()
