"""Compare ways to serve the same model: `python -m bench`."""

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import budgets, growth, image, machine, models, plot, report
from bench.compare import compare_programs
from bench.figures import Outcome
from bench.growth import Point
from bench.measure import ProgramError
from bench.programs import PROGRAMS, SERVICES
from bench.sandbox import make_event
from bench.subject import LOCK
from handler.errors import BundleError
from local.errors import LocalError
from local.runtime_api import InitError
from model.commands import BUNDLE
from model.errors import ModelError
from model.function.assemble import assemble
from model.function.target import here
from model.work_folder import work_folder

_PARTS = ("starts", "rates", "growth")


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and write; return 0 unless a measurement fails, whatever the figures are."""
    options = _options(arguments)
    console = Console()
    options.output.mkdir(parents=True, exist_ok=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    try:
        with Progress(*columns, console=console, transient=True) as progress:
            if options.image:
                _image(options, progress)
            else:
                _bench(options, progress)
    except InitError as error:
        console.print(f"{error.log}\n{error.type}: {error}", markup=False)
        return 1
    except (BundleError, LocalError, ModelError, ProgramError) as error:
        console.print(str(error), markup=False)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _bench(options: argparse.Namespace, progress: Progress) -> None:
    about = _about(options)
    outcomes = []
    if {"starts", "rates"} & set(options.part):
        for name in options.model:
            outcome = compare_programs(name, options, progress)
            _show(outcome, progress.console)
            outcomes.append(outcome)
            _write(options.output, outcomes, [], about)
    points = _growth(options, progress) if "growth" in options.part else []
    _write(options.output, outcomes, points, about)
    progress.console.print(f"Wrote bench.md, bench.json and plots to {options.output}")


def _growth(options: argparse.Namespace, progress: Progress) -> list[Point]:
    kinds = {kind: sizes[:2] if options.quick else sizes for kind, sizes in growth.SIZES.items()}
    starts = min(options.starts, 3)
    bar = progress.add_task("growth", total=growth.count_steps(kinds, starts))
    return growth.measure_growth(options.output / "bench", kinds, starts=starts, done=lambda: progress.advance(bar))


def _show(outcome: Outcome, console: Console) -> None:
    for headers, rows in report.tables(outcome):
        console.print(report.terminal(f"{outcome.name}: {outcome.title}", headers, rows, report.CAPTIONS[headers]))
    for line in [*outcome.notes, *map(str, budgets.check_budgets(outcome))]:
        console.print(line, markup=False, highlight=False)


def _write(output: Path, outcomes: list[Outcome], points: list[Point], about: dict[str, str]) -> None:
    sections = [report.format_section(outcome, budgets.check_budgets(outcome)) for outcome in outcomes]
    sections += [report.format_growth(points)] if points else []
    (output / "bench.md").write_text("\n".join([report.format_facts(about), *sections]))
    figures = {
        "about": about,
        "models": {
            outcome.name: outcome.record()
            | {"budgets": [verdict._asdict() for verdict in budgets.check_budgets(outcome)]}
            for outcome in outcomes
        },
        "growth": [point.record() for point in points],
    }
    (output / "bench.json").write_text(json.dumps(figures, indent=1) + "\n")
    if outcomes and outcomes[0].starts:
        plot.plot_starts(outcomes[0], output / "cold-start.svg")
    if outcomes and outcomes[0].rates:
        plot.plot_rates(outcomes, output / "rows-per-second.svg")
    if points:
        plot.plot_growth(points, output / "growth.svg")


def _image(options: argparse.Namespace, progress: Progress) -> None:
    bar = progress.add_task(", ".join(options.image), total=len(image.SIZES) * (options.starts + 1))
    event = make_event(models.load_model(options.model[0], options.output / "bench").example)
    target = here(image.base_python())
    with work_folder("thaw-") as work:
        starts = image.measure(
            options.image,
            assemble(BUNDLE, work / "function", target, tell=lambda _: None).folder,
            event,
            starts=options.starts,
            requests=options.requests,
            done=lambda: progress.advance(bar),
        )
    rows = report.container_rows(starts)
    progress.console.print(report.terminal("In containers", report.CONTAINED, rows, report.CAPTIONS[report.CONTAINED]))
    text = f"{report.format_facts(_about(options))}\n{report.markdown(report.CONTAINED, rows)}\n{image.__doc__}"
    (options.output / "bench-image.md").write_text(text)
    progress.console.print(f"Wrote bench-image.md to {options.output}")


def _about(options: argparse.Namespace) -> dict[str, str]:
    pins = [line.split(" ")[0] for line in LOCK.read_text().splitlines() if "==" in line]
    return {
        **machine.describe(),
        "programs": ", ".join(pin for pin in pins if pin.startswith(_NAMED)),
        "measured": f"{options.starts} interleaved starts of each after a warm-up start; a first request and up to "
        f"{options.requests} more, in interleaved batches of ten; one thread, bytecode compiled, page cache warm",
    }


_NAMED = ("awslambdaric", "fastapi", "mangum", "msgspec", "onnxruntime", "skl2onnx", "skops", "uvicorn")


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Start Thaw's backends and other programs that serve the same model, interleaved, under Lambda's "
        "runtime client; compare init, requests, memory, files, and rows per second.",
    )
    names = [program.name for program in (*PROGRAMS, *SERVICES)]
    parser.add_argument(
        "--model",
        action="append",
        help=f"{', '.join(models.TITLES)}, or an MLflow model's directory (default: all named ones)",
    )
    parser.add_argument("--part", action="append", choices=_PARTS, help="what to measure (default: everything)")
    parser.add_argument("--only", action="append", choices=names, metavar="PROGRAM", help=f"one of: {'; '.join(names)}")
    parser.add_argument("--image", action="append", help="measure this image under Lambda's limits instead")
    parser.add_argument("--starts", type=int, default=7, help="starts of each program (default: %(default)s)")
    parser.add_argument(
        "--requests", type=int, default=50, help="most requests per start after the first (default: %(default)s)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="two starts and small sizes, to check that everything works"
    )
    parser.add_argument(
        "--output", type=Path, default=Path("build"), help="directory for the results (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    options.model = options.model or list(models.TITLES)
    options.part = options.part or list(_PARTS)
    options.starts = 2 if options.quick else options.starts
    return options


if __name__ == "__main__":
    sys.exit(main())
