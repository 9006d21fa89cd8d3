"""Find out whether a bundle's predictions can be explained, and prove that explanations add up."""

from pathlib import Path

from handler.bundle import Manifest
from model import process
from model.build.question import Question
from model.child.contract import ExplainRequest, ExplainResult

TOLERANCE, FLOAT32_TOLERANCE = 1e-9, 1e-5
"""How far the sum of contributions may be from the number that it explains, relative to their sizes."""

_ONLY_COMPILED = "only compiled models are explained, and this one is served by the {} backend"


def find_reason(folder: Path, manifest: Manifest, python: Path, question: Question, *, float32: bool) -> str:
    """Return why predictions are not explained; an empty string if they are.

    Args:
        folder: the bundle, with its manifest.
        manifest: the manifest.
        python: the interpreter of the environment that it is served in.
        question: the rows of the proof.
        float32: whether the model adds up in float32.
    """
    if manifest.backend != "compiled":
        return _ONLY_COMPILED.format(manifest.backend)
    tolerance = FLOAT32_TOLERANCE if float32 else TOLERANCE
    request: ExplainRequest = {"bundle": str(folder.resolve()), "rows": question.rows, "tolerance": tolerance}
    try:
        found: ExplainResult = process.run(python, "explain", request, packages=[process.HANDLER])
    except process.ChildError as error:
        return f"the explanation fails: {error}"
    return found["unexplained"]
