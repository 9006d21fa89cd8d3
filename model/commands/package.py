"""`thaw package MODEL`."""

import argparse
from pathlib import Path

from rich.console import Console

from model.commands.options import add_choices, add_target, bundle_of, target_of
from model.commands.terminal import step_printer
from model.function.archive import package


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_choices(parser)
    add_target(parser)
    parser.add_argument(
        "--out", type=Path, default=Path("build/function.zip"), help="the file to write (default: %(default)s)"
    )


def run(options: argparse.Namespace) -> int:
    """Write a zip for Lambda; print its size and whether it is proved.

    Raises:
        ModelError: as `package`.
    """
    bundle = bundle_of(options)
    target = target_of(options, bundle, options.architecture)
    console = Console()
    with console.status("reading the bundle") as status:
        made = package(bundle, options.out, target, tell=step_printer(console, status))
    proof = made.assembled.proved or "not proved on this machine: the function compares its example when it starts"
    console.print(
        f"Wrote [bold]{options.out}[/]: {made.size / 1e6:.1f} MB, {made.unzipped / 1e6:.1f} MB unzipped, "
        f"{made.assembled.manifest.backend}, for python{target.python} on {target.architecture}\n{proof}",
        soft_wrap=True,
        highlight=False,
    )
    return 0
