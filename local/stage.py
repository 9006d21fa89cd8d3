"""The environment that the handler runs in here: an interpreter, a directory of its own, and environment variables."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from local.errors import LocalError
from model.environment import runtime_environment
from model.process import ROOT, handler_alone

SERVE = ROOT / "requirements" / "serve.txt"
"""Requirements of the Lambda runtime client and the web server."""


def bundle_folder(option: str) -> Path:
    """Return the directory of the bundle to run: `--bundle`, else the variable THAW_BUNDLE, else build/bundle.

    Raises:
        LocalError: it is in S3.
    """
    folder = option or os.environ.get("THAW_BUNDLE") or "build/bundle"
    if "://" in folder:
        raise LocalError(f"cannot run {folder} here: copy the bundle to a directory and pass that as --bundle")
    return Path(folder)


def interpreter(bundle: Path) -> Path:
    """Return a Python with the packages that the bundle and its server need; its environment is created on first use.

    Raises:
        ModelError: the packages cannot be installed.
    """
    with Console(stderr=True).status("installing the bundle's requirements"):
        return runtime_environment(bundle, extra=SERVE)


@contextmanager
def stage(bundle: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield the directory to run Python in, and the environment variables that make the handler serve `bundle`."""
    with handler_alone() as folder:
        yield folder, environment(THAW_BUNDLE=str(bundle.resolve()))


def environment(**variables: str) -> dict[str, str]:
    """Return this process's environment variables and `variables`, without those for its own Python and tests."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return inherited | variables
