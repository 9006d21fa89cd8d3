"""`python -m model automl DATA.csv --target NAME`."""

import argparse
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from model import automl, tracking
from model.automl import SearchOptions, SearchProgress
from model.commands import ARTIFACT
from model.commands.terminal import confirm_replacement, serve_command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("csv", type=Path, metavar="DATA.csv", help="columns of numbers, categories and texts")
    parser.add_argument("--target", required=True, help="the column to predict")
    parser.add_argument("--minutes", type=float, default=5.0, help="time limit of the search (default: %(default)s)")
    parser.add_argument(
        "--task", choices=("classification", "regression"), default="", help="default: decided by the target's values"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the split and the search (default: %(default)s)")
    parser.add_argument(
        "--out", type=Path, default=ARTIFACT, help="directory of the MLflow model (default: %(default)s)"
    )
    parser.add_argument("--overwrite", "--yes", action="store_true", help="replace any model that is there, unasked")
    parser.add_argument(
        "--report", type=Path, default=Path("build/automl.html"), help="the HTML report (default: %(default)s)"
    )
    parser.add_argument(
        "--register", default="", metavar="NAME", help="register it in the registry of MLFLOW_TRACKING_URI"
    )


def run(options: argparse.Namespace) -> int:
    """Search; show progress on stderr and print the result to stdout.

    Raises:
        ModelError: the user does not want to replace a model; or as `automl.search` and `tracking.log`.
    """
    confirm_replacement(options.out, automl.COMMAND, yes=options.overwrite)
    search = SearchOptions(options.csv, options.target, options.minutes, options.task, options.seed)
    result = _search(search, options.out, options.report)
    console = Console()
    _print_result(result, console)
    console.print(f"Wrote {options.out} and {options.report}", soft_wrap=True, highlight=False)
    if uri := tracking.log(options.out, result["scores"], [options.report], options.register):
        console.print(f"Logged as {uri}", soft_wrap=True, highlight=False)
    console.print(f"Next: [bold]{serve_command(options.out)}[/] serves it", soft_wrap=True, highlight=False)
    return 0


def _search(search: SearchOptions, out: Path, report: Path) -> dict[str, Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    errors = Console(stderr=True)
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task("starting", total=search.minutes * 60)
        steps: list[str] = []

        def tell(now: SearchProgress) -> None:
            if now.step not in steps:
                steps.append(now.step)
                errors.print(f"[dim]-[/] {now.step}", highlight=False)
            best = f": {now.trials} models, best {now.learner} with loss {now.loss:.4f}" if now.trials else ""
            progress.update(task, description=f"{now.step}{best}", completed=now.seconds)

        return automl.search(search, out, report, tell)


def _print_result(result: dict[str, Any], console: Console) -> None:
    title = f"{result['pipeline']}, the best by {result['metric']}"
    table = Table("learner", "lowest loss", "trials", "seconds", title=title)
    for row in result["leaderboard"]:
        table.add_row(row["learner"], f"{row['loss']:.4f}", str(row["trials"]), f"{row['seconds']:.1f}")
    console.print(table)
    for name, value in result["scores"].items():
        console.print(f"{name}: [bold]{value:.3f}[/] (constant prediction: {result['baseline'][name]:.3f})")
