"""The commands and files that the pages show, and a copy of the repository to try them in."""

import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from serving import free_port

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), ROOT / "events" / "README.md"]

SHIPPED = "FakeNewsTrueFalse" in (ROOT / "model" / "artifact" / "MLmodel").read_text("utf-8")
shipped = pytest.mark.skipif(
    not SHIPPED,
    reason="the pages show the shipped model, and model/artifact holds another one",
)

_SECONDS = 600
_ADDRESS = "http://127.0.0.1:8080"
_COPIED = ("*.md", "*.py", "Makefile", "pyproject.toml", "template.yaml")
_COPIED_FOLDERS = (
    "bench",
    "cloud",
    "docs",
    "events",
    "handler",
    "images",
    "local",
    "model",
    "project",
    "requirements",
    "tests",
    "thaw",
)
_SHARED = (".venv", ".venv-sam", "build/viewer")

# `make test` has just made these, so a command need not make them again.
_MADE = (".venv/ready", ".venv/developed", "build/kernel", "build/viewer", "build/bundle/manifest.json")
_MAKE = f"make {' '.join(f'--assume-old={name}' for name in _MADE)}"

_BLOCK = re.compile(r"(?P<before>[^\n]*)\n+```(?P<language>\w+)\n(?P<text>.*?)```", re.DOTALL)


class Command(NamedTuple):
    """A command line of a page, without its comment, and the lines that the page shows below it."""

    text: str
    output: list[str]
    needs: str

    @property
    def is_make(self) -> bool:
        """Whether it runs make."""
        return self.text.split()[0] == "make"


def blocks(text: str, *languages: str) -> Iterator[tuple[str, str, str]]:
    """Yield the code blocks in some languages: the language, the last line before the block, and its text."""
    for found in _BLOCK.finditer(text):
        if found["language"] in languages:
            yield found["language"], found["before"], found["text"]


def commands(text: str) -> Iterator[Command]:
    """Yield the commands of a page's `console` blocks."""
    for _, before, block in blocks(text, "console"):
        needs = re.fullmatch(r"<!-- needs (.*) -->", before)
        for shown in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, *output = shown.replace("\\\n", " ").splitlines()
            words = re.split(r"\s{2,}# ", line)[0].split(" ")
            yield Command(" ".join(filter(None, words)), output, needs[1] if needs else "")


def copied(to: Path) -> Path:
    """Copy the repository, with the bundle that `make test` made, and link the environments that take long to make."""
    for name in _COPIED_FOLDERS:
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (path for pattern in _COPIED for path in ROOT.glob(pattern)):
        shutil.copy(path, to)
    for name in ("bundle", "events"):
        shutil.copytree(ROOT / "build" / name, to / "build" / name)
    for name in _SHARED:
        if (ROOT / name).exists():
            (to / name).symlink_to((ROOT / name).resolve())
    return to


def run(command: Command, folder: Path, address: str = _ADDRESS) -> str:
    """Run a command in a copy of the repository and return what it prints; fail if it fails."""
    text = command.text.replace(_ADDRESS, address)
    if command.is_make:
        text = f"{_MAKE} {text.removeprefix('make')}"
    done = subprocess.run(  # noqa: S602 - a shell runs what a page shows
        text, shell=True, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    assert 0 == done.returncode, f"{command.text}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done.stdout


def check_output(command: Command, printed: str) -> None:
    """Compare what a command prints with what the page shows: each line, in order, numbers aside; `...` is anything."""
    lines = iter(printed.splitlines())
    for shown in filter(None, (line.strip() for line in command.output)):
        parts = (
            re.sub(r"\d[\d.,]*", r"\\d[\\d.,]*", re.escape(part).replace(r"\.", ".")) for part in shown.split("...")
        )
        pattern = ".*".join(parts)
        assert any(re.fullmatch(pattern, line.strip()) for line in lines), f"{command.text}\n{shown}\n{printed}"


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Run `make run` in a copy of the repository; yield the address of the service."""
    port = free_port()
    command = [*_MAKE.split(), "run", f"PORT={port}"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            assert any(line.startswith("Serving ") for line in server.stdout)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGTERM)
