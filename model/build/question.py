"""Ask a model and its bundle the same rows, so that their answers can be compared."""

from collections.abc import Sequence
from itertools import compress
from pathlib import Path
from typing import Any, NamedTuple

from handler.parity import LeftOut
from handler.schema import Schema
from model import process
from model.build import rows
from model.build.candidates import IGNORES_PARAMS
from model.build.rows import Hints
from model.child.contract import (
    AnsweringRequest,
    AskBundleRequest,
    AskBundleResult,
    AskMlflowRequest,
    AskMlflowResult,
    NotPerRowResult,
    Specs,
)
from model.environment import Interpreter, advice
from model.errors import ModelError
from model.mlmodel import MLModel
from model.process import ChildError

NETWORKS = {"keras", "pytorch", "sentence_transformers", "tensorflow", "transformers"}
"""Flavors of neural networks: they are asked sequences of several lengths, and batches of several sizes."""

SIZES = (2, 7, 33)
"""Those sizes, besides each row alone and all together: matrices are multiplied by other code for few rows and many."""

_DEATHS = 8
"""After this many rows that kill the interpreter, the build gives up."""

_FIRST_DEATHS = 3
"""The same if no row was answered yet."""

_AGAIN = 20  # rows that are asked again, one by one

_LARGE = 1_000_000
"""Numbers from which on one that kills the interpreter is not asked again, whatever the other columns are."""


class NotPerRow(ModelError):
    """The model's output does not have one value for each row."""


class Question(NamedTuple):
    """Rows to ask.

    Attributes:
        rows: as `POST /predict` takes them.
        params: the model's.
        alone: whether the model takes only one row at a time.
        cases: how many rows there are of each case.
        one_at_a_time: how many of the first rows are asked alone as well, not in small batches; None to ask alone
            for ten seconds.
        not_asked: rows that are left out because MLflow did not survive them, each with the reason.
        examples: how many of the first rows are the model's example.
        whole: whether the model's output is not one value per row: then each row is asked alone.
        sizes: numbers of rows that are asked together as well.
    """

    rows: list[dict[str, Any]]
    params: dict[str, Any]
    alone: bool
    cases: dict[str, int]
    one_at_a_time: int | None = None
    not_asked: tuple[LeftOut, ...] = ()
    examples: int = 0
    whole: bool = False
    sizes: Sequence[int] = ()

    def mlflow_request(self, model: Path, params: Specs | None = None) -> AskMlflowRequest:
        """Return the request to a child that asks MLflow for a model's answers, and whether `params` change them."""
        return {**self._request(), "model": str(model.resolve()), "param_specs": params or []}

    def bundle_request(self, bundle: Path, roots: list[str] | None = None) -> AskBundleRequest:
        """Return the request to a child that asks a bundle; with `roots`, the result lists what was imported."""
        return {**self._request(), "bundle": str(bundle.resolve()), "roots": roots}

    def _request(self) -> AnsweringRequest:
        return {
            "rows": self.rows,
            "params": self.params,
            "alone": self.alone,
            "one_at_a_time": self.one_at_a_time,
            "examples": self.examples,
            "whole": self.whole,
            "sizes": self.sizes,
        }


def expected_calls(question: Question) -> tuple[int, int]:
    """Return about how many calls a proof makes of a model, and with how many rows: each is asked alone and together.

    Calls are fewer where a call takes long, and more where a batch raises.
    """
    rows, examples = len(question.rows), question.examples
    again = min(_AGAIN, rows) if question.alone or question.whole else 1
    together = rows if not question.alone else 0
    calls = rows + bool(together) + again + 3 * bool(examples)
    return calls + len(question.sizes), rows + together + (together or again) + 3 * examples + sum(question.sizes)


def make_question(
    model: MLModel,
    hints: Hints | None = None,
    limit: int | None = None,
    columns: Sequence[str] = (),
    *,
    whole: bool = False,
) -> Question:
    """Return the rows to prove a model with: its example, and rows made from its signature.

    Args:
        model: the model.
        hints: by column, values near which its answer changes; see `rows.generate`.
        limit: how many generated rows at most; None for all.
        columns: names of number columns, for a model without a signature and an example.
        whole: whether the model's output is not one value per row: its size may grow with a value, so that only
            moderate values are asked.
    """
    examples, params = model.example or ([], {})
    inputs = model.signature.inputs
    if inputs is None and not examples and columns:
        inputs = [{"name": name, "type": "double"} for name in columns]
    network = model.flavor in NETWORKS
    at_a_time = Schema(model.signature).rows_per_call
    if at_a_time not in (None, 1):
        return Question([], params, False, {})  # a row alone means nothing to this model
    asked, cases = (
        rows.generate(inputs, examples, hints, moderate=whole, network=network)
        if inputs is not None
        else (examples, {"example": len(examples)})
    )
    asked = asked[: None if limit is None else len(examples) + limit]
    alone = at_a_time == 1
    sizes = SIZES if network and not alone else ()
    return Question(asked, params, alone, cases, examples=min(len(examples), len(asked)), whole=whole, sizes=sizes)


