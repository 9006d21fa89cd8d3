"""Choose the fastest backend whose answers are MLflow's own, in the environment that it will be served in."""

import importlib.metadata
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from handler.parity import Quantized, Refusal
from model import environment, process
from model.build import candidates, outputs, proof
from model.build.candidates import Staged
from model.build.proof import Verdict
from model.build.question import ask_bundle
from model.build.reference import Asked, Reference, Tell
from model.child.contract import AskBundleResult, Calls, RepackRequest, RepackResult
from model.environment import Interpreter
from model.environment.cache import make
from model.environment.pythons import OLDEST_HANDLER
from model.environment.requirements import Requirements
from model.environment.versions import newer
from model.errors import ModelError
from model.pickles import pickles_with_code
from model.process import ChildError

OWN = "the model's own versions"
_COMPILED = "nothing but msgspec"
_EXPORTED = "onnxruntime, without the model's own packages"
_AS_THEY_ARE = (OWN, _COMPILED, _EXPORTED)
_LONGEST = 400  # characters of one reason


class Proved(NamedTuple):
    """A staged backend that gave MLflow's answers, in the environment it will be served in.

    Attributes:
        staged: its files.
        python: the interpreter of that environment.
        answers: what it answered.
        verdict: how that compares.
        asked: what MLflow was asked, and answered.
        versions: which versions serve it: the model's own, or newer ones.
        refused: faster backends, and why they are not used.
        quantized: what was quantised after the proof, and its loss.
    """

    staged: Staged
    python: Path
    answers: AskBundleResult
    verdict: Verdict
    asked: Asked
    versions: str
    refused: list[Refusal]
    quantized: Quantized | None = None


class Setting(NamedTuple):
    """An environment to try a backend in.

    Attributes:
        versions: which versions it has, as a person reads it.
        python: makes it, and returns its interpreter.
        places: pip's options for the indexes that its packages come from.
    """

    versions: str
    python: Callable[[], Path]
    places: Sequence[str] = ()


class _Refused(Exception):
    """A backend's answers are not MLflow's."""


def choose(
    reference: Reference, requirements: Requirements, handler: Interpreter, backend: str, work: Path, tell: Tell
) -> Proved:
    """Return the first candidate whose answers are MLflow's.

    Args:
        reference: what the model's own interpreter gives.
        requirements: what the model needs.
        handler: the Python that the bundle is served under.
        backend: a name in `candidates.BACKENDS`, or `auto`.
        work: a folder for the candidates' files.
        tell: called with a sentence at each step.

    Raises:
        ModelError: none does.
    """
    model = reference.model
    refused: list[Refusal] = []
    rows = reference.has_rows()
    for candidate in candidates.listed(model, backend):
        reason = candidates.unfit(model, candidate, rows=rows)
        name = candidate.backend
        if reason is None:
            name = str(candidate)
            tell(f"trying {candidate}")
            folder = work / "-".join([candidate.backend, *map(str, candidate.options.values())])
            folder.mkdir()
            try:
                exported = None if candidate.backend == "pyfunc" else reference.export(candidate, folder)
                staged = candidates.stage(model, candidate, exported, folder)
                asked = reference.ask(staged.hints, tell)
                staged = outputs.describe_outputs(staged, model, asked.answers)
                if asked.answers.get("varies") and candidate.backend not in candidates.AS_SAVED:
                    raise _Refused("answers vary from call to call, so the model is served as it was saved")  # noqa: TRY301
                if asked.answers.get("changing_params") and candidate.backend not in candidates.AS_SAVED:
                    names = ", ".join(asked.answers["changing_params"])
                    raise _Refused(f"the answers depend on params, which only MLflow passes on: {names}")  # noqa: TRY301
                return _prove(staged, reference, requirements, handler, asked, tell)._replace(refused=refused)
            except (ChildError, _Refused) as error:
                reason = str(error)
        entry: Refusal = {"backend": name, "reason": reason}
        if entry not in refused:
            refused.append(entry)
    reasons = "; ".join(f"{entry['backend']}: {entry['reason']}" for entry in refused)
    raise ModelError(f"no backend gives MLflow's answers for the model in {model.folder}: {reasons}")


def _prove(
    staged: Staged, reference: Reference, requirements: Requirements, handler: Interpreter, asked: Asked, tell: Tell
) -> Proved:
    """Prove a staged backend in the first setting where its answers are MLflow's.

    Raises:
        _Refused: there is none; says what each gave.
    """
    reasons = []
    for setting in settings(staged, reference, requirements, handler, asked):
        if setting.versions not in _AS_THEY_ARE:
            tell(f"trying {setting.versions} on Python {'.'.join(map(str, handler.minor))}")
        try:
            return _prove_in(setting, staged, asked, handler, tell)
        except (ModelError, _Refused) as error:
            prefix = "" if setting.versions in _AS_THEY_ARE else f"with {setting.versions}: "
            reasons.append(f"{prefix}{error}"[:_LONGEST])
    raise _Refused("; ".join(reasons))


