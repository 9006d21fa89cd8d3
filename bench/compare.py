"""Measures one model served by every program that can serve it."""

import argparse
from functools import partial
from pathlib import Path
from typing import Any

from rich.progress import Progress

from bench import measure, models, throughput
from bench.budgets import crossing
from bench.figures import Outcome
from bench.programs import MLFLOW, NOTHING, PROGRAMS, SERVICES, Program
from bench.reading import Reading, reading
from bench.sandbox import ALIKE, event_of, sandboxes, task_root
from bench.subject import Subject, size
from bench.throughput import Rates
from local.stage import environment
from model.errors import ModelError


def compared(name: str, options: argparse.Namespace, progress: Progress) -> Outcome:
    """Measure a model, by its name or folder.

    Raises:
        BundleError, InitError, LocalError, ModelError, ProgramError: as the parts do.
    """
    cache = options.output / "bench"
    bar = progress.add_task(f"{name}: training", total=None)
    served = models.served(name, cache)
    subject = Subject(served, cache / served.name)
    notes = [served.note] if served.note else []
    programs, services = (
        _serving(subject, every, options.only, progress, bar, notes) for every in (PROGRAMS, SERVICES)
    )
    starts: dict[str, list[measure.Start]] = {}
    readings: dict[str, Reading] = {}
    rates: dict[str, Rates] = {}
    steps = (options.starts + len(programs)) * ("starts" in options.part)
    progress.update(bar, description=f"{name}: starts", total=steps + len(throughput.SIZES), completed=0)
    done = partial(progress.advance, bar)
    event = event_of(served.example)
    with sandboxes(subject, programs) as made:
        failed = measure.tried(made, event)
        notes += [f"left out: {each}: {why}" for each, why in failed.items()]
        programs = [program for program in programs if program.name not in failed]
        if "starts" in options.part:
            working = {program.name: made[program.name] for program in programs}
            for each, make in working.items():
                readings[each] = reading(make)
                done()
            starts = measure.measure(working, event, starts=options.starts, requests=options.requests, done=done)
    if "rates" in options.part:
        progress.update(bar, description=f"{name}: rows a second")
        asked = [program for program in (*programs, *services) if program.name != NOTHING]
        rates, failed = _rates(subject, asked, done)
        notes += [f"left out of rows a second: {each}: {why}" for each, why in failed.items()]
        notes += _one_row(subject)
    installed = {each.name: size(each.python(subject), each.files(subject)) for each in programs}
    progress.remove_task(bar)
    outcome = Outcome(served.name, served.title, starts, readings, installed, rates, notes)
    notes += [line] if (line := crossing(outcome)) else []
    return outcome


def _serving(
    subject: Subject, every: tuple[Program, ...], only: list[str] | None, progress: Progress, bar: Any, notes: list[str]
) -> list[Program]:
    """The programs that can serve the model, their environments made; a note for each that cannot."""
    programs = []
    for program in every:
        if program.name not in (only or [program.name]):
            continue
        progress.update(bar, description=f"{subject.served.name}: {program.name}")
        try:
            if not (why := program.missing(subject)):
                program.python(subject)
        except ModelError as error:
            why = str(error)
        if why:
            notes.append(f"left out: {program.name}: {why}")
            continue
        programs.append(program)
        if program.format == "onnx":
            difference = subject.converted("onnx").facts["difference"]
            notes.append(f"{program.name}: its numbers are up to {difference:.1e} from the model's")
    return programs


def _rates(subject: Subject, programs: list[Program], done: Any) -> tuple[dict[str, Rates], dict[str, str]]:
    event = event_of([])
    handlers = [program for program in programs if program in PROGRAMS]
    handlers.sort(key=lambda program: program.name != MLFLOW)  # the first is what others are compared with
    with sandboxes(subject, handlers) as made, task_root() as folder:
        asked: dict[str, Any] = {name: partial(throughput.handler, name, make, event) for name, make in made.items()}
        for program in programs:
            if program in SERVICES:
                asked[program.name] = partial(_service, subject, program, folder)
        found, failed = throughput.measure(asked, subject.served.rows, done)
    return {program.name: found[program.name] for program in programs if program.name in found}, failed


def _one_row(subject: Subject) -> list[str]:
    try:
        found = subject.one_row()
    except ModelError:
        return []
    compiled, mlflow = (found[name] * 1e6 for name in ("compiled", "mlflow"))
    times = f"compiled {compiled:,.0f} us, mlflow.pyfunc {mlflow:,.0f} us"
    return [f"one row, the model alone: {times}: {mlflow / compiled:,.0f} x faster"]


def _service(subject: Subject, program: Program, folder: Path) -> Any:
    variables = environment(**ALIKE, **program.variables(subject))
    return throughput.service(program.name, program.python(subject), program.entry, folder, variables)
