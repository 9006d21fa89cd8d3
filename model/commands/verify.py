"""`python -m model verify`."""

import argparse
from pathlib import Path

from rich.console import Console

from model import report
from model.commands import BUNDLE, told
from model.verify import verify


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--bundle", type=Path, default=BUNDLE, help="the bundle's folder (default: %(default)s)")
    parser.add_argument("--model", type=Path, help="compare with this MLflow model, not with the recorded answers")


def run(options: argparse.Namespace) -> int:
    """Verify as the parsed arguments say, each step on stdout.

    Raises:
        ModelError: as `verify`.
    """
    console = Console()
    with console.status("reading the bundle") as status:
        result = verify(options.bundle, options.model, tell=told(console, status))
    report.verified(result, console)
    return 0
