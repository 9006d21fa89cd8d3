"""Compare ways to serve the same model: `python -m bench`."""

import argparse
import json
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import machine, plot, report
from bench.measure import ProgramError, Start, measure
from bench.programs import BENCH, PROGRAMS, Program, Subject
from handler.errors import BundleError
from local.runtime_api import InitError, Runtime
from local.stage import SERVE, environment
from model import mlmodel
from model.child import ROOT, handler_alone
from model.errors import ModelError
from model.mlmodel import MLModel

_PROGRAMS = Path(__file__).with_name("programs")
_EVENT = ROOT / "events" / "http_v2.json"


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write; 0 when the measuring went well, whatever the figures are."""
    options = _parser().parse_args(arguments)
    console = Console()
    try:
        model = mlmodel.read(options.model)
        with console.status("building the model's bundles"):
            subject = Subject(model, options.output / "bench")
            programs = _serving(subject, options.only, console)
        event = _event(model)
        results = _measured(subject, programs, event, options, console)
    except InitError as error:
        console.print(f"{error.log}\n{error.type}: {error}", markup=False)
        return 1
    except (BundleError, ModelError, ProgramError) as error:
        console.print(str(error), markup=False)
        return 1
    except KeyboardInterrupt:
        return 130
    found = report.verdicts(results)
    about = _about(subject, event, options)
    console.print(report.terminal(results))
    for text, value, kept in found:
        console.print(f"{'[green]kept' if kept else '[red]missed'}[/]  {text}: {value:.2f}")
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "bench.json").write_text(json.dumps(report.record(results, found, about), indent=2) + "\n")
    (options.output / "bench.md").write_text(report.markdown(results, found, about))
    plot.draw(results, options.output / "cold-start.svg")
    console.print(f"Written: bench.md, bench.json and cold-start.svg in {options.output}")
    return 0


def _serving(subject: Subject, only: list[str] | None, console: Console) -> list[Program]:
    """The programs that can serve the model; a line for each that cannot."""
    programs = []
    for program in PROGRAMS:
        if program.name not in (only or [program.name]):
            continue
        if why := program.missing(subject):
            console.print(f"left out: {program.name}: {why}", markup=False)
        else:
            programs.append(program)
    return programs


def _measured(
    subject: Subject, programs: list[Program], event: Any, options: argparse.Namespace, console: Console
) -> dict[str, list[Start]]:
    with console.status("installing what the programs need"):
        pythons = {program: program.python(subject) for program in programs}
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with handler_alone() as folder, Progress(*columns, console=console) as progress:
        shutil.copytree(_PROGRAMS, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__*"))
        sandboxes = {
            p.name: partial(Runtime, python, p.handler, folder, environment(**p.variables(subject)))
            for p, python in pythons.items()
        }
        bar = progress.add_task("rounds", total=options.starts + 1)
        done = partial(progress.advance, bar)
        return measure(sandboxes, event, starts=options.starts, requests=options.requests, done=done)


def _event(model: MLModel) -> dict[str, Any]:
    """An HTTP API event that asks for the first row of the model's input example.

    Raises:
        ModelError: there is none.
    """
    if model.example is None:
        raise ModelError(f"the model in {model.folder} has no input example to ask for")
    event: dict[str, Any] = json.loads(_EVENT.read_text())
    return event | {"body": json.dumps(model.example[0][0])}


def _about(subject: Subject, event: dict[str, Any], options: argparse.Namespace) -> dict[str, str]:
    model = subject.model
    pins = [line.split(" ")[0] for line in (SERVE.read_text() + BENCH.read_text()).splitlines() if "==" in line]
    ours = sorted({pin for pin in pins if pin.startswith(("awslambdaric", "fastapi", "mangum", "msgspec"))})
    return {
        **machine.describe(),
        "versions": ", ".join([*(model.folder / "requirements.txt").read_text().split(), *ours]),
        "model": f"{model.info.name} {model.info.version}, {model.flavor}",
        "measured": f"{options.starts} starts of each, in turn, after one that did not count; a first request and "
        f"{options.requests} more of {len(event['body'])} bytes, in turns of ten; bytecode compiled, page cache warm",
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Start Thaw's backends and other programs that serve the same model, in turn, under the real "
        "Lambda runtime client; compare init, requests and memory.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--model", type=Path, default=Path("model/artifact"), help="the MLflow model to serve")
    parser.add_argument("--starts", type=int, default=7, help="starts of each program that count")
    parser.add_argument("--requests", type=int, default=50, help="requests a start after the first")
    parser.add_argument("--output", type=Path, default=Path("build"), help="folder for the figures")
    parser.add_argument(
        "--only", action="append", choices=[p.name for p in PROGRAMS], help="a program to run; may be given again"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