def ask_mlflow(
    model: MLModel, interpreter: Interpreter, python: Path, question: Question
) -> tuple[Question, AskMlflowResult]:
    """Return MLflow's own answers, and the question without rows that killed the interpreter or took too much.

    Args:
        model: the model.
        interpreter: the Python it is asked under.
        python: the interpreter of its environment.
        question: what to ask.

    Raises:
        NotPerRow: an output does not have one value for each row, and the question does not say that it is whole.
        ModelError: MLflow cannot load the model, it fails on its own input example, or on every row.
    """
    answers, question = _ask_until_done(model, interpreter, python, question)
    failed = [error for error in answers["errors"][: question.examples] if error and answers["example"] is None]
    if failed:
        remedy = advice.loading(failed[0], model.python, interpreter.version)
        remedy = remedy or "; log it again with an example that it answers, or serve it as it is, with --unproved"
        raise ModelError(f"the model in {model.folder} fails on its own input example in MLflow: {failed[0]}{remedy}")
    if question.rows and all(answers["errors"]) and answers["example"] is None:
        error = str(answers["errors"][0])
        raise ModelError(
            f"MLflow answers none of the {len(question.rows)} rows that it was asked: {error}"
            f"{advice.loading(error, model.python, interpreter.version)}"
        )
    return question._replace(one_at_a_time=answers["one_at_a_time"]), answers


def _cannot_load(model: MLModel, interpreter: Interpreter, said: str) -> ModelError:
    if model.predict_fn != "predict" and f"has no attribute {model.predict_fn!r}" in said:
        return ModelError(f"the model has no method {model.predict_fn!r}: name another with --predict-fn")
    remedy = advice.loading(said, model.python, interpreter.version)
    return ModelError(f"MLflow cannot load the model in {model.folder}: {said}{remedy}")


def _ask_until_done(
    model: MLModel, interpreter: Interpreter, python: Path, question: Question
) -> tuple[AskMlflowResult, Question]:
    """Ask; leave out a row that kills the child, keep the reason, and go on with the next row."""
    known: list[Any] = []
    gently: dict[str, list[Any]] = {}
    request = question.mlflow_request(model.folder, model.signature.params if model.flavor in IGNORES_PARAMS else None)
    request.update({"known": known, "twice": True, "gently": gently})
    calls = rows = 0
    for death in range(_DEATHS):
        if death == _FIRST_DEATHS and not known:
            break
        request["rows"] = question.rows
        try:
            answers = _ask_once(model, python, request)
        except ChildError as error:
            if not error.died or not error.progress:
                raise _cannot_load(model, interpreter, str(error)) from None
            if error.progress == [0] and question.examples:
                raise ModelError(
                    f"the model in {model.folder} does not survive its own input example: {error}"
                ) from None
            sizes = [line for line in error.progress if isinstance(line, int)]
            for line in error.progress:
                gently |= line if isinstance(line, dict) else {}
            calls, rows = calls + len(sizes), rows + sum(sizes)
            known += [pair for line in error.progress if isinstance(line, list) for pair in line]
            place = len(known)
            if place == len(question.rows):
                request["skip_together"] = True
            elif sizes[-1] > 1:
                request["careful"] = sizes[-1]
            else:
                question = _without(question, place, str(error))
        else:
            last = answers["asked"]
            answers["asked"] = {"calls": calls + last["calls"], "rows": rows + last["rows"]}
            return answers, _trimmed(question, answers)
    worst = question.not_asked[-1]["reason"] if question.not_asked else "it dies again and again"
    raise ModelError(f"the model in {model.folder} does not survive the rows it is asked: {worst}")


def _ask_once(model: MLModel, python: Path, request: AskMlflowRequest) -> AskMlflowResult:
    answers: AskMlflowResult | NotPerRowResult = process.run(python, "ask_mlflow", request)
    if "not_per_row" in answers:
        raise NotPerRow(f"the model in {model.folder} does not answer row by row: {answers['not_per_row']}")
    return answers


def _trimmed(question: Question, answers: AskMlflowResult) -> Question:
    """Return a question without the rows that the child left out, and those after its last answer."""
    left_out: dict[int, str] = dict(answers["left_out"])
    asked = question.rows[: len(answers["single"]) + len(left_out)]
    return question._replace(
        rows=[row for place, row in enumerate(asked) if place not in left_out],
        not_asked=(
            *question.not_asked,
            *(LeftOut(row=asked[place], reason=reason) for place, reason in left_out.items()),
        ),
        examples=question.examples - sum(place < question.examples for place in left_out),
    )


def _without(question: Question, place: int, reason: str) -> Question:
    """Return a question without one of its rows and those after it with the same large number in the same column."""
    row, after = question.rows[place], question.rows[place + 1 :]
    large = [(name, value) for name, value in row.items() if isinstance(value, int | float) and abs(value) >= _LARGE]
    alike = [other == row or any(other.get(name) == value for name, value in large) for other in after]
    left_out = [
        LeftOut(row=row, reason=reason),
        *(LeftOut(row=other, reason=f"as a row before it: {reason}") for other in compress(after, alike)),
    ]
    rows = [*question.rows[:place], *(other for other, like in zip(after, alike, strict=True) if not like)]
    examples = question.examples - sum([True, *alike][: max(0, question.examples - place)])
    return question._replace(rows=rows, not_asked=(*question.not_asked, *left_out), examples=examples)


def ask_bundle(folder: Path, python: Path, question: Question, roots: list[str] | None = None) -> AskBundleResult:
    """Return the answers of a bundle's backend, through the handler's own code.

    Args:
        folder: the bundle.
        python: the interpreter of the environment to ask in.
        question: what to ask.
        roots: modules that the bundle needs; with them, the result lists what was imported.

    Raises:
        ChildError: it cannot be loaded.
    """
    request = question.bundle_request(folder, roots)
    answers: AskBundleResult = process.run(python, "ask_bundle", request, packages=[process.HANDLER])
    return answers
