"""Proves a bundle again: against its model where that is at hand, else against the answers it came with."""

import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from handler import bundle as bundles
from handler.errors import BundleError
from model import environment, mlmodel, parity, proof
from model.build import Tell
from model.errors import ModelError
from model.question import Question, ask_bundle, ask_mlflow


class Verified(NamedTuple):
    """The manifest, and how the bundle's answers compare; `against` names what they were compared with."""

    manifest: bundles.Manifest
    verdict: proof.Verdict
    against: str


def verify(bundle: Path, model: Path | None = None, *, tell: Tell = print) -> Verified:
    """Check every hash, and ask the bundle what was asked when it was built.

    Args:
        bundle: the folder.
        model: the MLflow model's folder, to ask it anew.
        tell: called with a sentence at each step.

    Raises:
        ModelError: a file was altered, it does not load, or an answer differs.
    """
    try:
        manifest = bundles.read(bundle, every_hash=True)
    except BundleError as error:
        raise ModelError(str(error)) from None
    if manifest.backend == "remote":
        raise ModelError(f"{bundle} is whole, and proves nothing: its model is behind {manifest.options['url']}")
    fields, reference = parity.read(bundle)
    question = Question(**fields)
    python = environment.runtime_environment(bundle)
    if model:
        tell(f"asking MLflow for {len(question.rows)} answers")
        reference = _asked_anew(model, manifest, python, question)
        question = question._replace(one_at_a_time=reference["one_at_a_time"])
    tell(f"asking the bundle for {len(question.rows)} answers")
    verdict = proof.compare(question.rows, reference, ask_bundle(bundle, python, question))
    if verdict.refusal:
        raise ModelError(f"the bundle in {bundle} does not give MLflow's answers: {verdict.refusal}")
    return Verified(manifest, verdict, str(model) if model else "the answers recorded when it was built")


def _asked_anew(model: Path, manifest: bundles.Manifest, python: Path, question: Question) -> dict[str, Any]:
    """MLflow's answers now, by the method that the bundle was built to serve."""
    described = mlmodel.read(model)
    method = manifest.options.get("predict_fn", described.predict_fn)
    with tempfile.TemporaryDirectory(prefix="thaw-") as work:
        if method != described.predict_fn:
            described = mlmodel.with_predict_fn(described, method, Path(work) / "model")
        return ask_mlflow(described, environment.model_environment(model, python), question)
