"""`parity.json`: what a bundle was asked when it was built, and what MLflow answered."""

import json
from pathlib import Path
from typing import Any

_ANSWERS = ("batch", "single", "errors", "float32")


def write(folder: Path, question: dict[str, Any], reference: dict[str, Any]) -> None:
    """Write a question's fields, and those of the answers that are compared."""
    answers = {name: reference[name] for name in _ANSWERS}
    if answers["batch"] == answers["single"]:
        del answers["batch"]
    (folder / "parity.json").write_text(
        json.dumps({"question": question, "reference": answers}, ensure_ascii=False), encoding="utf-8"
    )


def read(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The question's fields, and MLflow's answers."""
    kept = json.loads((folder / "parity.json").read_text(encoding="utf-8"))
    reference = kept["reference"]
    return kept["question"], {"batch": reference["single"], **reference}
