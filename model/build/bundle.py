"""From a model's folder to a proved bundle: the fastest backend whose answers are MLflow's own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from handler.bundle import File, Manifest
from handler.files import sha256
from handler.parity import Calls, LeftOut
from model import environment, mlmodel, openapi, predict_fn
from model.build import candidates, explanations, parity, quantizing, selection
from model.build.answered import answered_example, described_answers, proof_state, start_check
from model.build.question import ask_bundle
from model.build.reference import LiveReference, RecordedReference, Reference, Tell, UnknownReference, record
from model.build.selection import Proved
from model.child.contract import AnsweringResult
from model.environment.pythons import minor, python_version
from model.environment.requirements import Requirements, model_requirements
from model.errors import ModelError, Unreachable
from model.folder_size import folder_size
from model.mlmodel import MLModel
from model.openapi import columns
from model.pickles import pickles_with_code
from model.work_folder import work_folder

NO_SIGNATURE = (
    "the model has no signature, so requests are neither checked nor described: log it with "
    "signature=mlflow.models.infer_signature(inputs, model.predict(inputs)) and input_example=inputs[:3]"
)

_MANY = 50  # columns
_LONG = 200  # characters


class Choices(NamedTuple):
    """The options of a build.

    Attributes:
        backend: a name in `BACKENDS`, or `auto` for the first that gives MLflow's answers.
        predict_fn: the method of a scikit-learn estimator to serve instead of the one it was logged with.
        python: version or path of the Python to ask the model under; None for the one it was saved on.
        handler_python: version or path of the Python to serve under; None for the model's own from 3.11 on.
        requirements: a file of packages that replaces the model's own.
        rows: how many generated rows to ask at most; None for all.
        reference: folder of a recorded reference, which replaces the model's own Python.
        name: the model's name in URLs and descriptions; None for its own.
        unproved: whether to serve a model that MLflow gives no answers for, because its packages do not install or it
            needs a service that the build does not reach.
        quantize: whether to round the weights of a network to 8 bits after it is proved.
    """

    backend: str = "auto"
    predict_fn: str | None = None
    python: str | None = None
    handler_python: str | None = None
    requirements: Path | None = None
    rows: int | None = None
    reference: Path | None = None
    name: str | None = None
    unproved: bool = False
    quantize: bool = False

    @property
    def tried(self) -> str:
        """The backend to try: a network that is quantised does not fall back to another one than `native`."""
        return "native" if self.quantize else self.backend


class Built(NamedTuple):
    """A bundle that was built.

    Attributes:
        bundle: the folder.
        manifest: its manifest.
        needs_bytes: size of the packages that it needs, installed.
        load_seconds: time to load and warm up.
        thousand_seconds: time for a batch of 1,000 rows, estimated from the proof; 0 if it takes one row at a time.
    """

    bundle: Path
    manifest: Manifest
    needs_bytes: int
    load_seconds: float
    thousand_seconds: float


def build(source: Path, bundle: Path, choices: Choices = Choices(), *, tell: Tell = print) -> Built:  # noqa: B008 - never changed
    """Build and prove a bundle; an older one stays in place until the new one is complete.

    Args:
        source: the MLflow model's folder.
        bundle: the folder to write.
        choices: the options.
        tell: called with a sentence at each step.

    Raises:
        ModelError: the model cannot be read, installed, loaded or served; says why, and what to do.
    """
    bundle.parent.mkdir(parents=True, exist_ok=True)
    with work_folder(f".{bundle.name}-", bundle.parent) as work:
        model = read_model(source, choices, work)
        if model.signature.inputs is None:
            tell(f"note: {NO_SIGNATURE}")
        needs = model_requirements(model.folder, model.described, model.python, choices.requirements)
        reference = find_reference(model, needs, choices, tell)
        handler = environment.handler_interpreter(choices.handler_python, reference.interpreter)
        proved = selection.choose(reference, needs, handler, choices.tried, work, tell)
        if choices.quantize:
            proved = quantizing.quantize(proved, handler, tell)
        tell("starting it once more, as it will be served")
        built = finish(reference, proved)
        replace(proved.staged.folder, bundle)
    return built._replace(bundle=bundle)


def find_reference(model: MLModel, needs: Requirements, choices: Choices, tell: Tell) -> Reference:
    """Return a recorded or live reference; an unknown one if MLflow gives no answers and the choice is `unproved`.

    Raises:
        ModelError: the model's own environment cannot be made.
    """
    if choices.reference:
        return RecordedReference(model, choices.reference)
    try:
        reference = live(model, needs, choices, tell)
        if choices.unproved:
            reference.ask(None, tell)
    except Unreachable:
        raise
    except ModelError as error:
        if not choices.unproved:
            raise ModelError(f"{error}; or serve it as it is, with --unproved") from None
        tell(f"note: not proved: {error}")
        return UnknownReference(model, str(error))
    return reference


def record_reference(source: Path, folder: Path, choices: Choices, *, tell: Tell = print) -> None:
    """Write the model's exports and MLflow's answers into a new folder, for a build on another machine.

    Raises:
        ModelError: as `build` does.
    """
    folder.mkdir(parents=True)
    with work_folder("thaw-") as work:
        model = read_model(source, choices, work)
        needs = model_requirements(model.folder, model.described, model.python, choices.requirements)
        reference = live(model, needs, choices, tell)
        record(reference, candidates.listed(model, choices.tried), folder, tell)


def read_model(source: Path, choices: Choices, work: Path) -> MLModel:
    """Read a model's folder, name it, and switch it to the chosen method.

    Raises:
        ModelError: it is no model, it lacks the method, or it cannot be quantised and is to be.
    """
    model = mlmodel.read(source)
    if choices.quantize:
        quantizing.check(model, choices.backend)
    info = msgspec.structs.replace(model.info, name=choices.name or model.info.name)
    if choices.predict_fn and choices.predict_fn != model.predict_fn:
        model = predict_fn.with_predict_fn(model, choices.predict_fn, work / "model")
    return model._replace(info=info)


def live(model: MLModel, needs: Requirements, choices: Choices, tell: Tell) -> LiveReference:
    """Make the model's environment, and return the reference that asks it there.

    Raises:
        ModelError: the packages do not install, or the model holds code of another Python.
    """
    interpreter = environment.model_interpreter(choices.python, model.python)
    if interpreter.note:
        tell(f"note: {interpreter.note}")
    code = pickles_with_code(model.folder)
    if code and interpreter.differs_from(model.python):
        raise ModelError(
            f"{code[0]} holds code of Python {model.python}, which Python {interpreter.version} cannot run: "
            f"build it under its own Python, with --python {'.'.join(map(str, minor(model.python)))}"
        )
    tell(f"installing the model's own packages for Python {'.'.join(map(str, interpreter.minor))}")
    if choices.python or code:
        made = environment.model_environment(needs, interpreter, saved=model.python, tell=tell)
    else:
        own = interpreter
        interpreter, made = environment.nearby_environment(needs, own, saved=model.python, tell=tell)
        if interpreter.minor != own.minor:
            without = ".".join(map(str, own.minor))
            tell(f"note: its packages have no wheels for Python {without}: it is asked under {interpreter.version}")
    for note in made.notes:
        tell(f"note: {note}")

    def with_packages(names: Sequence[str]) -> environment.Environment:
        return environment.model_environment(needs, interpreter, more=names, saved=model.python)

    return LiveReference(model, interpreter, made, choices.rows, with_packages)


def finish(reference: Reference, proved: Proved) -> Built:
    """Add the example with its answer, the proof and the hashes, and start the bundle as it will be served."""
    model, folder, asked = reference.model, proved.staged.folder, proved.asked
    parity.write_parity(folder, asked.question._asdict(), asked.answers)
    state, example = proof_state(proved), answered_example(model, proved)
    manifest = msgspec.structs.replace(
        proved.staged.manifest,
        example=example,
        check=start_check(example, proved),
        answers=described_answers(proved),
        built_with={
            "python": python_version(proved.python),
            "mlflow": asked.answers["mlflow"],
            **dict(line.split("==") for line in (folder / "requirements.txt").read_text().split() if "==" in line),
        },
        parity={
            "state": state,
            "rows": proved.verdict.rows if state != "unproved" else 0,
            "cases": asked.question.cases,
            "identical_rows": proved.verdict.identical if state != "unproved" else 0,
            "greatest_difference": proved.verdict.difference,
            "unstable_rows": proved.verdict.unstable,
            "unicode_rows": proved.verdict.unicode,
            "asked": {"mlflow": calls_made(asked.answers), "bundle": calls_made(proved.answers)},
            "not_asked": [shortened(left_out, asked.question.rows) for left_out in asked.question.not_asked],
            "reference": {"python": reference.interpreter.version, "versions": proved.versions},
            "refused": proved.refused,
            **({"quantized": proved.quantized} if proved.quantized else {}),
        },
    )
    float32 = bool(asked.answers.get("float32"))
    reason = explanations.find_reason(folder, manifest, proved.python, asked.question, float32=float32)
    manifest = msgspec.structs.replace(manifest, unexplained=reason)
    if reason:
        (folder / "covers.bin").unlink(missing_ok=True)
    known = columns.observe_columns(asked.question.rows, asked.answers["errors"], proved.staged.hints or {})
    openapi.write(folder, manifest, model.metrics, known)
    manifest = with_hashes(folder, manifest)
    candidates.write_manifest(folder, manifest)
    started = ask_bundle(folder, proved.python, asked.question._replace(rows=[]))
    together = 0 if asked.question.alone else proved.answers["seconds_together"]
    thousand = 1000 * together / max(1, len(asked.question.rows))
    return Built(folder, manifest, installed_bytes(proved.python), started["seconds"], thousand)


def calls_made(answers: AnsweringResult) -> Calls | None:
    """Return how many calls were made; None where there were none, or a recorded reference does not say."""
    asked = answers.get("asked")
    return asked if asked and asked["calls"] else None


def shortened(left_out: LeftOut, rows: list[dict[str, Any]]) -> LeftOut:
    """Return a row that was not asked for the manifest: of many columns, those that differ from the first row asked."""
    row = left_out["row"]
    if rows and len(row) > _MANY:
        row = {name: value for name, value in row.items() if value != rows[0].get(name)}
    long = {name: f"{value[:_LONG]}..." for name, value in row.items() if isinstance(value, str) and len(value) > _LONG}
    return {"row": row | long, "reason": left_out["reason"]}


def installed_bytes(python: Path) -> int:
    """Return the size of the packages in an environment, given by its interpreter."""
    packages = python.parent.parent.glob("lib/python*/site-packages")
    return sum(map(folder_size, packages))


def with_hashes(folder: Path, manifest: Manifest) -> Manifest:
    """Return the manifest with the size and hash of every file of the bundle."""
    files = {
        str(path.relative_to(folder)): File(path.stat().st_size, sha256(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }
    return msgspec.structs.replace(manifest, files=files)


def replace(new: Path, bundle: Path) -> None:
    """Replace the old bundle by the new one."""
    old = new.parent / "old"
    if bundle.exists():
        bundle.rename(old)
    new.rename(bundle)
