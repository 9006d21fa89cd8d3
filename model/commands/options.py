"""Arguments of the commands that take a model by its source and build it in passing."""

import argparse
from pathlib import Path

from model.build.bundle import Choices
from model.build.candidates import BACKENDS
from model.commands.build import add_quantize
from model.commands.fetched import bundle_folder
from model.function.assemble import default_python
from model.function.target import MACHINES, SYNONYMS, Target, check
from model.project import FILE, read_project


def add_choices(parser: argparse.ArgumentParser) -> None:
    """Declare MODEL and the options of its build."""
    project = read_project()
    parser.add_argument(
        "model",
        nargs="?" if project.model else None,
        default=project.model,
        metavar="MODEL",
        help="a directory with an MLflow model or a bundle, or a source of `thaw get`, such as models:/name@alias "
        f"(in a project: that of {FILE})",
    )
    parser.add_argument(
        "--backend",
        choices=("auto", *BACKENDS),
        default=project.backend,
        help="how to predict (default: the fastest proved)",
    )
    parser.add_argument(
        "--predict-fn", metavar="NAME", default=project.predict_fn, help="serve another method, such as predict_proba"
    )
    add_quantize(parser)
    parser.add_argument(
        "--model-name",
        metavar="NAME",
        default=project.model_name,
        help="name of the model in URLs and descriptions (default: its own)",
    )


def choices_of(options: argparse.Namespace, handler_python: str | None = None) -> Choices:
    """Return how to build the model."""
    return Choices(
        options.backend,
        options.predict_fn,
        handler_python=handler_python,
        name=options.model_name,
        quantize=options.quantize,
    )


def add_runtime_python(parser: argparse.ArgumentParser) -> None:
    """Declare `--runtime-python`."""
    parser.add_argument(
        "--runtime-python",
        metavar="VERSION",
        default=read_project().runtime_python,
        help="Lambda's Python (default: the bundle's)",
    )


def add_target(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the platform."""
    parser.add_argument(
        "--architecture",
        type=lambda name: SYNONYMS.get(name, name),
        choices=MACHINES,
        default=read_project().architecture or "x86_64",
        help="of the function (default: %(default)s)",
    )
    add_runtime_python(parser)


def bundle_of(options: argparse.Namespace) -> Path:
    """Return the bundle of MODEL, built for `--runtime-python`.

    Raises:
        ModelError: as `bundle_folder`.
    """
    return bundle_folder(options.model, choices_of(options, options.runtime_python))


def target_of(options: argparse.Namespace, bundle: Path, architecture: str) -> Target:
    """Return the platform of a function.

    Raises:
        ModelError: Lambda has no such platform.
    """
    return check(Target(architecture, options.runtime_python or default_python(bundle)))
