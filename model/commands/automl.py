"""`python -m model automl DATA.csv --target NAME`."""

import argparse
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from model import automl, tracking
from model.automl import Asked, Tried
from model.commands import ARTIFACT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("csv", type=Path, metavar="DATA.csv", help="columns of numbers, categories and texts")
    parser.add_argument("--target", required=True, help="the column to predict")
    parser.add_argument("--minutes", type=float, default=5.0, help="to search for (default: %(default)s)")
    parser.add_argument("--task", choices=("classification", "regression"), default="", help="if not as it looks")
    parser.add_argument("--seed", type=int, default=0, help="of the split and the search (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=ARTIFACT, help="the MLflow model (default: %(default)s)")
    parser.add_argument("--report", type=Path, default=Path("build/automl.html"), help="(default: %(default)s)")
    parser.add_argument("--register", default="", metavar="NAME", help="in the registry of MLFLOW_TRACKING_URI")


def run(options: argparse.Namespace) -> int:
    """Search as the parsed arguments say, with a progress bar on stderr and what was found on stdout.

    Raises:
        ModelError: as `automl.search` and `tracking.log`.
    """
    asked = Asked(options.csv, options.target, options.minutes, options.task, options.seed)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("preparing", total=asked.minutes * 60)

        def tell(tried: Tried) -> None:
            what = f"{tried.trials} models, best {tried.learner}: loss {tried.loss:.4f}"
            progress.update(task, description=what, completed=tried.seconds)

        found = automl.search(asked, options.out, options.report, tell)
    console = Console()
    table = Table("learner", "least loss", "trials", "seconds", title=f"{found['pipeline']} by {found['metric']}")
    for row in found["leaderboard"]:
        table.add_row(row["learner"], f"{row['loss']:.4f}", str(row["trials"]), f"{row['seconds']:.1f}")
    console.print(table)
    for name, value in found["scores"].items():
        console.print(f"{name}: [bold]{value:.3f}[/], always the same answer {found['baseline'][name]:.3f}")
    console.print(f"Wrote {options.out} and {options.report}", soft_wrap=True, highlight=False)
    if uri := tracking.log(options.out, found["scores"], [options.report], options.register):
        console.print(f"Logged as {uri}", soft_wrap=True, highlight=False)
    return 0
