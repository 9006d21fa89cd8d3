"""Custom models without MLflow: the answers are those of `mlflow.pyfunc`, in a process that never imports it."""

import sys
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from any_model.served import post
from zoo.case import Case
from zoo.custom import CUSTOM
from zoo.python_models import REFUSED, SERVED

from model import mlmodel, process
from model.build import candidates, proof
from model.build.bundle import Choices, build
from model.build.candidates import Candidate, Exported
from model.build.question import make_question
from model.child import ask_mlflow, export

ONLY_MLFLOW = {"unsigned", "unsigned mirror"}  # one has no rows to ask, the other shows how MLflow's own input looks


@pytest.fixture(scope="session", name="writers")
def _writers() -> Iterator[ModuleType]:
    """The writers, imported as the child imports them: by themselves."""
    with process.import_folder(*process.EXPORTERS) as path:
        sys.path.insert(0, str(path))
        yield import_module("writers")
        sys.path.remove(str(path))


def staged(writers: ModuleType, model: mlmodel.MLModel, bundle: Path) -> Path:
    """Write the options of a model and stage its bundle."""
    request = {"model": str(model.folder), "inputs": model.signature.inputs}
    written = writers.writer("custom")(export.load("pyfunc", str(model.folder)), bundle, request)
    exported = Exported(None, written.options, written.modules, None)
    return candidates.stage(model, Candidate("custom", {}), exported, bundle).folder


def check_proved(model: mlmodel.MLModel, bundle: Path) -> None:
    """Compare the answers with MLflow's; the bundle is asked in a process of its own."""
    question = make_question(model, limit=80)
    with warnings.catch_warnings(action="ignore"):  # as in the processes that a build starts
        reference = ask_mlflow.ask(question.mlflow_request(model.folder), lambda _: None)
    request = question.bundle_request(bundle, roots=[])
    got = process.run(Path(sys.executable), "ask_bundle", request, packages=(process.HANDLER,))
    verdict = proof.compare(question.rows, reference, got)
    assert (None, 0.0) == (verdict.refusal, verdict.difference)
    assert not [pin for pin in got["imported"] if pin.startswith("mlflow")]


@pytest.mark.parametrize("name", SERVED)
def test_a_model_is_served_without_mlflow(name: str, writers: ModuleType, tmp_path: Path) -> None:
    """Arrays, tables, lists, Pydantic models, artifacts, params, functions, modules and models from code."""
    with warnings.catch_warnings(action="ignore"):
        model = mlmodel.read(SERVED[name](tmp_path))
        bundle = staged(writers, model, tmp_path / "bundle")
    check_proved(model, bundle)


@pytest.mark.parametrize("name", sorted(set(CUSTOM) - ONLY_MLFLOW))
def test_every_input_and_output_is_mlflows(
    name: str, writers: ModuleType, saved: Callable[[str], tuple[Case, Path]], tmp_path: Path
) -> None:
    """Whatever columns the signature has and whatever container the model returns."""
    _, folder = saved(name)
    model = mlmodel.read(folder)
    check_proved(model, staged(writers, model, tmp_path))


@pytest.mark.parametrize("name", REFUSED)
def test_a_model_that_needs_mlflow_is_refused_by_name(name: str, writers: ModuleType, tmp_path: Path) -> None:
    """Its code uses MLflow, or its input and output are classes of MLflow."""
    save, reason = REFUSED[name]
    with warnings.catch_warnings(action="ignore"):
        model = mlmodel.read(save(tmp_path))
        with pytest.raises(writers.Unsupported, match=reason):
            staged(writers, model, tmp_path / "bundle")


def test_a_list_model_needs_cloudpickle_alone(tmp_path: Path) -> None:
    """The build installs neither MLflow nor pandas for a model that takes a list of texts."""
    built = build(SERVED["list of texts"](tmp_path), tmp_path / "bundle", tell=lambda _: None)
    needs = (tmp_path / "bundle" / "requirements.txt").read_text().split()
    assert ("custom", ["cloudpickle", "msgspec"]) == (built.manifest.backend, [pin.split("==")[0] for pin in needs])
    assert [(200, {"prediction": 3})] == post(tmp_path / "bundle", ({"input": "one two three"}, ""))


def test_params_have_mlflows_defaults(tmp_path: Path) -> None:
    """A request's param takes the place of the signature's default."""
    with warnings.catch_warnings(action="ignore"):
        folder = SERVED["code_paths and params"](tmp_path)
    built = build(folder, tmp_path / "bundle", Choices("custom"), tell=lambda _: None)
    answers: Any = post(tmp_path / "bundle", ({"x": 2.0}, ""), ({"x": 2.0}, "bias=4"))
    assert "custom" == built.manifest.backend
    assert [[6.5], [10.0]] == [list(row.values()) for _, row in answers]


def test_a_model_that_needs_mlflow_is_served_by_it(tmp_path: Path) -> None:
    """The build falls back to pyfunc and says why."""
    with warnings.catch_warnings(action="ignore"):
        folder = REFUSED["a use of MLflow"][0](tmp_path)
    built = build(folder, tmp_path / "bundle", tell=lambda _: None)
    reasons = {entry["backend"]: entry["reason"] for entry in built.manifest.parity["refused"]}
    assert "pyfunc" == built.manifest.backend
    assert "Unsupported: its code uses mlflow" == reasons["custom"]
