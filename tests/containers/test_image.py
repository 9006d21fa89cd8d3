"""The image of the unmodified Dockerfile: its responses and its content."""

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from containers.commands import BUILD_SECONDS, EVENTS, invoking, python_in, run, same

TOKEN = "a-token-that-must-not-leak"  # noqa: S105 - opens nothing

# Prints the bundle's requirements, then the installed packages.
PACKAGES = """
import importlib.metadata, re
def normal(pin):
    name, _, version = pin.strip().partition("==")
    return re.sub("[-_.]+", "-", name).lower() + "==" + version
print(*sorted(map(normal, open("bundle/requirements.txt"))))
found = importlib.metadata.distributions(path=["/var/task"])
print(*sorted(normal(f"{one.name}=={one.version}") for one in found))
"""

# Prints every file and directory that other users cannot read.
PRIVATE = """
import pathlib
for path in pathlib.Path("/var/task").rglob("*"):
    needed = 0o005 if path.is_dir() else 0o004
    if path.stat().st_mode & needed != needed:
        print(path)
"""

# Prints every module whose bytecode is missing or is checked against its source at import.
UNCOMPILED = """
import importlib.util, marshal, pathlib, sys
UNCHECKED = (1).to_bytes(4, "little")
root = pathlib.Path("/var/task")
with (root / "handler" / "__pycache__" / f"{sys.implementation.cache_tag}.archive").open("rb") as archive:
    gathered = marshal.load(archive)
for path in root.rglob("*.py"):
    if path.relative_to(root).as_posix() in gathered:
        continue
    compiled = pathlib.Path(importlib.util.cache_from_source(path))
    if not compiled.exists() or compiled.read_bytes()[4:8] != UNCHECKED:
        print(path)
"""

# Prints which parts of the project and which tools exist.
LEFT_OVER = """
import os, shutil
print(*(name for name in ("handler", "bundle", "model", "artifact", "/thaw") if os.path.exists(name)))
print(*(name for name in ("uv", "mlflow") if shutil.which(name)))
"""

# Prints the file that evaluates trees, and its sources.
KERNEL = """
import pathlib
from handler.backends.compiled import trees
print(pathlib.Path(trees.kernel.__file__).name)
print(*(path.name for path in pathlib.Path("handler").rglob("*.[ch]")))
"""


@pytest.fixture(scope="module", name="invoke")
def _invoke(image: str) -> Iterator[Callable[[bytes], Any]]:
    """Yield a function that sends an event to the Runtime Interface Emulator."""
    with invoking(image) as invoke:
        yield invoke


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_responds_as_in_process(path: Path, invoke: Callable[[bytes], Any], expected: dict[str, Any]) -> None:
    """Without privileges and on a read-only file system, every response equals that of the handler in process."""
    assert same(expected[path.name]) == same(invoke(path.read_bytes()))


def test_contains_the_bundles_packages_only(image: str) -> None:
    """The packages are exactly the bundle's requirements."""
    required, installed = (line.split() for line in python_in(image, PACKAGES).splitlines())

    assert required == installed
    assert not {"mlflow", "mlflow-skinny", "pandas", "pip", "uv"} & {pin.split("==")[0] for pin in installed}


def test_contains_no_build_tools(image: str) -> None:
    """Of the project, only the handler and the bundle are in the image."""
    assert ["handler bundle", ""] == python_in(image, LEFT_OVER).splitlines()


def test_evaluates_trees_in_c(image: str) -> None:
    """The kernel's shared object is used, and its source is not in the image."""
    assert ["_trees.abi3.so", ""] == python_in(image, KERNEL).splitlines()


def test_everyone_may_read(image: str) -> None:
    """Every file and directory is readable for all users."""
    assert not python_in(image, PRIVATE)


def test_everything_is_compiled(image: str) -> None:
    """Every module has bytecode that is not checked against its source: of its own, or in the handler's archive."""
    assert not python_in(image, UNCOMPILED)


def test_the_command_is_the_handler(image: str) -> None:
    """The image sets the handler as its command, and no user."""
    config = json.loads(run("docker", "image", "inspect", "--format", "{{json .Config}}", image).stdout)

    assert ["handler.app.handler"] == config["Cmd"]
    assert not config.get("User")


def test_a_secret_is_used_and_stays_out_of_layers(tmp_path: Path) -> None:
    """A private index is used for the build tools, and its token is not in the image."""
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