def settings(
    staged: Staged, reference: Reference, requirements: Requirements, handler: Interpreter, asked: Asked
) -> Iterator[Setting]:
    """Return the environments to try a staged backend in, best first.

    Raises:
        _Refused: its pickles hold code of another Python.
    """
    if staged.manifest.backend == "compiled":
        pin = f"msgspec=={importlib.metadata.version('msgspec')}\n"
        (staged.folder / "requirements.txt").write_text(pin)
        yield Setting(_COMPILED, lambda: environment.bundle_environment(staged.folder, handler))
        return
    if staged.network:
        texts = [environment.TEXTS] if "tokenizers" in staged.roots else []
        served = [environment.HANDLER, environment.NETWORK, *texts]
        yield Setting(
            _EXPORTED, lambda: environment.installed_environment(served, handler.path, dependencies=not texts)
        )
        return
    if handler.minor == reference.interpreter.minor:
        made = [environment.HANDLER]
        yield Setting(
            OWN, lambda: environment.model_environment(requirements, handler, extra=made).python, requirements.places
        )
        return
    if code := pickles_with_code(staged.folder):
        own = ".".join(map(str, reference.interpreter.minor))
        remedy = (
            f"serve it on Python {own}, with --handler-python {own} or, in the image, --build-arg PYTHON_VERSION={own}"
            if reference.interpreter.minor >= OLDEST_HANDLER
            else "log it again on Python 3.11 or newer, or as a model from code"
        )
        raise _Refused(f"{code[0].name} holds code of Python {own}, which no other runs: {remedy}")
    for label, step in newer(requirements, asked.installed, asked.answers["imported"] or requirements.names):
        made_when = partial(_newer_environment, requirements, handler, step)
        yield Setting(label, made_when, requirements.places)


def _newer_environment(requirements: Requirements, handler: Interpreter, step: list[Any]) -> Path:
    from model.environment import advice
    from model.environment.versions import handler_step

    made = make(
        handler.path,
        [step, handler_step()],
        key=[],
        files=[],
        folder=requirements.folder,
        about=requirements.about,
        explain=lambda said: advice.installation(said, requirements, handler.version, ""),
    )
    return made.python


def write_requirements(folder: Path, needs: list[str], python: Path, places: Iterable[str] = ()) -> None:
    """Write a bundle's requirements; what is in no package index goes into the bundle as a wheel.

    Args:
        folder: the bundle.
        needs: requirements, as PEP 610 names what is not from an index.
        python: the interpreter of the environment where they are installed.
        places: pip's options for indexes, which are written without their passwords.
    """
    local = [line.partition(" @ ")[0] for line in needs if " @ file:" in line or " @ git+" in line]
    wheels: RepackResult = {}
    if local:
        request: RepackRequest = {"names": local, "folder": str((folder / "wheels").resolve())}
        wheels = process.run(python, "repack", request)
    lines = [f"./wheels/{wheels[name]}" if (name := line.partition(" @ ")[0]) in wheels else line for line in needs]
    options = [re.sub(r"://[^/@\s]+@", "://", place) for place in places]
    (folder / "requirements.txt").write_text("".join(f"{line}\n" for line in [*options, *lines]))


def _prove_in(setting: Setting, staged: Staged, asked: Asked, handler: Interpreter, tell: Tell) -> Proved:
    """Prove a staged backend in one setting, then where only what it needs is installed.

    Raises:
        _Refused: an answer differs; says which.
    """
    python = setting.python()
    if staged.manifest.backend != "compiled":
        tell("asking the bundle the same")
    staged, answers, verdict = _prove_as_made(staged, python, asked)
    if setting.versions != _COMPILED:
        python, answers, verdict = _prove_as_served(staged, setting, python, answers, asked, handler)
    return Proved(staged, python, answers, verdict, asked, setting.versions, [])


def _prove_as_made(staged: Staged, python: Path, asked: Asked) -> tuple[Staged, AskBundleResult, Verdict]:
    """Prove a staged backend where all is installed, if need be by refusing missing values as MLflow does."""
    rows, expected = asked.question.rows, asked.answers
    answers = ask_bundle(staged.folder, python, asked.question, staged.roots)
    verdict = proof.compare(rows, expected, answers, staged.network)
    if verdict.refusal and (columns := proof.columns_without_missing(rows, expected["errors"])):
        staged = candidates.refuse_missing(staged, columns)
        before = answers["asked"]
        answers = ask_bundle(staged.folder, python, asked.question, staged.roots)
        answers["asked"] = _sum(before, answers["asked"])
        verdict = proof.compare(rows, expected, answers, staged.network)
    if verdict.refusal:
        raise _Refused(verdict.refusal)
    return staged, answers, verdict


def _prove_as_served(
    staged: Staged, setting: Setting, python: Path, answers: AskBundleResult, asked: Asked, handler: Interpreter
) -> tuple[Path, AskBundleResult, Verdict]:
    """Write the fewest requirements with which a backend gives the same answers, and return its interpreter there.

    First without what was imported only because it was there, then with it, then with all that is installed.
    """
    choices = [*([answers["required"]] if staged.roots else []), answers["imported"], answers["installed"]]
    calls, refusal = answers["asked"], ""
    for place, needs in enumerate(choices):
        if needs in choices[:place]:
            continue
        write_requirements(staged.folder, needs, python, setting.places)
        served_by = environment.bundle_environment(staged.folder, handler)
        try:
            there = ask_bundle(staged.folder, served_by, asked.question)
        except ChildError as error:
            refusal = str(error)
            continue
        calls = there["asked"] = _sum(calls, there["asked"])
        verdict = proof.compare(asked.question.rows, asked.answers, there, staged.network)
        if verdict.refusal is None:
            return served_by, there, verdict
        refusal = verdict.refusal
    raise _Refused(f"with the bundle's requirements: {refusal}")


def _sum(first: Calls, second: Calls) -> Calls:
    return {"calls": first["calls"] + second["calls"], "rows": first["rows"] + second["rows"]}
