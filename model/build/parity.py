"""Read and write `parity.json`: the rows that a bundle was proved with, and MLflow's predictions."""

import json
from pathlib import Path
from typing import Any

_ANSWERS = ("batch", "single", "errors", "float32", "characters")
_NEWER: dict[str, Any] = {"example": None, "together": None, "varies": []}
"""Answers that not every bundle has, and what stands in their place."""


def write_parity(folder: Path, question: dict[str, Any], reference: dict[str, Any]) -> None:
    """Write a question's fields and the parts of the predictions that are compared."""
    answers = {name: reference[name] for name in _ANSWERS}
    answers |= {name: reference[name] for name, nothing in _NEWER.items() if reference.get(name, nothing) != nothing}
    if answers["batch"] == answers["single"]:
        del answers["batch"]
    (folder / "parity.json").write_text(
        json.dumps({"question": question, "reference": answers}, ensure_ascii=False), encoding="utf-8"
    )


def read_parity(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the question's fields and MLflow's predictions."""
    kept = json.loads((folder / "parity.json").read_text(encoding="utf-8"))
    reference = kept["reference"]
    return kept["question"], {**_NEWER, "batch": reference["single"], **reference}
