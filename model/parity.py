"""`parity.json`: what a bundle was asked when it was built, and what MLflow answered."""

import json
from pathlib import Path
from typing import Any

_ANSWERS = ("batch", "single", "errors", "float32")


def write(folder: Path, question: dict[str, Any], reference: dict[str, Any]) -> None:
    """Write a question's fields, and those of the answers that are compared."""
    answers = {name: reference[name] for name in _ANSWERS}
    (folder / "parity.json").write_text(json.dumps({"question": question, "reference": answers}))


def read(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The question's fields, and MLflow's answers."""
    kept = json.loads((folder / "parity.json").read_text())
    return kept["question"], kept["reference"]
