"""What is asked of a model and of its bundle, so that their answers can be compared."""

from pathlib import Path
from typing import Any, NamedTuple

from handler.schema import Schema
from model import child, environment, rows
from model.child import ChildError, handler_alone
from model.errors import ModelError
from model.mlmodel import MLModel
from model.rows import Hints


class Question(NamedTuple):
    """What models are asked to be compared.

    Attributes:
        rows: as `POST /predict` takes them.
        params: the model's.
        alone: whether the model takes no more than one row at a time.
        cases: how many rows there are of each case.
        one_at_a_time: how many of the first rows are asked alone as well, and not in small batches; None for as many
            as there is patience for.
    """

    rows: list[dict[str, Any]]
    params: dict[str, Any]
    alone: bool
    cases: dict[str, int]
    one_at_a_time: int | None = None

    def asked_of(self, **target: Any) -> dict[str, Any]:
        """The request to `model.ask`."""
        asked = {"rows": self.rows, "params": self.params, "alone": self.alone, "one_at_a_time": self.one_at_a_time}
        return asked | target


def ask_about(model: MLModel, hints: Hints | None = None) -> Question:
    """The rows to prove a model with: its example, and rows made from its signature.

    Args:
        model: what is proved.
        hints: by column, values around which it answers differently; see `rows.generate`.
    """
    examples, params = model.example or ([], {})
    inputs = model.signature.inputs
    at_a_time = Schema(model.signature).rows_per_call
    if at_a_time not in (None, 1):
        return Question([], params, False, {})  # a row alone means nothing to this model
    asked, cases = (
        rows.generate(inputs, examples, hints) if inputs is not None else (examples, {"example": len(examples)})
    )
    return Question(asked, params, at_a_time == 1, cases)


def ask_mlflow(model: MLModel, python: Path, question: Question) -> dict[str, Any]:
    """MLflow's own answers.

    Raises:
        ModelError: MLflow cannot load the model, or it fails on its own input example.
    """
    try:
        reference: dict[str, Any] = child.run(python, "ask.py", question.asked_of(model=str(model.folder.resolve())))
    except ChildError as error:
        raise ModelError(f"MLflow cannot load the model in {model.folder}: {error}{_advice(model, python)}") from None
    examples = len(model.example[0]) if model.example else 0
    failed = [error for error in reference["errors"][:examples] if error]
    if failed:
        raise ModelError(
            f"the model in {model.folder} fails on its own input example when MLflow asks it: {failed[0]}; "
            "log it again with an input example that it answers"
        )
    if question.rows and all(reference["errors"]):
        raise ModelError(f"MLflow answers none of the rows it was asked: {reference['errors'][0]}")
    return reference


def _advice(model: MLModel, python: Path) -> str:
    version = environment.version(python)
    if environment.minor(version) != environment.minor(model.python):
        return f"; it was saved on Python {model.python} and this is {version}: {environment.remedy(model.python)}"
    return ""


def ask_bundle(folder: Path, python: Path, question: Question, roots: list[str] | None = None) -> dict[str, Any]:
    """The answers of a bundle's backend, through the handler's own code.

    Args:
        folder: the bundle.
        python: the interpreter of the environment to ask in.
        question: what to ask.
        roots: modules that cannot be done without, where the answer is to say what was imported.

    Raises:
        ChildError: it cannot be loaded.
    """
    request = question.asked_of(bundle=str(folder.resolve()))
    if roots is not None:
        request["roots"] = roots
    with handler_alone() as alone:
        answers: dict[str, Any] = child.run(python, "ask.py", request, path=alone)
    return answers
