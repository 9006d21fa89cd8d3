"""Prove a bundle again: against its model where that is at hand, else against the answers it came with."""

from pathlib import Path
from typing import NamedTuple

from handler import bundle as bundles
from handler.errors import BundleError
from model import environment
from model.build import loss, parity, proof
from model.build.bundle import Choices, live, read_model
from model.build.question import Question, ask_bundle, ask_mlflow
from model.build.reference import Tell
from model.child.contract import ReferenceAnswers
from model.environment.requirements import model_requirements
from model.errors import ModelError
from model.work_folder import work_folder


class Verified(NamedTuple):
    """The manifest, and how the bundle's answers compare; `against` names what they were compared with."""

    manifest: bundles.Manifest
    verdict: proof.Verdict
    against: str


def verify(bundle: Path, model: Path | None = None, choices: Choices = Choices(), *, tell: Tell = print) -> Verified:  # noqa: B008 - never changed
    """Check every hash, and ask the bundle what was asked when it was built.

    Args:
        bundle: the folder.
        model: the MLflow model's folder, to ask MLflow once more.
        choices: the Python and the packages to ask the model with, as for a build.
        tell: called with a sentence at each step.

    Raises:
        ModelError: a file was altered, it does not load, or an answer differs.
    """
    try:
        manifest = bundles.read_manifest(bundle, every_hash=True)
    except BundleError as error:
        raise ModelError(str(error)) from None
    if manifest.backend == "remote":
        raise ModelError(f"{bundle} is whole, and proves nothing: its model is behind {manifest.options['url']}")
    fields, answers = parity.read_parity(bundle)
    question = Question(**fields)
    handler = environment.bundle_interpreter(manifest.built_with["python"])
    python = environment.bundle_environment(bundle, handler)
    if model:
        chosen = choices._replace(predict_fn=choices.predict_fn or manifest.options.get("predict_fn"))
        question, answers = _asked_once_more(model, chosen, question, tell)
    tell(f"asking the bundle for {len(question.rows):,} answers")
    got = ask_bundle(bundle, python, question)
    verdict = loss.compare(manifest, question.rows, question.examples, answers, got)
    if verdict.refusal:
        raise ModelError(f"the bundle in {bundle} does not give MLflow's answers: {verdict.refusal}")
    return Verified(manifest, verdict, str(model) if model else "the answers recorded when it was built")


def _asked_once_more(
    source: Path, choices: Choices, question: Question, tell: Tell
) -> tuple[Question, ReferenceAnswers]:
    """Return MLflow's answers now, by the method that the bundle serves."""
    with work_folder("thaw-") as work:
        model = read_model(source, choices, work)
        needs = model_requirements(model.folder, model.described, model.python, choices.requirements)
        reference = live(model, needs, choices, tell)
        tell(f"asking MLflow for {len(question.rows):,} answers")
        return ask_mlflow(model, reference.interpreter, reference.environment.python, question)
