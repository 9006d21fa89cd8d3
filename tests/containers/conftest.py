"""One image for all tests of this directory, and the responses of its handler when called in process.

Without a running Docker engine all tests here are skipped; with TESTS_REQUIRE_DOCKER=1 they fail.
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
from containers.commands import BUILD_SECONDS, EVENTS, ROOT, python_in, run
from documented import SHIPPED
from needs import need

# Prints the megabytes of the parts of the task directory.
SIZES = """
import pathlib
sums = dict.fromkeys(("packages", "bundle", "handler"), 0)
for path in pathlib.Path("/var/task").rglob("*"):
    part = path.relative_to("/var/task").parts[0]
    sums[part if part in sums else "packages"] += path.lstat().st_size / 1e6
print(*(f"{part} {size:.1f}" for part, size in sums.items()), sep=", ", end="")
"""

# Calls the handler with every event on standard input, without a runtime client.
ANSWERS = """
import json, sys, types
from handler.app import handler
events = json.load(sys.stdin)
print("ANSWERS" + json.dumps({name: handler(event, types.SimpleNamespace()) for name, event in events.items()}))
"""

SIZE = pytest.StashKey[str]()


def pytest_runtest_setup() -> None:
    """Skip the test if there is no Docker engine, or if the image would be that of a user's own model."""
    if not SHIPPED:
        pytest.skip("the images of the sample model are tested, and model/artifact holds another one")
    need("DOCKER", engine_responds(), "the Docker engine does not respond, so the image was not tested")


@functools.cache
def engine_responds() -> bool:
    """Return whether a Docker engine responds; checked once."""
    try:
        subprocess.run(["docker", "info"], capture_output=True, check=True, timeout=30)  # noqa: S607 - as installed
    except (OSError, subprocess.SubprocessError):
        return False
    return True


@pytest.fixture(scope="session", name="image")
def _image(pytestconfig: pytest.Config) -> Iterator[str]:
    """The image of the unmodified Dockerfile."""
    tag = f"thaw-test:{uuid.uuid4().hex}"
    run("docker", "build", "--provenance=false", "--sbom=false", "--tag", tag, ".", seconds=BUILD_SECONDS)
    try:
        pytestconfig.stash[SIZE] = f"the image adds to its base, in MB: {python_in(tag, SIZES)}"
        yield tag
    finally:
        run("docker", "image", "rm", tag)


@pytest.fixture(scope="session", name="sam")
def _sam() -> Path:
    """The SAM CLI, which `make test` installs; the variable SAM overrides it."""
    sam = Path(os.environ.get("SAM", ROOT / ".venv-sam" / "bin" / "sam"))
    if not sam.exists():
        pytest.fail(f"{sam} does not exist: run the tests with `make test`, or set SAM", pytrace=False)
    return sam


@pytest.fixture(scope="session", name="built")
def _built(sam: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template that `sam build` writes."""
    folder = tmp_path_factory.mktemp("sam")
    run(sam, "build", "--build-dir", folder, seconds=BUILD_SECONDS)
    return folder / "template.yaml"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the size of the image."""
    if SIZE in config.stash:
        terminalreporter.write_line(config.stash[SIZE])


@pytest.fixture(scope="session", name="expected")
def _expected(image: str) -> dict[str, Any]:
    """The handler's response to each event by file name, when called in process."""
    events = {path.name: json.loads(path.read_bytes()) for path in EVENTS}
    found: dict[str, Any] = json.loads(python_in(image, ANSWERS, stdin=json.dumps(events)).split("ANSWERS")[1])
    return found
