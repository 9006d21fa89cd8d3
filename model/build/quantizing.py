"""Quantise the graph of a proved network to integers of 8 bits, and measure what that costs."""

import math
from pathlib import Path
from typing import Any

import msgspec

from handler.parity import Quantized
from model import environment, process
from model.build import candidates, loss, networks, proof
from model.build.leaves import leaves
from model.build.question import ask_bundle
from model.build.reference import Asked, Tell
from model.build.selection import Proved
from model.child.quantize import QuantizeRequest, QuantizeResult
from model.environment import Interpreter
from model.errors import ModelError
from model.mlmodel import MLModel
from model.process import ChildError

FLAVORS = (*candidates.EXPORTS, "onnx")
"""The flavors of models that are served as ONNX."""

_GRAPH = "model.onnx"


def check(model: MLModel, backend: str) -> None:
    """Refuse a model that is not served as ONNX, before anything is built.

    Args:
        model: the model.
        backend: the backend that was chosen, or `auto`.

    Raises:
        ModelError: its flavor is not of networks, or the backend is another one.
    """
    if model.flavor not in FLAVORS:
        raise ModelError(
            f"--quantize is for models that are served as ONNX, of the flavors {', '.join(FLAVORS)}: the model in "
            f"{model.folder} has the flavor {model.flavor}; build it without --quantize"
        )
    if backend not in ("auto", "native"):
        raise ModelError(f"--quantize is for the backend native, not {backend}: leave one of the two options out")


def quantize(proved: Proved, handler: Interpreter, tell: Tell) -> Proved:
    """Replace the graph of a proved bundle by a quantised one, whose answers and loss are those of the result.

    Args:
        proved: the bundle with the graph in float32.
        handler: the Python that it is served under, in which onnxruntime's tool runs, too.
        tell: called with a sentence at each step.

    Raises:
        ModelError: the tool fails, there is nothing to quantise, or the quantised graph does not answer a row.
    """
    tell("quantising the graph to 8 bits")
    folder, options = proved.staged.folder / "model", dict(proved.staged.manifest.options)
    written = folder / "quantized" / _GRAPH
    written.parent.mkdir()
    python = environment.installed_environment([environment.QUANTIZE], handler.path)
    request: QuantizeRequest = {"graph": str((folder / options["file"]).resolve()), "written": str(written.resolve())}
    try:
        done: QuantizeResult = process.run(python, "quantize", request)
    except ChildError as error:
        raise _refused(f"onnxruntime's tool fails: {error}") from None
    if not done["operators"]:
        raise _refused("its graph has no matrix product, convolution, LSTM or embedding with weights of its own")
    sizes = _replace(folder / options["file"], done["files"], written)
    options["missing_spreads"] = options.get("missing_spreads", False) or _spreads(proved.asked)
    options |= {"file": _GRAPH, "alone": _by_row(proved)}
    staged = _staged(proved, options)
    question, expected = proved.asked.question, proved.asked.answers
    tell(f"asking the quantised bundle for {len(question.rows):,} answers")
    try:
        answers = ask_bundle(staged.folder, proved.python, question)
    except ChildError as error:
        raise _refused(f"it does not run: {error}") from None
    found = loss.measure(options, question.rows, question.examples, expected, answers)
    if found.refusal:
        raise _refused(found.refusal)
    quantized: Quantized = {
        "operators": done["operators"],
        "bytes": sizes,
        "example": found.example,
        "probing": found.probing,
    }
    # Twice the tolerance is what the start allows for another processor.
    staged = _staged(proved, options | {"tolerance": max(networks.TOLERANCE, found.greatest)})
    return proved._replace(staged=staged, answers=answers, quantized=quantized)


def _refused(reason: str) -> ModelError:
    return ModelError(f"the model is proved, and cannot be quantised: {reason}; build it without --quantize")


def _replace(graph: Path, files: list[str], written: Path) -> list[int]:
    """Put a quantised graph in the place of a graph with its files; return the bytes of both."""
    before = sum((graph.parent / name).stat().st_size for name in files)
    for name in files:
        (graph.parent / name).unlink()
    made = list(written.parent.iterdir())
    after = sum(path.stat().st_size for path in made)
    for path in made:
        path.chmod(0o644)  # weights beside a graph are written for their owner alone
        path.rename(written.parent.parent / path.name)
    written.parent.rmdir()
    return [before, after]


def _by_row(proved: Proved) -> bool:
    """Return whether the bundle computes each row by itself: then no row of a request changes another one's answer."""
    asked = proved.asked
    if proved.staged.manifest.options["form"] == "texts":
        return True
    return not asked.question.whole and not proof.depends_on_batch(asked.answers, proved.staged.network)


def _spreads(asked: Asked) -> bool:
    """Return whether MLflow answers no float to any row with a missing number."""
    rows = zip(asked.question.rows, asked.answers["single"], asked.answers["errors"], strict=True)
    return all(error or _empty(answer) for row, answer, error in rows if networks.misses(row))


def _empty(answer: Any) -> bool:
    return not any(isinstance(value, float) and math.isfinite(value) for _, value in leaves(answer))


def _staged(proved: Proved, options: dict[str, Any]) -> candidates.Staged:
    """Return the staged bundle with other options, which its manifest gets."""
    manifest = msgspec.structs.replace(proved.staged.manifest, options=options)
    candidates.write_manifest(proved.staged.folder, manifest)
    return proved.staged._replace(manifest=manifest)
