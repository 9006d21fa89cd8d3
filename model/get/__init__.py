"""Fetch an MLflow model from any source, check that it loads and predicts, and put it in place whole or not at all."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from model import mlmodel
from model.build import candidates
from model.build.bundle import Choices, live
from model.build.candidates import Candidate
from model.build.question import ask_mlflow, make_question
from model.build.reference import LiveReference
from model.environment.requirements import model_requirements
from model.errors import ModelError
from model.folder_size import folder_size
from model.get import sources
from model.get.placing import check_replaceable, remove_leftovers, replace_model, restore_model, stage_model
from model.get.sources import PARTS, Advance, ModelSource
from model.mlmodel import MLModel, model_digest, note_source, noted_name
from model.process import ChildError

Tell = Callable[[str], None]


class FetchedModel(NamedTuple):
    """A model that was fetched.

    Attributes:
        model: the model in its final directory.
        source: the content of its `source.json`.
        megabytes: total size of its files.
        not_compiled: why the compiled backend refuses the model; None if it compiles.
    """

    model: MLModel
    source: dict[str, Any]
    megabytes: float
    not_compiled: str | None


def get(
    source: ModelSource, out: Path, *, python: str | None = None, tell: Tell = print, advance: Advance
) -> FetchedModel:
    """Fetch a model, check that MLflow loads it and that it predicts its input example, and move it to `out`.

    A model that is already in `out` stays until then. An interrupted download from S3 resumes on the next call.
    Several processes may do this at once; each fetches for itself, and the last one's model stays.

    Args:
        source: where the model comes from.
        out: the directory to create or, if it holds an MLflow model, to replace.
        python: as `environment.choose_python` takes it.
        tell: called with a sentence at each step.
        advance: called with the bytes fetched and the bytes in total.

    Raises:
        ModelError: the source cannot be read, MLflow cannot load the model here, or `out` holds something else.
    """
    key = hashlib.sha256(source.uri.encode()).hexdigest()[:12]
    try:
        restore_model(out)
        check_replaceable(out)
        with stage_model(out, key) as staged:
            try:
                _empty(staged)
                origin = _fetch(source, staged, tell, advance)
                not_compiled = _check(mlmodel.read(staged), python, tell)
                replace_model(staged, out)
            except BaseException:
                if not _can_resume(staged):
                    shutil.rmtree(staged, ignore_errors=True)
                raise
        remove_leftovers(out, key)
    except OSError as error:
        raise ModelError(f"cannot write {error.filename or out}: {error.strerror or error}") from None
    return FetchedModel(mlmodel.read(out), origin, folder_size(out) / 1e6, not_compiled)


def _fetch(source: ModelSource, staged: Path, tell: Tell, advance: Advance) -> dict[str, Any]:
    """Fetch the files and write `source.json` beside them; return its content."""
    tell(f"fetching {source.uri}")
    provenance = sources.fetch(source, staged, advance)
    known = provenance._asdict()
    known["name"] = provenance.name or noted_name(staged)  # which a copy of a fetched model has
    known |= {"files_sha256": model_digest(staged), "fetched": datetime.now(UTC).isoformat(timespec="seconds")}
    note_source(staged, source.uri, **known)
    return {"uri": source.uri, **known}


def _can_resume(staged: Path) -> bool:
    return (staged / PARTS).exists()


def _empty(staged: Path) -> None:
    """Remove what a killed run left, unless the download can resume from it."""
    if _can_resume(staged):
        return
    for path in staged.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _check(model: MLModel, python: str | None, tell: Tell) -> str | None:
    """Load the model in its own environment and predict its example; return why it does not compile, or None."""
    needs = model_requirements(model.folder, model.described, model.python)
    reference = live(model, needs, Choices(python=python), tell)
    tell("loading the model with MLflow")
    rows, params = model.example or ([], {})
    question = make_question(model)
    ask_mlflow(model, reference.interpreter, reference.environment.python, question._replace(rows=rows, params=params))
    tell("trying to compile the model")
    return _reason_not_compiled(reference, rows=bool(question.rows))


def _reason_not_compiled(reference: LiveReference, *, rows: bool) -> str | None:
    candidate = Candidate("compiled", {"predict_fn": reference.model.predict_fn})
    if reason := candidates.unfit(reference.model, candidate, rows=rows):
        return reason
    with tempfile.TemporaryDirectory() as folder:
        try:
            reference.export(candidate, Path(folder))
        except ChildError as error:
            return str(error)
    return None
