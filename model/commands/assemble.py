"""`thaw assemble MODEL DIRECTORY`."""

import argparse
from pathlib import Path

from rich.console import Console

from model.commands.options import add_choices, add_target, bundle_of, target_of
from model.commands.terminal import step_printer
from model.function.assemble import assemble


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_choices(parser)
    parser.add_argument("folder", type=Path, metavar="DIRECTORY", help="the new directory, such as /var/task")
    add_target(parser)


def run(options: argparse.Namespace) -> int:
    """Write a function's directory; print whether it is proved.

    Raises:
        ModelError: as `assemble`.
    """
    bundle = bundle_of(options)
    target = target_of(options, bundle, options.architecture)
    console = Console()
    with console.status("reading the bundle") as status:
        made = assemble(bundle, options.folder, target, tell=step_printer(console, status))
    console.print(
        f"Wrote {made.folder}\n{made.proved or 'not proved on this machine'}", soft_wrap=True, highlight=False
    )
    return 0
