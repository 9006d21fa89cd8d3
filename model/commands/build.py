"""`python -m model build`."""

import argparse
import json
from pathlib import Path

from rich.console import Console

from model.build import events, remote, report
from model.build.bundle import Choices, build, record_reference
from model.build.candidates import BACKENDS
from model.commands import ARTIFACT, BUNDLE, EVENTS
from model.commands.numbers import positive
from model.commands.terminal import add_json, invoke_command, step_printer
from model.errors import ModelError
from model.project import read_project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    project = read_project()
    source = project.model or str(ARTIFACT)
    parser.add_argument(
        "source",
        nargs="?",
        default=source,
        metavar="MODEL",
        help=f"an MLflow model's directory, or a source that `get` takes (default: {source})",
    )
    parser.add_argument("--model", type=Path, help="the same for a directory")
    parser.add_argument("--bundle", type=Path, default=BUNDLE, help="the directory to write (default: %(default)s)")
    parser.add_argument(
        "--backend",
        choices=("auto", *BACKENDS, "remote"),
        default=project.backend,
        help="how to predict; auto takes the fastest that is proved (default: %(default)s)",
    )
    parser.add_argument("--url", help="the endpoint of --backend remote: https://host/invocations or sagemaker:NAME")
    parser.add_argument("--signature", type=Path, help="the MLmodel with the signature of that endpoint")
    parser.add_argument(
        "--predict-fn", metavar="NAME", default=project.predict_fn, help="serve another method, such as predict_proba"
    )
    add_quantize(parser)
    parser.add_argument(
        "--name",
        "--model-name",
        metavar="NAME",
        default=project.model_name,
        help="name of the model in URLs and descriptions (default: its registered or logged name)",
    )
    parser.add_argument(
        "--events",
        type=Path,
        metavar="FOLDER",
        help=f"write sample events with the input example (default: {EVENTS}, with the default --bundle)",
    )
    parser.add_argument("--python", help="version or path of the Python to ask the model under (default: its own)")
    parser.add_argument("--handler-python", help="the Python to serve under (default: the model's own from 3.11 on)")
    parser.add_argument("--requirements", type=Path, metavar="FILE", help="install these packages, not the model's own")
    parser.add_argument("--rows", type=positive, metavar="N", help="ask at most N generated rows")
    parser.add_argument("--only-example", action="store_true", help="ask nothing but the input example")
    parser.add_argument(
        "--unproved", action="store_true", help="serve a model that MLflow gives no answers for, without comparing any"
    )
    add_json(parser)
    parser.add_argument("--record", type=Path, metavar="FOLDER", help="write exports and MLflow's answers, no bundle")
    parser.add_argument("--reference", type=Path, metavar="FOLDER", help="build from what --record wrote elsewhere")


def add_quantize(parser: argparse.ArgumentParser) -> None:
    """Declare `--quantize`."""
    parser.add_argument(
        "--quantize",
        action=argparse.BooleanOptionalAction,
        default=read_project().quantize,
        help="round a network's weights to 8 bits after it is proved, and print what that costs (default: %(default)s)",
    )


def run(options: argparse.Namespace) -> int:
    """Build a bundle; print each step and the result to stdout.

    Raises:
        ModelError: as `build`.
    """
    if (options.backend == "remote") != bool(options.url):
        raise ModelError("--backend remote needs --url, and --url needs --backend remote")
    if options.quantize and (options.url or options.unproved):
        raise ModelError("--quantize needs a model that is proved here: leave out --unproved and --backend remote")
    options.model = options.model or _model(options.source)
    console = Console(stderr=options.json)
    if options.url:
        console.out(remote.describe(remote.build(options.url, options.signature or options.model, options.bundle)))
        _write_events(options, console)
        return 0
    choices = Choices(
        backend=options.backend,
        predict_fn=options.predict_fn,
        python=options.python,
        handler_python=options.handler_python,
        requirements=options.requirements,
        rows=0 if options.only_example else options.rows,
        reference=options.reference,
        name=options.name,
        unproved=options.unproved,
        quantize=options.quantize,
    )
    with console.status("reading the model") as status:
        tell = step_printer(console, status)
        if options.record:
            record_reference(options.model, options.record, choices, tell=tell)
            return 0
        result = build(options.model, options.bundle, choices, tell=tell)
    if options.json:
        print(json.dumps(report.build_facts(result)))
    else:
        report.print_build(result, console)
    _write_events(options, console)
    return 0


def _model(source: str) -> Path:
    """Return a model's directory; the packages that fetch one are imported only for that."""
    folder = Path(source)
    if folder.is_dir() or source == str(ARTIFACT):
        return folder
    from model.commands.fetched import model_folder

    return model_folder(source)


def _write_events(options: argparse.Namespace, console: Console) -> None:
    """Write the model's own events and tell where they are."""
    folder = options.events or (EVENTS if options.bundle == BUNDLE else None)
    if folder is None:
        return
    if events.write(options.bundle, folder):
        console.print(
            f"Wrote {folder}: [bold]{invoke_command(folder)}[/] sends one of these events",
            soft_wrap=True,
            highlight=False,
        )
    else:
        console.print(f"{folder} has no events: the model has no input example", soft_wrap=True, highlight=False)
