"""`python -m model train DATA.csv ...`."""

import argparse
import importlib.util
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from model import tracking, train
from model.commands import ARTIFACT
from model.commands.terminal import confirm_replacement, serve_command
from model.errors import ModelError
from model.train import Trained, card


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("csvs", nargs="+", type=Path, metavar="DATA.csv", help="columns: text, label[, publisher]")
    parser.add_argument(
        "--out", type=Path, default=ARTIFACT, help="directory of the MLflow model (default: %(default)s)"
    )
    parser.add_argument("--overwrite", "--yes", action="store_true", help="replace any model that is there, unasked")
    parser.add_argument(
        "--register", default="", metavar="NAME", help="register it in the registry of MLFLOW_TRACKING_URI"
    )
    parser.add_argument(
        "--about", type=Path, metavar="FILE.md", help="sources and terms of the data, for the model card"
    )


def run(args: argparse.Namespace) -> int:
    """Train a classifier; show progress on stderr and print the scores to stdout.

    Raises:
        ModelError: the user keeps the old model; as `train`; or the packages for training are not installed.
    """
    if missing := [name for name in ("mlflow", "sklearn", "pandas") if not importlib.util.find_spec(name)]:
        raise ModelError(
            f"training needs the packages {', '.join(missing)}: run `make setup`, or install requirements/dev.txt"
        )
    confirm_replacement(args.out, train.COMMAND, yes=args.overwrite)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Cross-validating", total=train.count_steps())
        trained = train.train(args.csvs, args.out, args.about, lambda: progress.advance(task))
    console = Console()
    console.print(_table(trained))
    pages = [args.out.parent / card.NAME]
    console.print(f"Wrote {args.out} and {args.out.parent / card.NAME}", soft_wrap=True)
    if uri := tracking.log(args.out, trained.figures(), pages, args.register):
        console.print(f"Logged as {uri}", soft_wrap=True, highlight=False)
    console.print(f"Next: [bold]{serve_command(args.out)}[/] serves it", soft_wrap=True, highlight=False)
    return 0


def _table(trained: Trained) -> Table:
    table = Table("Cross-validated on", "Rows", "Fake", "ROC-AUC", "F1 (fake)")
    for name, scores in (("unseen texts", trained.scores), ("unseen publishers", trained.by_publisher)):
        if scores:
            counts = str(scores.rows), str(scores.fake_rows)
            table.add_row(name, *counts, f"{scores.roc_auc:.3f}", f"{scores.f1:.3f}")
    table.caption = f"A text counts as fake from a probability of {trained.scores.threshold:.2f}"
    return table
