"""From a model's folder to a proved bundle: the fastest backend whose answers are MLflow's own."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from handler.bundle import Example, File, Manifest, sha256
from model import candidates, environment, mlmodel, openapi, parity, proof
from model.candidates import Staged
from model.child import ChildError
from model.errors import ModelError
from model.mlmodel import MLModel
from model.openapi import columns
from model.question import Question, ask_about, ask_bundle, ask_mlflow

Tell = Callable[[str], None]


class Built(NamedTuple):
    """What was built.

    Attributes:
        bundle: the folder.
        manifest: what it says of itself.
        load_seconds: what it takes to load and warm up.
        thousand_seconds: what 1,000 rows at once take, by the rows it was proved with; 0 if it takes one at a time.
    """

    bundle: Path
    manifest: Manifest
    load_seconds: float
    thousand_seconds: float


def build(
    source: Path,
    bundle: Path,
    *,
    backend: str = "auto",
    predict_fn: str | None = None,
    python: str | None = None,
    tell: Tell = print,
) -> Built:
    """Build and prove a bundle; the one that was there stays until the new one is whole.

    Args:
        source: the MLflow model's folder.
        bundle: the folder to write.
        backend: a name in `BACKENDS`, or `auto` for the first that gives MLflow's answers.
        predict_fn: the method of a scikit-learn estimator to serve instead of the one it was logged with.
        python: version or path of the interpreter to build under; see `environment.choose_python`.
        tell: called with a sentence at each step.

    Raises:
        ModelError: the model cannot be read, installed, loaded or served; says why, and what to do.
    """
    bundle.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{bundle.name}-", dir=bundle.parent) as work:
        model = mlmodel.read(source)
        if predict_fn and predict_fn != model.predict_fn:
            model = mlmodel.with_predict_fn(model, predict_fn, Path(work) / "model")
        interpreter, note = environment.choose_python(python, model.python)
        if note:
            tell(f"note: {note}; if it does not work there, {environment.remedy(model.python)}")
        tell("installing the model's own requirements")
        ours = environment.model_environment(model.folder, interpreter)
        proved = _choose(model, ours, backend, Path(work), tell)
        tell("starting it once more, as it will be served")
        built = _finish(model, proved)
        replace(proved.staged.folder, bundle)
    return built._replace(bundle=bundle)


class _Proved(NamedTuple):
    """A staged backend that gave MLflow's answers, in the environment it will be served in."""

    staged: Staged
    python: Path
    answers: dict[str, Any]
    verdict: proof.Verdict
    question: Question
    reference: dict[str, Any]
    refused: list[dict[str, str]]


def _choose(model: MLModel, python: Path, backend: str, work: Path, tell: Tell) -> _Proved:
    """The first candidate whose answers are MLflow's."""
    refused: list[dict[str, str]] = []
    question, reference = ask_about(model), None
    for candidate in candidates.listed(model, backend):
        name, reason = candidate.backend, candidates.unfit(model, candidate, question)
        if reason is None:
            name = str(candidate)
            tell(f"trying {candidate}")
            folder = work / "-".join([candidate.backend, *map(str, candidate.options.values())])
            folder.mkdir()
            try:
                staged = candidates.stage(model, candidate, python, folder)
                if reference is None or staged.hints is not None:
                    question = ask_about(model, staged.hints)
                    tell(f"asking MLflow for {len(question.rows)} answers")
                    reference = ask_mlflow(model, python, question)
                    question = question._replace(one_at_a_time=reference["one_at_a_time"])
                return _prove(staged, python, question, reference)._replace(refused=refused)
            except (ChildError, _Refused) as error:
                reason = str(error)
        if (entry := {"backend": name, "reason": reason}) not in refused:
            refused.append(entry)
    reasons = "; ".join(f"{entry['backend']}: {entry['reason']}" for entry in refused)
    raise ModelError(f"no backend gives MLflow's answers for the model in {model.folder}: {reasons}")


class _Refused(Exception):
    """A backend's answers are not MLflow's."""


def _prove(staged: Staged, python: Path, question: Question, reference: dict[str, Any]) -> _Proved:
    """Prove a staged backend in the model's environment, then where only what it needs is installed."""
    answers = ask_bundle(staged.folder, python, question, staged.roots)
    verdict = proof.compare(question.rows, reference, answers)
    # First without what was imported only because it was there; where that changes an answer, with it.
    for needs in ([answers["required"]] if staged.roots else []) + [answers["imported"]]:
        if verdict.refusal:
            break
        (staged.folder / "requirements.txt").write_text("".join(f"{line}\n" for line in needs))
        served_by = environment.runtime_environment(staged.folder, python)
        try:
            answers_there = ask_bundle(staged.folder, served_by, question)
        except ChildError as error:
            verdict_there = verdict._replace(refusal=str(error))
            continue
        verdict_there = proof.compare(question.rows, reference, answers_there)
        if verdict_there.refusal is None:
            return _Proved(staged, served_by, answers_there, verdict_there, question, reference, [])
    raise _Refused(verdict.refusal or f"with only the packages it imported: {verdict_there.refusal}")


def _finish(model: MLModel, proved: _Proved) -> Built:
    """Add the example with its answer, the proof and the hashes, and start the whole as it will be served."""
    folder, question, reference = proved.staged.folder, proved.question, proved.reference
    parity.write(folder, question._asdict(), reference)
    example = None
    if model.example is not None and model.signature.inputs is not None and question.rows:
        asked, params = model.example
        answers = proved.answers["batch"][: len(asked)]
        if None in answers:  # the model takes one row at a time
            asked, answers = asked[:1], proved.answers["single"][:1]
        example = Example(asked, params, answers)
    manifest = msgspec.structs.replace(
        proved.staged.manifest,
        example=example,
        built_with={
            "python": environment.version(proved.python),
            "mlflow": reference["mlflow"],
            **dict(line.split("==") for line in (folder / "requirements.txt").read_text().split() if "==" in line),
        },
        parity={
            "rows": proved.verdict.rows,
            "cases": question.cases,
            "identical_rows": proved.verdict.identical,
            "greatest_difference": proved.verdict.difference,
            "unstable_rows": proved.verdict.unstable,
            "refused": proved.refused,
        },
    )
    known = columns.learned(question.rows, reference["errors"], proved.staged.hints or {})
    openapi.write(folder, manifest, model.metrics, known)
    manifest = with_hashes(folder, manifest)
    candidates.write_manifest(folder, manifest)
    started = ask_bundle(folder, proved.python, question._replace(rows=[]))
    together = 0 if question.alone else proved.answers["seconds_together"]
    return Built(folder, manifest, started["seconds"], 1000 * together / max(1, len(question.rows)))


def with_hashes(folder: Path, manifest: Manifest) -> Manifest:
    """The manifest with size and hash of every file that is there."""
    files = {
        str(path.relative_to(folder)): File(path.stat().st_size, sha256(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }
    return msgspec.structs.replace(manifest, files=files)


def replace(new: Path, bundle: Path) -> None:
    """Put a finished bundle in the place of the last one."""
    old = new.parent / "old"
    if bundle.exists():
        bundle.rename(old)
    new.rename(bundle)
