"""What the handler runs in here: an interpreter, a folder that holds nothing but it, and environment variables."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from model.child import ROOT, handler_alone
from model.environment import runtime_environment

SERVE = ROOT / "requirements-serve.txt"
"""The Lambda runtime client and uvicorn."""


def interpreter(bundle: Path) -> Path:
    """Python with what the bundle needs and what serves it, and nothing else; made when it is first asked for.

    Raises:
        ModelError: it cannot be made.
    """
    with Console(stderr=True).status("installing what the bundle needs"):
        return runtime_environment(bundle, extra=SERVE)


@contextmanager
def stage(bundle: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """The folder to run Python in, and the environment variables that make the handler serve `bundle`."""
    with handler_alone() as folder:
        yield folder, environment(THAW_BUNDLE=str(bundle.resolve()))


def environment(**variables: str) -> dict[str, str]:
    """The environment variables here and `variables`, less those meant for the Python here and for its tests."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "VIRTUAL_ENV", "THAW_REQUIRE_"))
    }
    return inherited | variables
