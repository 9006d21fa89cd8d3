"""`python -m local demo`."""

import argparse
from pathlib import Path

from local.demo import demo


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--data", type=Path, help="a CSV file (default: the wine data of scikit-learn)")
    parser.add_argument("--target", default="cultivar", help="the column to predict (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=0.5, help="time limit of the search (default: %(default)s)")


def run(options: argparse.Namespace) -> int:
    """Run AutoML, an MLflow registry, get, build, serve and predict; all files go to build/demo.

    Raises:
        LocalError: a step failed and has printed why.
    """
    demo(options.data, options.target, options.minutes)
    return 0
