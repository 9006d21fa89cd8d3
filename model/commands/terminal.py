"""What commands ask and print on a terminal."""

import argparse
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.status import Status

from model.commands import ARTIFACT
from model.errors import ModelError
from model.mlmodel import noted_uri


def step_printer(console: Console, status: Status) -> Callable[[str], None]:
    """Return a function that prints a step and shows it as the current status."""

    def tell(sentence: str) -> None:
        console.print(f"[dim]-[/] {sentence}", highlight=False)
        status.update(sentence)

    return tell


def add_json(parser: argparse.ArgumentParser) -> None:
    """Declare `--json`."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON, and nothing else")


def confirm(question: str) -> bool:
    """Ask on the terminal; return whether the answer is yes."""
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def confirm_replacement(out: Path, source: str, *, yes: bool) -> None:
    """Ask before a model is replaced that the same command has not made.

    Args:
        out: the model's directory.
        source: the source that the command notes beside its models.
        yes: whether to replace it without asking.

    Raises:
        ModelError: the answer is not yes, or there is no terminal to ask on.
    """
    if yes or not (out / "MLmodel").exists() or noted_uri(out) == source:
        return
    if not sys.stdin.isatty():
        raise ModelError(f"{out} already holds a model: pass --overwrite to replace it, or another --out")
    if not confirm(f"{out} already holds a model. Replace it?"):
        raise ModelError(f"{out} is unchanged: pass another --out to keep both")


def invoke_command(events: Path) -> str:
    """Return the command that sends one of a model's own events."""
    return f"thaw invoke {events}/http_v2.json" if Path(sys.argv[0]).stem == "thaw" else "make invoke"


def serve_command(out: Path) -> str:
    """Return the command that serves a model: that of `thaw` where it runs, else make's."""
    if Path(sys.argv[0]).stem == "thaw":
        return f"thaw run {shlex.quote(str(out))}"
    return "make run" if out == ARTIFACT else f"make run MODEL={shlex.quote(str(out))}"
