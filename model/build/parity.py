"""Read and write `parity.json`: the rows that a bundle was proved with, and MLflow's predictions."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.child.contract import ReferenceAnswers

_ANSWERS = ("batch", "single", "errors", "float32", "characters")
_NEWER: dict[str, Any] = {"example": None, "together": None, "varies": [], "batches": []}
"""Answers that not every bundle has, and what stands in their place."""


def write_parity(folder: Path, question: dict[str, Any], reference: ReferenceAnswers) -> None:
    """Write a question's fields and the parts of the predictions that are compared."""
    given: Mapping[str, Any] = reference
    answers = {name: given[name] for name in _ANSWERS}
    answers |= {name: given[name] for name, nothing in _NEWER.items() if given.get(name, nothing) != nothing}
    if answers["batch"] == answers["single"]:
        del answers["batch"]
    (folder / "parity.json").write_text(
        json.dumps({"question": question, "reference": answers}, ensure_ascii=False), encoding="utf-8"
    )


def read_parity(folder: Path) -> tuple[dict[str, Any], ReferenceAnswers]:
    """Return the question's fields and MLflow's predictions."""
    kept = json.loads((folder / "parity.json").read_text(encoding="utf-8"))
    answers = kept["reference"]
    reference: Any = {**_NEWER, "batch": answers["single"], **answers}
    return kept["question"], reference
