"""Arguments of the commands that take a model by its source and build it in passing."""

import argparse

from model.build.bundle import Choices
from model.build.candidates import BACKENDS


def add_choices(parser: argparse.ArgumentParser) -> None:
    """Declare MODEL and the options of its build."""
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="a directory with an MLflow model or a bundle, or a source of `thaw get`, such as models:/name@alias",
    )
    parser.add_argument(
        "--backend", choices=("auto", *BACKENDS), default="auto", help="how to predict (default: the fastest proved)"
    )
    parser.add_argument("--predict-fn", metavar="NAME", help="serve another method, such as predict_proba")
    parser.add_argument(
        "--model-name", metavar="NAME", help="name of the model in URLs and descriptions (default: its own)"
    )


def choices_of(options: argparse.Namespace, handler_python: str | None = None) -> Choices:
    """Return how to build the model."""
    return Choices(options.backend, options.predict_fn, handler_python=handler_python, name=options.model_name)
