"""What is built again when something changes, and what a build that fails leaves behind."""

import re
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from commands import BUILD_SECONDS, ROOT, environment, run

INSTALLS = ("model.install", "requirements.txt", "requirements-build.txt", "requirements-kernel.txt", "model.viewer")
"""What marks a step that installs something."""


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Path]:
    """A copy of what the Dockerfile is given, once built."""
    folder = tmp_path / "context"
    folder.mkdir()
    for name in ("Dockerfile", ".dockerignore", *(path.name for path in ROOT.glob("requirements*.txt"))):
        shutil.copy(ROOT / name, folder)
    for name in ("handler", "model"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    build(folder)
    yield folder
    run("docker", "image", "rm", "thaw-test-layers")


def build(folder: Path) -> str:
    """Build the image of a folder; what buildx says of it."""
    flags = ["--provenance=false", "--sbom=false", "--progress", "plain", "--tag", "thaw-test-layers"]
    return run("docker", "build", *flags, str(folder), seconds=BUILD_SECONDS).stderr


def done_again(log: str) -> list[str]:
    """The steps that were not taken from the cache."""
    named = dict(re.findall(r"^(#\d+) \[(.+)$", log, re.MULTILINE))
    cached = set(re.findall(r"^(#\d+) CACHED$", log, re.MULTILINE))
    return [step for number, step in named.items() if number not in cached]


def change_the_model(folder: Path) -> None:
    """Another file in its place, which was never built, and no other requirement."""
    with (folder / "model" / "artifact" / "MLmodel").open("a") as described:
        described.write(f"# {uuid.uuid4().hex}\n")


def change_the_handler(folder: Path) -> None:
    """Another word in its code, which never stood there."""
    with (folder / "handler" / "web.py").open("a") as code:
        code.write(f"# {uuid.uuid4().hex}\n")


@pytest.mark.parametrize("change", [change_the_model, change_the_handler], ids=lambda change: change.__name__)
def test_a_change_installs_nothing_again(change: Callable[[Path], None], context: Path) -> None:
    """The bundle is proved anew, and that is all that takes time."""
    change(context)
    again = done_again(build(context))

    assert [step for step in again if "model build" in step]
    assert not [step for step in again if "RUN" in step and any(word in step for word in INSTALLS)]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda model: (model / "MLmodel").unlink(), "MLmodel"),
        (lambda model: (model / "model.pkl").write_bytes(b"nothing"), "cannot load the model"),
        (lambda model: (model / "requirements.txt").write_text("no-such-package-anywhere==1\n"), "do not install"),
    ],
    ids=["missing", "broken", "requirements"],
)
def test_a_model_that_does_not_build_says_why(spoil: Callable[[Path], object], said: str, tmp_path: Path) -> None:
    """One line does, and there is no image of that name."""
    model, tag = tmp_path / "artifact", f"thaw-test-none:{uuid.uuid4().hex}"
    shutil.copytree(ROOT / "model" / "artifact", model)
    spoil(model)

    command = ["docker", "build", "--progress", "plain", "--build-context", f"artifact={model}", "--tag", tag, "."]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=BUILD_SECONDS, check=False
    )

    assert done.returncode
    assert [line for line in done.stderr.splitlines() if "error: " in line and said in line]
    assert not run("docker", "image", "ls", "--quiet", tag).stdout
