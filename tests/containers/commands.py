"""Helpers of the container tests: run commands, send requests, start containers."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
EVENTS = sorted((ROOT / "events").glob("*.json"))

BUILD_SECONDS = 1200
CALL_SECONDS = 120
START_SECONDS = 60


def run(
    *command: str | Path, stdin: str | None = None, seconds: float = CALL_SECONDS, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in the repository's root; if it fails, fail the test with its output."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env=environment() | variables,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{' '.join(map(str, command))}\n{done.stdout[-4000:]}{done.stderr[-4000:]}", pytrace=False)
    return done


def environment() -> dict[str, str]:
    """Return the environment of every command; the SAM CLI needs a region even offline."""
    return {"AWS_DEFAULT_REGION": "eu-west-1", "SAM_CLI_TELEMETRY": "0", **os.environ}


def python_in(image: str, script: str, stdin: str = "") -> str:
    """Run a Python script in an image's task directory; return its output."""
    docker_run = ["docker", "run", "--rm", "--interactive", "--network", "none", "--entrypoint", "python"]
    return run(*docker_run, image, "-c", script, stdin=stdin).stdout


def ask(request: urllib.request.Request) -> tuple[int, bytes]:
    """Send an HTTP request as soon as a server listens; return status and body."""
    give_up = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(request, timeout=CALL_SECONDS) as answer:  # noqa: S310 - our own address
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()
        except (ConnectionError, urllib.error.URLError):
            if time.monotonic() > give_up:
                raise
            time.sleep(0.1)


@contextmanager
def invoking(image: str, *options: str) -> Iterator[Callable[[bytes], Any]]:
    """Run a container with Lambda's restrictions; yield a function that sends events to its emulator."""
    restricted = ["--read-only", "--ipc", "none", "--tmpfs", "/tmp", "--user", "993:990"]  # noqa: S108 - Lambda's own
    published = ["--publish", "127.0.0.1::8080"]
    container = run("docker", "run", "--detach", *restricted, *options, *published, image).stdout.strip()
    try:
        address = run("docker", "port", container, "8080").stdout.strip()
        url = f"http://{address}/2015-03-31/functions/function/invocations"
        yield lambda event: json.loads(ask(urllib.request.Request(url, event))[1])
    finally:
        run("docker", "rm", "--force", "--volumes", container)


def same(answer: Any) -> str:
    """Return a response as text to compare, without the request id."""
    for headers in ("headers", "multiValueHeaders"):
        if headers in answer:
            answer = answer | {headers: answer[headers] | {"x-request-id": ""}}
    return json.dumps(answer)
