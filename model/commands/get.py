"""`python -m model get SOURCE`."""

import argparse
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from model import report
from model.get import get
from model.sources import Wanted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "source",
        help="a folder; a .zip or .tar.gz; https://...; s3://bucket/prefix; models:/name/version, models:/name@alias "
        "or runs:/id/path (MLFLOW_TRACKING_URI says where); a .pkl, .joblib, .skops, .ubj, .json, .txt or .onnx file",
    )
    parser.add_argument("--out", type=Path, default=Path("model/artifact"), help="the MLflow model (%(default)s)")
    parser.add_argument("--sha256", default="", metavar="HEX", help="what an archive must be; needed with https://")
    parser.add_argument("--example", type=Path, metavar="CSV", help="inputs of a bare file's model, one a line")
    parser.add_argument("--requirements", type=Path, metavar="FILE", help="packages that a bare file's model needs")
    parser.add_argument("--trust", nargs="*", default=[], metavar="TYPE", help="types that a .skops file may hold")
    parser.add_argument("--python", help="version or path of the Python to load it under (default: the model's own)")


def run(options: argparse.Namespace) -> int:
    """Get a model as the parsed arguments say, with a progress bar on stderr and what came on stdout.

    Raises:
        ModelError: as `get`.
    """
    wanted = Wanted(options.source, options.sha256, options.example, options.requirements, tuple(options.trust))
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    errors = Console(stderr=True)
    with Progress(*columns, TimeRemainingColumn(), console=errors, transient=True) as progress:
        task = progress.add_task("", total=None)

        def tell(sentence: str) -> None:
            errors.print(f"[dim]-[/] {sentence}", highlight=False)
            progress.update(task, description=sentence[:40])

        def advance(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total or None)

        got = get(wanted, options.out, python=options.python, tell=tell, advance=advance)
    report.got(got, Console())
    return 0
