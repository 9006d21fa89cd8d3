"""Scores a file with all processors, in constant memory: `python -m model score INPUT OUTPUT`.

The file is read in chunks, workers score them, and their results are written in the file's order. What an interrupted
run has written is kept beside the output, and the next goes on from there.
"""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from handler import bundle as bundles
from handler.errors import BundleError
from handler.schema import Schema
from model import environment
from model.errors import ModelError
from model.score.journal import Journal, Progress
from model.score.reading import Source, opened
from model.score.workers import Pool
from model.score.writing import finished, header, names

Advance = Callable[[int, int, int], None]
"""Called with what of the input is done, how much there is (both in the source's unit), and the rows so far."""


class Asked(NamedTuple):
    """What is asked for.

    Attributes:
        source: a .csv, .jsonl or .parquet file, its first line a header where it is CSV.
        output: the file to write, in any of these forms.
        bundle: what scores it.
        workers: how many processes.
        keep: columns of the input that the output repeats.
    """

    source: Path
    output: Path
    bundle: Path
    workers: int = os.cpu_count() or 1
    keep: tuple[str, ...] = ()


class Done(NamedTuple):
    """What was done: rows in all, and how many were refused, by reason; `resumed` of them by an earlier run."""

    rows: int
    refused: Counter[str]
    resumed: int


def score(asked: Asked, advance: Advance) -> Done:
    """Score a file; every row of it is one of the output, with its number, and with an `error` where it was refused.

    Raises:
        ModelError: the file lacks columns, or is none; a worker dies; what was begun is of another file or bundle.
    """
    try:
        manifest = bundles.read(asked.bundle)
    except BundleError as error:
        raise ModelError(str(error)) from None
    schema = Schema(manifest.signature)
    source = opened(asked.source)
    _check_columns(source, schema, asked)
    python = environment.runtime_environment(asked.bundle)
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    form = "csv" if asked.output.suffix.lower() == ".csv" else "jsonl"
    if asked.output.suffix.lower() not in {".csv", ".jsonl", ".ndjson", ".parquet"}:
        raise ModelError(f"{asked.output} is written as .csv, .jsonl or .parquet; name it so")
    request = {
        "bundle": str(asked.bundle.resolve()),
        "input": source.form,
        "header": source.columns,
        "output": form,
        "names": names(manifest),
        "keep": list(asked.keep),
    }
    with Journal(asked, source, request) as journal, Pool(python, request, asked.workers) as pool:
        start = journal.progress
        if not start.size:
            journal.begin(header(manifest, asked.keep) if form == "csv" else b"")
        advance(start.place, source.size, start.rows)
        for chunk, scored in pool.results(source.chunks(start.place, start.rows)):
            journal.add(chunk.end, scored)
            advance(chunk.end, source.size, journal.progress.rows)
        end: Progress = journal.progress
        finished(journal.out, asked.output, manifest, asked.keep)
    journal.remove()
    return Done(end.rows, Counter(end.refused), start.rows)


def _check_columns(source: Source, schema: Schema, asked: Asked) -> None:
    """Refuse a file without the columns that are needed, before anything is scored."""
    known = set(source.columns)
    for column in schema.columns:
        if column.required and column.name not in known:
            takes = ", ".join(column.name for column in schema.columns[:20])
            raise ModelError(f"{asked.source} lacks the column {column.name!r}; the model takes {takes}")
    for name in asked.keep:
        if name not in known:
            raise ModelError(f"{asked.source} lacks the column {name!r}, which is to be kept")
