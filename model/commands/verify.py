"""`python -m model verify`."""

import argparse
import json
from pathlib import Path

from rich.console import Console

from model.build import report
from model.build.verify import verify
from model.commands import BUNDLE
from model.commands.terminal import add_json, step_printer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--bundle", type=Path, default=BUNDLE, help="the bundle's directory (default: %(default)s)")
    add_json(parser)
    parser.add_argument("--model", type=Path, help="compare with this MLflow model, not with the recorded predictions")


def run(options: argparse.Namespace) -> int:
    """Verify a bundle; print each step and the result to stdout.

    Raises:
        ModelError: as `verify`.
    """
    console = Console(stderr=options.json)
    with console.status("reading the bundle") as status:
        result = verify(options.bundle, options.model, tell=step_printer(console, status))
    if options.json:
        print(json.dumps(report.verification_facts(result)))
    else:
        report.print_verification(result, console)
    return 0
