"""Brings an MLflow model to where it is built from: whole and loadable, or not at all."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from handler.bundle import sha256
from model import candidates, environment, mlmodel, sources
from model.candidates import Candidate
from model.child import ChildError
from model.errors import ModelError
from model.mlmodel import SOURCE, MLModel
from model.question import Question, ask_about, ask_mlflow
from model.sources import Advance, Wanted

Tell = Callable[[str], None]


class Got(NamedTuple):
    """What was brought.

    Attributes:
        model: the model, where it now lies.
        source: what its `source.json` says.
        megabytes: of all its files.
        compiles: None where it does, else why not.
    """

    model: MLModel
    source: dict[str, Any]
    megabytes: float
    compiles: str | None


def get(wanted: Wanted, out: Path, *, python: str | None = None, tell: Tell = print, advance: Advance) -> Got:
    """Fetch a model, prove that MLflow loads it and that it answers its example, and put it in the place of `out`.

    What was there stays until then. What an interrupted fetch from S3 has is kept, and taken up by the next.

    Args:
        wanted: the source.
        out: the folder to make or, if it holds an MLflow model, to replace.
        python: as `environment.choose_python` takes it.
        tell: called with a sentence at each step.
        advance: called with the bytes there are and will be.

    Raises:
        ModelError: it cannot be had, is no model that MLflow loads here, or `out` holds something else.
    """
    restore(out)
    check_replaceable(out)
    key = hashlib.sha256(wanted.uri.encode()).hexdigest()[:12]
    staged = out.parent / f".{out.name}-{key}.partial"
    try:
        staged.mkdir(parents=True, exist_ok=True)
        tell(f"fetching {wanted.uri}")
        found = sources.fetch(wanted, staged, advance)
        source = {"uri": wanted.uri, **found._asdict(), "files_sha256": of_files(staged)}
        source["fetched"] = datetime.now(UTC).isoformat(timespec="seconds")
        (staged / SOURCE).write_text(json.dumps(source, indent=2) + "\n")
        model = mlmodel.read(staged)
        reason = _proved(model, python, tell)
        check_replaceable(out)  # again: that took a while
        replace(staged, out)
    except BaseException as error:
        _discard(staged)
        if isinstance(error, OSError):
            raise ModelError(f"{error.filename or staged} cannot be written: {error.strerror}") from None
        raise
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    return Got(mlmodel.read(out), source, size / 1e6, reason)


def _discard(staged: Path) -> None:
    """Remove what was fetched, but for parts that the next fetch can go on from."""
    if not (staged / ".parts").exists():
        shutil.rmtree(staged, ignore_errors=True)


def _proved(model: MLModel, python: str | None, tell: Tell) -> str | None:
    """Load and ask the model in its own environment; why it will not be compiled, if it will not."""
    interpreter, note = environment.choose_python(python, model.python)
    if note:
        tell(f"note: {note}")
    tell("installing the model's own requirements")
    ours = environment.model_environment(model.folder, interpreter)
    tell("asking MLflow to load it")
    rows, params = model.example or ([], {})
    question = ask_about(model)
    ask_mlflow(model, ours, Question(rows, params, question.alone, {}))
    tell("trying to compile it")
    return _compiles(model, ours, question)


def _compiles(model: MLModel, python: Path, question: Question) -> str | None:
    candidate = Candidate("compiled", {"predict_fn": model.predict_fn})
    if reason := candidates.unfit(model, candidate, question):
        return reason
    with tempfile.TemporaryDirectory() as folder:
        try:
            candidates.stage(model, candidate, python, Path(folder))
        except ChildError as error:
            return str(error)
    return None


def of_files(folder: Path) -> str:
    """One SHA-256 of all files of a folder: of the lines `path hash`, sorted."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != SOURCE:
            digest.update(f"{path.relative_to(folder).as_posix()} {sha256(path)}\n".encode())
    return digest.hexdigest()


def check_replaceable(out: Path) -> None:
    """Refuse to replace what is no MLflow model.

    Raises:
        ModelError: it is none.
    """
    if out.exists() and not (out / "MLmodel").is_file():
        raise ModelError(f"{out} exists and is no MLflow model: choose another --out")


def restore(out: Path) -> None:
    """Put back what a `replace` that was killed had put aside."""
    old = _aside(out)
    if old.exists() and not out.exists():
        old.rename(out)


def _aside(out: Path) -> Path:
    return out.parent / f".{out.name}-old"


def replace(new: Path, out: Path) -> None:
    """Rename a finished model into its place; the last one goes when the new one is there."""
    old = _aside(out)
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    new.rename(out)
    shutil.rmtree(old, ignore_errors=True)
