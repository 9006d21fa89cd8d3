"""`thaw init DIRECTORY --model MODEL`."""

import argparse
from pathlib import Path

from rich.console import Console
from rich.syntax import Syntax

from model.commands.terminal import step_printer
from model.errors import ModelError
from model.function.target import PYTHONS
from model.project import Project, read_project
from project.start import Wanted, start, write_events
from project.update import Updated, update


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("directory", nargs="?", type=Path, metavar="DIRECTORY", help="the new project")
    parser.add_argument("--model", metavar="MODEL", help="a directory, or a source of `thaw get`")
    parser.add_argument("--name", help="name of the deployment (default: the directory's)")
    parser.add_argument(
        "--package",
        choices=("zip", "image"),
        default="image",
        help="how the function is packaged (default: %(default)s)",
    )
    parser.add_argument("--predict-fn", metavar="NAME", help="serve another method, such as predict_proba")
    parser.add_argument("--quantize", action="store_true", help="round a network's weights to 8 bits")
    parser.add_argument(
        "--runtime-python", choices=PYTHONS, help="Lambda's Python (default: the bundle's, the newest for tables)"
    )
    parser.add_argument(
        "--pin", action="store_true", help="name the model's version in its registry instead of holding its files"
    )
    parser.add_argument(
        "--thaw",
        type=Path,
        metavar="WHEEL",
        help="what requirements.txt installs (default: as this command was installed)",
    )
    parser.add_argument(
        "--update", action="store_true", help="rewrite the generated files of this directory that you have not edited"
    )
    parser.add_argument("--events", action="store_true", help="write events/ of this directory anew, for another model")


def run(options: argparse.Namespace) -> int:
    """Write, or update, a project; print its files and the next commands.

    Raises:
        ModelError: as `start`, `update` and `write_events`, or the directory or the model is missing.
    """
    console = Console(soft_wrap=True, highlight=False)
    if options.update or options.events:
        if options.directory or options.model:
            raise ModelError("--update and --events work on the project in this directory: leave out the others")
        if options.update:
            _print_update(update(Path()), console)
        if options.events:
            console.print(f"Wrote {len(write_events(Path(), read_project()))} files in events/")
        return 0
    if not options.directory or not options.model:
        raise ModelError("name the new directory and its model: thaw init my-service --model models:/name@alias")
    settings = Project(
        name=options.name or options.directory.resolve().name,
        package=options.package,
        predict_fn=options.predict_fn,
        quantize=options.quantize,
        runtime_python=options.runtime_python,
    )
    with console.status("reading the model") as status:
        wanted = Wanted(options.model, settings, options.pin, options.thaw)
        paths = start(options.directory, wanted, tell=step_printer(console, status))
    console.print(f"Wrote [bold]{options.directory}[/]:", *(f"  {path}" for path in paths), sep="\n")
    console.print(f"\nNext:  cd {options.directory} && thaw run      (README.md has more)")
    return 0


def _print_update(done: Updated, console: Console) -> None:
    """Print what was written, and the differences of what was not."""
    for name in done.written:
        console.print(f"wrote {name}")
    for name in done.removed:
        console.print(f"left out {name}, which you have removed")
    for name in done.unused:
        console.print(f"{name} is not used any more: remove it, unless you need it")
    for name, difference in done.differences.items():
        console.print(f"kept {name}, which you have edited; the new version would change:")
        console.print(
            Syntax(difference, "diff", background_color="default") if console.is_terminal else difference, markup=False
        )
    if not done.written and not done.differences:
        console.print("Nothing to do: the files that you have not edited are of this version")
