"""The build cache: which steps run again after a change, and how a failed build is reported."""

import re
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from containers.commands import BUILD_SECONDS, ROOT, environment, run

INSTALLS = (
    "model.image.install",
    "requirements.txt",
    "requirements/build.txt",
    "requirements/kernel.txt",
    "model.image.viewer",
)
"""Texts that mark a step that installs something."""


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Path]:
    """A copy of the build context, built once."""
    folder = tmp_path / "context"
    folder.mkdir()
    for name in ("Dockerfile", ".dockerignore"):
        shutil.copy(ROOT / name, folder)
    for name in ("handler", "model", "requirements"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    build(folder)
    yield folder
    run("docker", "image", "rm", "thaw-test-layers")


def build(folder: Path) -> str:
    """Build the image of a directory; return the log of buildx."""
    flags = ["--provenance=false", "--sbom=false", "--progress", "plain", "--tag", "thaw-test-layers"]
    return run("docker", "build", *flags, str(folder), seconds=BUILD_SECONDS).stderr


def find_uncached_steps(log: str) -> list[str]:
    """Return the steps that were not cached."""
    named = dict(re.findall(r"^(#\d+) \[(.+)$", log, re.MULTILINE))
    cached = set(re.findall(r"^(#\d+) CACHED$", log, re.MULTILINE))
    return [step for number, step in named.items() if number not in cached]


def change_the_model(folder: Path) -> None:
    """Change a file of the model, but not its requirements, in a way that was never built before."""
    with (folder / "model" / "artifact" / "MLmodel").open("a") as described:
        described.write(f"# {uuid.uuid4().hex}\n")


def change_the_handler(folder: Path) -> None:
    """Change the handler's code in a way that was never built before."""
    with (folder / "handler" / "web.py").open("a") as code:
        code.write(f"# {uuid.uuid4().hex}\n")


@pytest.mark.parametrize("change", [change_the_model, change_the_handler], ids=lambda change: change.__name__)
def test_a_change_installs_nothing_again(change: Callable[[Path], None], context: Path) -> None:
    """The bundle is proved again, but no step that installs packages runs again."""
    change(context)
    again = find_uncached_steps(build(context))

    assert [step for step in again if "model build" in step]
    assert not [step for step in again if "RUN" in step and any(word in step for word in INSTALLS)]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda model: (model / "MLmodel").unlink(), "MLmodel"),
        (lambda model: (model / "model.pkl").write_bytes(b"nothing"), "cannot load the model"),
        (
            lambda model: (model / "requirements.txt").write_text("no-such-package-anywhere==1\n"),
            "which the package index does not have",
        ),
        (
            lambda model: (model / "MLmodel").write_text((model / "MLmodel").read_text().replace("3.11", "3.8")),
            "--build-arg MODEL_PYTHON=3.8",
        ),
    ],
    ids=["missing", "broken", "requirements", "another Python"],
)
def test_a_model_that_does_not_build_says_why(spoil: Callable[[Path], object], message: str, tmp_path: Path) -> None:
    """One line of the log says why, and no image is tagged."""
    model, tag = tmp_path / "artifact", f"thaw-test-none:{uuid.uuid4().hex}"
    shutil.copytree(ROOT / "model" / "artifact", model)
    spoil(model)

    command = ["docker", "build", "--progress", "plain", "--build-context", f"artifact={model}", "--tag", tag, "."]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=BUILD_SECONDS, check=False
    )

    assert done.returncode
    assert [line for line in done.stderr.splitlines() if "error: " in line and message in line]
    assert not run("docker", "image", "ls", "--quiet", tag).stdout
