"""`thaw package MODEL`."""

import argparse
from pathlib import Path

from rich.console import Console

from model.commands.fetched import bundle_folder
from model.commands.options import add_choices, choices_of
from model.commands.terminal import step_printer
from model.function.archive import UNZIPPED_LIMIT, check_size, write_zip
from model.function.assemble import assemble, default_python, installed_size
from model.function.target import MACHINES, Target, check
from model.work_folder import work_folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_choices(parser)
    add_target(parser)
    parser.add_argument(
        "--out", type=Path, default=Path("build/function.zip"), help="the file to write (default: %(default)s)"
    )


def add_target(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the platform."""
    parser.add_argument(
        "--architecture", choices=MACHINES, default="x86_64", help="of the function (default: %(default)s)"
    )
    parser.add_argument("--runtime-python", metavar="VERSION", help="Lambda's Python (default: the bundle's)")


def run(options: argparse.Namespace) -> int:
    """Write a zip for Lambda; print its size and whether it is proved.

    Raises:
        ModelError: as `assemble` and `check_size`.
    """
    bundle = bundle_folder(options.model, choices_of(options, options.runtime_python))
    target = check(Target(options.architecture, options.runtime_python or default_python(bundle)))
    console = Console()
    with work_folder("thaw-") as work, console.status("reading the bundle") as status:
        made = assemble(bundle, work / "function", target, limit=UNZIPPED_LIMIT, tell=step_printer(console, status))
        check_size(made.folder)
        unzipped, size = installed_size(made.folder) / 1e6, write_zip(made.folder, options.out) / 1e6
    proof = made.proved or "not proved on this machine: the function compares its example when it starts"
    console.print(
        f"Wrote [bold]{options.out}[/]: {size:.1f} MB, {unzipped:.1f} MB unzipped, {made.manifest.backend}, "
        f"for python{target.python} on {target.architecture}\n{proof}",
        soft_wrap=True,
        highlight=False,
    )
    return 0
