"""Measure one model in every program that can serve it."""

import argparse
from functools import partial
from pathlib import Path
from typing import Any

from rich.progress import Progress

from bench import measure, models, throughput
from bench.budgets import compare_compiled_and_native
from bench.figures import Outcome
from bench.file_reads import FileReads, measure_file_reads
from bench.programs import MLFLOW, NOTHING, PROGRAMS, SERVICES, Program
from bench.sandbox import COMMON_VARIABLES, make_event, sandboxes, task_root
from bench.subject import Subject, measure_size
from bench.throughput import Rates
from local.stage import environment
from model.errors import ModelError


def compare_programs(name: str, options: argparse.Namespace, progress: Progress) -> Outcome:
    """Measure a model, given by its name or directory.

    Raises:
        BundleError, InitError, LocalError, ModelError, ProgramError: a measurement failed.
    """
    cache = options.output / "bench"
    bar = progress.add_task(f"{name}: training", total=None)
    model = models.load_model(name, cache)
    subject = Subject(model, cache / model.name)
    notes = [model.note] if model.note else []
    programs, services = (
        _find_programs(subject, every, options.only, progress, bar, notes) for every in (PROGRAMS, SERVICES)
    )
    starts: dict[str, list[measure.Start]] = {}
    reads: dict[str, FileReads] = {}
    rates: dict[str, Rates] = {}
    steps = (options.starts + len(programs)) * ("starts" in options.part)
    progress.update(bar, description=f"{name}: starts", total=steps + len(throughput.SIZES), completed=0)
    done = partial(progress.advance, bar)
    event = make_event(model.example)
    with sandboxes(subject, programs) as made:
        failed = measure.warm_up(made, event)
        notes += [f"left out: {each}: {reason}" for each, reason in failed.items()]
        programs = [program for program in programs if program.name not in failed]
        if "starts" in options.part:
            working = {program.name: made[program.name] for program in programs}
            for each, make in working.items():
                reads[each] = measure_file_reads(make)
                done()
            starts = measure.measure(working, event, starts=options.starts, requests=options.requests, done=done)
    if "rates" in options.part:
        progress.update(bar, description=f"{name}: rows per second")
        measured = [program for program in (*programs, *services) if program.name != NOTHING]
        rates, failed = _measure_rates(subject, measured, done)
        notes += [f"left out of rows per second: {each}: {reason}" for each, reason in failed.items()]
        notes += _one_row(subject)
    installed = {each.name: measure_size(each.python(subject), each.files(subject)) for each in programs}
    progress.remove_task(bar)
    outcome = Outcome(model.name, model.title, starts, reads, installed, rates, notes)
    notes += [line] if (line := compare_compiled_and_native(outcome)) else []
    return outcome


def _find_programs(
    subject: Subject, every: tuple[Program, ...], only: list[str] | None, progress: Progress, bar: Any, notes: list[str]
) -> list[Program]:
    """Return the programs that can serve the model, with their environments installed; note why others cannot."""
    programs = []
    for program in every:
        if program.name not in (only or [program.name]):
            continue
        progress.update(bar, description=f"{subject.model_name}: {program.name}")
        try:
            if not (reason := program.reason_unsuitable(subject)):
                program.python(subject)
        except ModelError as error:
            reason = str(error)
        if reason:
            notes.append(f"left out: {program.name}: {reason}")
            continue
        programs.append(program)
        if program.format == "onnx":
            difference = subject.converted("onnx").facts["difference"]
            notes.append(f"{program.name}: its outputs differ from the model's by up to {difference:.1e}")
    return programs


def _measure_rates(subject: Subject, programs: list[Program], done: Any) -> tuple[dict[str, Rates], dict[str, str]]:
    event = make_event([])
    handlers = [program for program in programs if program in PROGRAMS]
    handlers.sort(key=lambda program: program.name != MLFLOW)  # the first one is the reference of the others
    with sandboxes(subject, handlers) as made, task_root() as folder:
        starters: dict[str, Any] = {name: partial(throughput.handler, name, make, event) for name, make in made.items()}
        for program in programs:
            if program in SERVICES:
                starters[program.name] = partial(_service, subject, program, folder)
        found, failed = throughput.measure(starters, subject.bench_model.rows, done)
    return {program.name: found[program.name] for program in programs if program.name in found}, failed


def _one_row(subject: Subject) -> list[str]:
    try:
        found = subject.time_one_row()
    except ModelError:
        return []
    compiled, mlflow = (found[name] * 1e6 for name in ("compiled", "mlflow"))
    times = f"compiled {compiled:,.0f} us, mlflow.pyfunc {mlflow:,.0f} us"
    return [f"one row without a service: {times}: {mlflow / compiled:,.0f} x faster"]


def _service(subject: Subject, program: Program, folder: Path) -> Any:
    variables = environment(**COMMON_VARIABLES, **program.variables(subject))
    return throughput.service(program.name, program.python(subject), program.entry, folder, variables)
