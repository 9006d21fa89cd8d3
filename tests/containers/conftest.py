"""One image for all tests of this folder, and what its handler answers in process.

Where no Docker engine answers, all tests here are skipped for one stated reason; THAW_REQUIRE_DOCKER=1 makes
that a failure.
"""

import functools
import json
import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import BUILD_SECONDS, EVENTS, ROOT, python_in, run
from needs import need

# Prints the megabytes of what the Dockerfile put into the task's folder.
SIZES = """
import pathlib
sums = dict.fromkeys(("packages", "bundle", "handler"), 0)
for path in pathlib.Path("/var/task").rglob("*"):
    part = path.relative_to("/var/task").parts[0]
    sums[part if part in sums else "packages"] += path.lstat().st_size / 1e6
print(*(f"{part} {size:.1f}" for part, size in sums.items()), sep=", ", end="")
"""

# Answers every event of standard input by calling the handler, without a runtime client.
ANSWERS = """
import json, sys, types
from handler.app import handler
events = json.load(sys.stdin)
print("ANSWERS" + json.dumps({name: handler(event, types.SimpleNamespace()) for name, event in events.items()}))
"""

SIZE = pytest.StashKey[str]()


def pytest_runtest_setup() -> None:
    """No test here can do without a Docker engine."""
    need("DOCKER", engine_answers(), "no Docker engine answers, so the image was not tested")


@functools.cache
def engine_answers() -> bool:
    """Whether there is one; asked once."""
    try:
        subprocess.run(["docker", "info"], capture_output=True, check=True, timeout=30)  # noqa: S607 - as installed
    except (OSError, subprocess.SubprocessError):
        return False
    return True


@pytest.fixture(scope="session", name="image")
def _image(pytestconfig: pytest.Config) -> Iterator[str]:
    """The image of the Dockerfile as it stands."""
    tag = f"thaw-test:{uuid.uuid4().hex}"
    run("docker", "build", "--provenance=false", "--sbom=false", "--tag", tag, ".", seconds=BUILD_SECONDS)
    try:
        pytestconfig.stash[SIZE] = f"the image adds to its base, in MB: {python_in(tag, SIZES)}"
        yield tag
    finally:
        run("docker", "image", "rm", tag)


@pytest.fixture(scope="session", name="sam")
def _sam() -> Path:
    """The SAM CLI, which `make test` installs; the variable SAM names another."""
    sam = Path(os.environ.get("SAM", ROOT / ".venv-sam" / "bin" / "sam"))
    if not sam.exists():
        pytest.fail(f"{sam} is not there: run the tests by `make test`, or set SAM", pytrace=False)
    return sam


@pytest.fixture(scope="session", name="built")
def _built(sam: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template that `sam build` writes."""
    folder = tmp_path_factory.mktemp("sam")
    run(sam, "build", "--build-dir", folder, seconds=BUILD_SECONDS)
    return folder / "template.yaml"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how large the image is."""
    if SIZE in config.stash:
        terminalreporter.write_line(config.stash[SIZE])


@pytest.fixture(scope="session", name="expected")
def _expected(image: str) -> dict[str, Any]:
    """By file name, the handler's answer to each event when it is called in process."""
    events = {path.name: json.loads(path.read_bytes()) for path in EVENTS}
    return json.loads(python_in(image, ANSWERS, stdin=json.dumps(events)).split("ANSWERS")[1])
