"""`python -m model build`."""

import argparse
from pathlib import Path

from rich.console import Console

from model import remote, report
from model.build import build
from model.candidates import BACKENDS
from model.commands import ARTIFACT, BUNDLE, told
from model.errors import ModelError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--model", type=Path, default=ARTIFACT, help="the MLflow model's folder (default: %(default)s)")
    parser.add_argument("--bundle", type=Path, default=BUNDLE, help="the folder to write (default: %(default)s)")
    parser.add_argument(
        "--backend",
        choices=("auto", *BACKENDS, "remote"),
        default="auto",
        help="how to predict; auto takes the fastest proved",
    )
    parser.add_argument("--url", help="with --backend remote, https://host/invocations or sagemaker:NAME")
    parser.add_argument("--signature", type=Path, help="with it, the MLmodel that says what the endpoint takes")
    parser.add_argument("--predict-fn", metavar="NAME", help="serve another method, such as predict_proba")
    parser.add_argument("--python", help="version or path of the Python to build under (default: the model's own)")


def run(options: argparse.Namespace) -> int:
    """Build as the parsed arguments say, each step on stdout.

    Raises:
        ModelError: as `build`.
    """
    if (options.backend == "remote") != bool(options.url):
        raise ModelError("--backend remote and --url belong together")
    if options.url:
        print(remote.describe(remote.build(options.url, options.signature or options.model, options.bundle)))
        return 0
    console = Console()
    with console.status("reading the model") as status:
        result = build(
            options.model,
            options.bundle,
            backend=options.backend,
            predict_fn=options.predict_fn,
            python=options.python,
            tell=told(console, status),
        )
    report.built(result, console)
    return 0
