"""The image of the unmodified Dockerfile: what it answers, and what it holds."""

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import BUILD_SECONDS, EVENTS, invoking, python_in, run, same

TOKEN = "a-token-that-must-not-leak"  # noqa: S105 - opens nothing

# Prints what the bundle requires, then what is installed.
PACKAGES = """
import importlib.metadata, re
def normal(pin):
    name, _, version = pin.strip().partition("==")
    return re.sub("[-_.]+", "-", name).lower() + "==" + version
print(*sorted(map(normal, open("bundle/requirements.txt"))))
found = importlib.metadata.distributions(path=["/var/task"])
print(*sorted(normal(f"{one.name}=={one.version}") for one in found))
"""

# Prints every file or folder that another user could not read.
PRIVATE = """
import pathlib
for path in pathlib.Path("/var/task").rglob("*"):
    needed = 0o005 if path.is_dir() else 0o004
    if path.stat().st_mode & needed != needed:
        print(path)
"""

# Prints every module whose bytecode is missing, or would be checked against its source at each import.
UNCOMPILED = """
import importlib.util, pathlib
UNCHECKED = (1).to_bytes(4, "little")
for path in pathlib.Path("/var/task").rglob("*.py"):
    compiled = pathlib.Path(importlib.util.cache_from_source(path))
    if not compiled.exists() or compiled.read_bytes()[4:8] != UNCHECKED:
        print(path)
"""

# Prints what of the project and of its tools is there.
LEFT_OVER = """
import os, shutil
print(*(name for name in ("handler", "bundle", "model", "artifact", "/thaw") if os.path.exists(name)))
print(*(name for name in ("uv", "mlflow") if shutil.which(name)))
"""

# Prints what evaluates trees, and what of its source is there.
KERNEL = """
import pathlib
from handler.backends.compiled import trees
print(pathlib.Path(trees.kernel.__file__).name)
print(*(path.name for path in pathlib.Path("handler").rglob("*.[ch]")))
"""


@pytest.fixture(scope="module", name="invoke")
def _invoke(image: str) -> Iterator[Callable[[bytes], Any]]:
    """Sends an event to the Runtime Interface Emulator."""
    with invoking(image) as invoke:
        yield invoke


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_answers_as_in_process(path: Path, invoke: Callable[[bytes], Any], expected: dict[str, Any]) -> None:
    """Without rights and on a read-only file system, every event is answered as by the handler in process."""
    assert same(expected[path.name]) == same(invoke(path.read_bytes()))


def test_holds_the_bundles_packages_only(image: str) -> None:
    """The packages are those of the bundle's requirements, and none that only training or building needs."""
    required, installed = (line.split() for line in python_in(image, PACKAGES).splitlines())

    assert required == installed
    assert not {"mlflow", "mlflow-skinny", "pandas", "pip", "uv"} & {pin.split("==")[0] for pin in installed}


def test_holds_no_builder(image: str) -> None:
    """Of the project there are the handler and the bundle; the build half and its tools stay behind."""
    assert ["handler bundle", ""] == python_in(image, LEFT_OVER).splitlines()


def test_evaluates_trees_in_c(image: str) -> None:
    """Of what does so there is the shared object alone."""
    assert ["_trees.abi3.so", ""] == python_in(image, KERNEL).splitlines()


def test_everyone_may_read(image: str) -> None:
    """Every file and folder can be read by any user."""
    assert not python_in(image, PRIVATE)


def test_everything_is_compiled(image: str) -> None:
    """Every module has bytecode that is taken without a look at its source."""
    assert not python_in(image, UNCOMPILED)


def test_starts_the_handler_and_names_no_user(image: str) -> None:
    """The command is the handler, and the user is left to the platform."""
    config = json.loads(run("docker", "image", "inspect", "--format", "{{json .Config}}", image).stdout)

    assert ["handler.app.handler"] == config["Cmd"]
    assert not config.get("User")


def test_a_secret_is_used_and_stays_out_of_layers(tmp_path: Path) -> None:
    """A private index is asked for the builder's tools, and its token is nowhere in the image."""
    secret, saved, tag = tmp_path / "pip.conf", tmp_path / "image.tar", f"thaw-test:{uuid.uuid4().hex}"
    secret.write_text(f"[global]\nextra-index-url = http://reader:{TOKEN}@127.0.0.1:9/simple\nretries = 0\n")
    build = ["docker", "build", "--progress", "plain", "--target", "tools", "--no-cache-filter", "tools"]

    log = run(*build, "--secret", f"id=pip.conf,src={secret}", "--tag", tag, ".", seconds=BUILD_SECONDS).stderr
    try:
        history = run("docker", "history", "--no-trunc", tag).stdout
        run("docker", "save", "--output", saved, tag)
    finally:
        run("docker", "image", "rm", tag)
    layers = saved.read_bytes()

    assert "127.0.0.1:9/simple" in log
    assert b"msgspec/__init__.py" in layers  # so layers are not compressed
    assert TOKEN.encode() not in layers
    assert TOKEN not in log + history
