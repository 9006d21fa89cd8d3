"""Export a model and ask MLflow for its answers, under the model's own interpreter.

A recorded reference is a folder with both, so that the bundle can be built where that interpreter cannot run:

    reference.json      digest of the model, versions of Python and packages, the question, MLflow's answers
    exports.json        the candidates, each with the facts about its export or the reason why it failed
    exports/0, 1, ...   the exported files
"""

import json
import shutil
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from model import process
from model.build import candidates
from model.build.candidates import Candidate, Exported
from model.build.question import NotPerRow, Question, ask_mlflow, expected_calls, make_question
from model.build.rows import Hints
from model.child.contract import AskMlflowResult, Calls, DescribeRequest, DescribeResult
from model.environment import Environment, Interpreter, model_environment, model_interpreter
from model.environment.requirements import model_requirements
from model.environment.versions import installed_versions
from model.errors import ModelError
from model.mlmodel import MLModel, model_digest
from model.process import ChildError

FORMAT = 1
_ESTIMATORS = candidates.FORMS.keys() - {"onnx", *candidates.EXPORTS}  # flavors whose models can name columns
Tell = Callable[[str], None]


class Asked(NamedTuple):
    """A question, MLflow's answers to it, and the versions that gave them."""

    question: Question
    answers: AskMlflowResult
    installed: dict[str, str]


class Reference(Protocol):
    """Exports and answers from a model's own interpreter.

    Attributes:
        model: the model.
        interpreter: the Python that it is asked under.
    """

    model: MLModel
    interpreter: Interpreter

    def export(self, candidate: Candidate, folder: Path) -> Exported:
        """Write the files of a candidate into a folder.

        Raises:
            ChildError: the model cannot be loaded by its flavor, or written in this form.
        """

    def has_rows(self) -> bool:
        """Return whether the question has rows."""

    def ask(self, hints: Hints | None, tell: Tell) -> Asked:
        """Return MLflow's answers, asked around these hints where there are any.

        Raises:
            ModelError: MLflow cannot load the model, or it fails on its own input example.
        """


class LiveReference:
    """A reference that runs the model in an environment on this machine."""

    def __init__(
        self,
        model: MLModel,
        interpreter: Interpreter,
        environment: Environment,
        limit: int | None,
        with_packages: Callable[[Sequence[str]], Environment] | None = None,
    ) -> None:
        """Take the model, its environment, how many rows to ask, and what adds packages to a copy of that."""
        self.model, self.interpreter, self.environment = model, interpreter, environment
        self._limit, self._with_packages = limit, with_packages
        self._asked: Asked | None = None
        self._whole = False
        self._calls: Calls = {"calls": 0, "rows": 0}

    def export(self, candidate: Candidate, folder: Path) -> Exported:
        """Write the files of a candidate, in a child; an exporter's packages are in a copy of the environment."""
        made = self.environment
        if (packages := candidates.EXPORTS.get(candidate.options.get("form", ""))) and self._with_packages:
            try:
                made = self._with_packages(packages)
            except ModelError as error:
                raise ChildError(f"its exporter does not install: {error}") from None
        return candidates.export(self.model, candidate, made.python, folder)

    def has_rows(self) -> bool:
        """Return whether the model has an example, a signature, or an estimator with named columns."""
        return bool(self._question(None).rows)

    @cached_property
    def _columns(self) -> list[str]:
        """The columns that the estimator names, if the model has neither signature nor example."""
        model = self.model
        if model.signature.inputs is not None or model.example or model.flavor not in _ESTIMATORS:
            return []
        request: DescribeRequest = {"model": str(model.folder.resolve()), "flavor": model.flavor}
        try:
            found: DescribeResult = process.run(self.environment.python, "describe", request)
        except ChildError:
            return []
        return found["columns"]

    def _question(self, hints: Hints | None) -> Question:
        return make_question(self.model, hints, self._limit, self._columns, whole=self._whole)

    def _count(self, answers: AskMlflowResult) -> None:
        """Add the calls of one question, so that answers say how many were made in all."""
        before, asked = self._calls, answers["asked"]
        self._calls = {"calls": before["calls"] + asked["calls"], "rows": before["rows"] + asked["rows"]}
        answers["asked"] = self._calls

    def ask(self, hints: Hints | None, tell: Tell) -> Asked:
        """Ask once without hints, and again with hints."""
        if self._asked is None or hints is not None:
            try:
                question, answers = self._ask(hints, tell)
            except NotPerRow:
                self._whole = True
                tell("its output is not one value per row: asking for whole outputs")
                question, answers = self._ask(hints, tell)
            self._asked = Asked(question, answers, installed_versions(self.environment.python))
        return self._asked

    def _ask(self, hints: Hints | None, tell: Tell) -> tuple[Question, AskMlflowResult]:
        """Ask with the first rows of the input example or, where the model refuses those, with all of them."""
        question = self._question(hints)
        calls, rows = expected_calls(question)
        tell(f"asking MLflow for {len(question.rows):,} answers: about {calls:,} calls with {rows:,} rows")
        python = self.environment.python
        try:
            question, answers = ask_mlflow(self.model, self.interpreter, python, question)
        except NotPerRow:
            raise
        except ModelError:
            if self.model.more_example is None:
                raise
            tell(f"asking with {len(self.model.more_example[0]):,} rows of the input example")
            self.model = self.model._replace(example=self.model.more_example, more_example=None)
            question, answers = ask_mlflow(self.model, self.interpreter, python, self._question(hints))
        self._count(answers)
        return question, answers


