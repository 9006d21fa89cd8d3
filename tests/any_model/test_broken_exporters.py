"""An exporter that is broken on purpose does not get past the proof, however small the fault."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from zoo.case import Case

from model import mlmodel, process
from model.build import candidates, proof, rows
from model.build.bundle import build
from model.build.candidates import Candidate
from model.build.question import ask_bundle, ask_mlflow, make_question
from model.environment.pythons import Interpreter, python_version

Saved = Callable[[str], tuple[Case, Path]]


class Fault(NamedTuple):
    """A change to an exporter, and the test model that must show it."""

    file: str
    right: str
    wrong: str
    model: str


FAULTS = {
    "a threshold one float32 further": Fault(
        "forest.py",
        "np.where(leaf, places, threshold)",
        "np.where(leaf, places, np.nextafter(np.float32(threshold), np.float32('inf')))",
        "sklearn forest",
    ),
    "a missing intercept": Fault("linear.py", "tables.add(added)", "tables.add(added * 0)", "sklearn probabilities"),
    "an unseen category taken for the first": Fault(
        "encoding.py", "categories_[index]))), ZEROS", "categories_[index]))), 0", "sklearn by names"
    ),
    "labels in the wrong order": Fault(
        "linear.py", '"classes": classes}', '"classes": classes[::-1]}', "sklearn skops"
    ),
    "missing values sent the other way": Fault(
        "xgboost_boosters.py", "MISSING_LEFT, 0)", "0, MISSING_LEFT)", "xgboost booster"
    ),
}  # fmt: skip


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Fault], None]:
    """Breaks a copy of the exporters, and has models compiled by it."""

    def spoil(fault: Fault) -> None:
        exporters = shutil.copytree(process.EXPORTERS[0], tmp_path / "exporters")
        text = (exporters / fault.file).read_text()
        assert fault.right in text
        (exporters / fault.file).write_text(text.replace(fault.right, fault.wrong))
        monkeypatch.setattr(process, "EXPORTERS", (exporters, *process.EXPORTERS[1:]))

    return spoil


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found(
    name: str,
    broken: Callable[[Fault], None],
    saved: Saved,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A part of the rows around what the model treats differently shows it; the smallest of them is named."""
    fault = FAULTS[name]
    monkeypatch.setattr(rows, "COMBINED_BY_HINTS", 600)
    model = mlmodel.read(saved(fault.model)[1])
    python = Path(sys.executable)
    broken(fault)
    (tmp_path / "bundle").mkdir()

    candidate = Candidate("compiled", {"predict_fn": model.predict_fn})
    exported = candidates.export(model, candidate, python, tmp_path / "bundle")
    staged = candidates.stage(model, candidate, exported, tmp_path / "bundle")
    question = make_question(model, staged.hints)
    question, reference = ask_mlflow(model, Interpreter(python, python_version(python)), python, question)
    verdict = proof.compare(question.rows, reference, ask_bundle(staged.folder, python, question))

    assert verdict.refusal
    assert "rows differ; on {" in verdict.refusal


def test_what_is_found_out_is_served_by_the_next_backend(
    broken: Callable[[Fault], None], saved: Saved, tmp_path: Path
) -> None:
    """The manifest keeps what was refused and why."""
    broken(FAULTS["a threshold one float32 further"])
    lines: list[Any] = []

    built = build(saved("sklearn forest")[1], tmp_path / "bundle", tell=lines.append)

    assert "native" == built.manifest.backend
    [refused] = built.manifest.parity["refused"]
    assert refused["backend"].startswith("compiled")
    assert "MLflow answers" in refused["reason"]
