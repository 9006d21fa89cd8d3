"""Score a file on all processors in constant memory: `python -m model score INPUT OUTPUT`.

The file is read in chunks, worker processes score them, and the results are written in the order of the input. An
interrupted run keeps its results beside the output, and the next run resumes from there.
"""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from handler import bundle as bundles
from handler.errors import BundleError, InvalidParam
from handler.schema import Schema
from handler.schema.params import FIELD
from model import environment
from model.errors import ModelError
from model.score import arrow
from model.score.input_files import InputFile, open_input
from model.score.job import Job
from model.score.journal import Journal, Progress
from model.score.output_files import csv_header, finish_output, output_names
from model.score.workers import Pool

Advance = Callable[[int, int, int], None]
"""Called with the position in the input, the size of the input (in the same unit) and the number of rows so far."""


class Summary(NamedTuple):
    """The counts of a run.

    Attributes:
        rows: number of rows in the output.
        refused: number of refused rows by reason.
        resumed: number of rows that an earlier, interrupted run had scored.
        depends_on_batch: whether the prediction for a row depends on which rows were scored together with it.
    """

    rows: int
    refused: Counter[str]
    resumed: int
    depends_on_batch: bool = False


def score(job: Job, advance: Advance) -> Summary:
    """Score a file. The output has one row for each input row: its number, and its prediction or an `error`.

    Raises:
        ModelError: the file cannot be read or lacks columns, a param does not fit the signature, a worker dies, or the
            interrupted run that this one would resume had another file, bundle or params.
    """
    try:
        manifest = bundles.read_manifest(job.bundle)
    except BundleError as error:
        raise ModelError(str(error)) from None
    schema = Schema(manifest.signature)
    try:
        schema.params.from_query(job.params, required=True)
    except InvalidParam as error:
        raise ModelError(f"--param: {error}") from None
    if job.explain and manifest.unexplained:
        raise ModelError(f"--explain: the predictions of this model are not explained: {manifest.unexplained}")
    source = open_input(job.source)
    _check_columns(source, schema, job)
    if job.output.suffix.lower() not in {".csv", ".jsonl", ".ndjson", ".parquet"}:
        raise ModelError(f"{job.output} must end in .csv, .jsonl or .parquet")
    if job.output.exists() and job.output.samefile(job.source):
        raise ModelError(f"{job.output} is the input: name another file for the output")
    python = environment.runtime_environment(job.bundle)
    job.output.parent.mkdir(parents=True, exist_ok=True)
    output_format = "csv" if job.output.suffix.lower() == ".csv" else "jsonl"
    names = output_names(manifest) + ["explanation"] * job.explain
    request = {
        "bundle": str(job.bundle.resolve()),
        "input": source.format,
        "header": source.columns,
        "output": output_format,
        "names": names,
        "keep": list(job.keep),
        "params": dict(job.params),
        "explain": job.explain,
    }
    encode = arrow.encoder(schema, source.columns, job.keep) if source.arrow else lambda _: None
    with Journal(job, source, request) as journal, Pool(python, request, encode, job.workers) as pool:
        start = journal.progress
        if not start.size:
            journal.begin(csv_header(names, job.keep) if output_format == "csv" else b"")
        advance(start.position, source.size, start.rows)
        for chunk, scored in pool.results(source.chunks(start.position, start.rows)):
            journal.add(chunk.end, scored)
            advance(chunk.end, source.size, journal.progress.rows)
        end: Progress = journal.progress
        finish_output(journal.out, job.output, manifest, job.keep, names)
    journal.remove()
    return Summary(end.rows, Counter(end.refused), start.rows, manifest.answers.batch)


def _check_columns(source: InputFile, schema: Schema, job: Job) -> None:
    """Refuse a file that lacks required columns before anything is scored."""
    known = set(source.columns)
    for column in schema.columns:
        if column.required and column.name not in known:
            expected = ", ".join(column.name for column in schema.columns[:20])
            raise ModelError(f"{job.source} lacks the column {column.name!r}; the model needs {expected}")
    if source.format == "csv" and schema.rows_have_params and FIELD in known:
        raise ModelError(f"{job.source} has a column 'params', but CSV has no params in its rows: use --param")
    for name in job.keep:
        if name not in known:
            raise ModelError(f"{job.source} lacks the column {name!r} of --keep")