class RecordedReference:
    """A reference from a folder that `record` wrote.

    Raises:
        ModelError: the folder is damaged, or belongs to another model.
    """

    def __init__(self, model: MLModel, folder: Path) -> None:
        try:
            kept = json.loads((folder / "reference.json").read_text(encoding="utf-8"))
            self._exports = json.loads((folder / "exports.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ModelError(f"there is no recorded reference in {folder}: {error}") from None
        if kept["format"] != FORMAT or kept["digest"] != model_digest(model.folder):
            raise ModelError(f"the reference in {folder} is of another model than the one in {model.folder}")
        self.model = model
        self.interpreter = Interpreter(folder / "no-interpreter", kept["python"])
        self._folder = folder
        self._asked = Asked(Question(**kept["question"]), kept["answers"], kept["installed"])

    def export(self, candidate: Candidate, folder: Path) -> Exported:
        """Copy the files of a candidate, or raise the recorded error."""
        for index, kept in enumerate(self._exports):
            if kept["candidate"] == str(candidate):
                if "reason" in kept:
                    raise ChildError(kept["reason"])
                shutil.copytree(self._folder / "exports" / str(index), folder, dirs_exist_ok=True)
                return Exported(**kept["exported"])
        raise ChildError("it was not exported with the reference")

    def has_rows(self) -> bool:
        """Return whether the question has rows."""
        return bool(self._asked.question.rows)

    def ask(self, _hints: Hints | None, _tell: Tell) -> Asked:
        """Return the recorded answers."""
        return self._asked


class UnknownReference:
    """The reference of a model whose environment cannot be made: it has no answers and no exports."""

    def __init__(self, model: MLModel, reason: str) -> None:
        self.model = model
        self.interpreter = Interpreter(Path("no-interpreter"), model.python)
        self._reason = reason

    def export(self, _candidate: Candidate, _folder: Path) -> Exported:
        """Refuse, because an export needs the model's environment.

        Raises:
            ChildError: always.
        """
        raise ChildError(self._reason)

    def has_rows(self) -> bool:
        """Return False."""
        return False

    def ask(self, _hints: Hints | None, _tell: Tell) -> Asked:
        """Return no question and no answers."""
        answers: AskMlflowResult = {
            "batch": [],
            "single": [],
            "errors": [],
            "one_at_a_time": 0,
            "seconds_together": 0.0,
            "left_out": [],
            "asked": {"calls": 0, "rows": 0},
            "float32": False,
            "characters": {},
            "seconds": 0.0,
            "classes": None,
            "mlflow": str(self.model.described.get("mlflow_version") or "unknown"),
            "imported": None,
        }
        return Asked(Question([], {}, False, {}), answers, {})


def model_python(model: MLModel, *extra: Path) -> Path:
    """Return the interpreter of a model's own environment, with the packages of more requirements files.

    Raises:
        ModelError: its packages do not install.
    """
    needs = model_requirements(model.folder, model.described, model.python)
    interpreter = model_interpreter(None, model.python)
    return model_environment(needs, interpreter, extra=extra, saved=model.python).python


def record(reference: LiveReference, listed: Sequence[Candidate], folder: Path, tell: Tell) -> Asked:
    """Write exports and answers into a new folder, and return the answers.

    Raises:
        ModelError: as `LiveReference.ask` does.
    """
    model, exports, hints = reference.model, [], None
    for index, candidate in enumerate(candidate for candidate in listed if candidate.backend != "pyfunc"):
        target = folder / "exports" / str(index)
        target.mkdir(parents=True)
        entry: dict[str, Any] = {"candidate": str(candidate)}
        try:
            tell(f"exporting {candidate}")
            exported = reference.export(candidate, target)
            entry["exported"] = exported._asdict()
            hints = hints or exported.hints
        except ChildError as error:
            entry["reason"] = str(error)
        exports.append(entry)
    asked = reference.ask(hints, tell)
    kept = {
        "format": FORMAT,
        "digest": model_digest(model.folder),
        "python": reference.interpreter.version,
        "installed": asked.installed,
        "question": asked.question._asdict(),
        "answers": asked.answers,
    }
    (folder / "reference.json").write_text(json.dumps(kept), encoding="utf-8")
    (folder / "exports.json").write_text(json.dumps(exports), encoding="utf-8")
    return asked
