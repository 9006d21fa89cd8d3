"""`python -m model get SOURCE`."""

import argparse
import json
from pathlib import Path

from rich.console import Console

from model.build import report
from model.commands import ARTIFACT
from model.commands.fetched import fetch
from model.commands.terminal import add_json, serve_command
from model.get.sources import ModelSource


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "source",
        help="a directory; a .zip or .tar.gz; https://...; s3://bucket/prefix; models:/name/version, models:/name@alias"
        " or runs:/id/path on the server of MLFLOW_TRACKING_URI; a .pkl, .joblib, .skops, .ubj, .json, .txt, .onnx, "
        ".pt2, .keras or .h5 file; a folder of TensorFlow, transformers or sentence-transformers",
    )
    parser.add_argument(
        "--out", type=Path, default=ARTIFACT, help="directory of the MLflow model (default: %(default)s)"
    )
    parser.add_argument(
        "--sha256", default="", metavar="HEX", help="expected hash of an archive; required with https://"
    )
    parser.add_argument("--example", type=Path, metavar="FILE", help="input rows for a bare model: .csv, .json or .npy")
    parser.add_argument("--task", default="", help="task of a transformers folder (default: its architecture's)")
    parser.add_argument("--requirements", type=Path, metavar="FILE", help="requirements of a bare model file")
    parser.add_argument(
        "--trust", nargs="*", default=[], metavar="TYPE", help="types that a .skops file or pickled weights may contain"
    )
    add_json(parser)
    parser.add_argument("--python", help="version or path of the Python to load it with (default: the model's)")


def run(options: argparse.Namespace) -> int:
    """Fetch a model; show progress on stderr and print the result to stdout.

    Raises:
        ModelError: as `get`.
    """
    trusted = tuple(options.trust)
    source = ModelSource(options.source, options.sha256, options.example, options.requirements, trusted, options.task)
    fetched = fetch(source, options.out, options.python)
    if options.json:
        print(json.dumps(report.model_facts(fetched)))
    else:
        report.print_model(fetched, Console(), serve_command(options.out))
    return 0
