"""Models of the past: each is built from its folder alone, and answers as it did in its own day.

A handful is built by default; MUSEUM=all builds every piece, MUSEUM="name other" these.
"""

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from model.build import proof
from model.build.bundle import build
from model.build.question import Question, ask_bundle
from model.environment import runtime_environment
from model.errors import ModelError

PIECES = Path(__file__).with_name("pieces")
HANDFUL = ("mlflow1.20-py38-booster", "mlflow1.30-py39-reviews", "mlflow2.9-py310-wheel")
"""One each of Python 3.8, 3.9 and 3.10: XGBoost, texts, and a package that no index has."""

_CHOSEN = os.environ.get("MUSEUM", "").split()
NAMES = sorted(path.name for path in PIECES.iterdir()) if _CHOSEN == ["all"] else _CHOSEN or HANDFUL


@pytest.mark.parametrize("name", NAMES)
def test_a_piece_answers_as_in_its_day(name: str, tmp_path: Path) -> None:
    """The backend is the expected one, and every recorded row gets its recorded answer; or it is refused by name."""
    expected = json.loads((PIECES / name / "expected.json").read_text())
    if expected["expect"] == "refused":
        with pytest.raises(ModelError, match=r"holds code of Python .*, which no other runs: log it again"):
            build(PIECES / name / "model", tmp_path / "bundle", tell=lambda _: None)
        return
    built = build(PIECES / name / "model", tmp_path / "bundle", tell=lambda _: None)
    found = {"backend": built.manifest.backend, "proof": built.manifest.parity["state"]}
    assert {"backend": expected["expect"], "proof": expected.get("proof", "proved")} == found, built.manifest.parity
    assert [] == differing(tmp_path / "bundle", expected)


def differing(bundle: Path, expected: dict[str, Any]) -> list[Any]:
    """Return the recorded rows that a bundle answers otherwise, alone, with both answers."""
    rows = expected["rows"]
    answers = ask_bundle(bundle, runtime_environment(bundle), Question(rows, {}, True, {}))["single"]
    pairs = zip(rows, expected["answers"], answers, strict=True)
    return [
        (row, then, msgspec.to_builtins(now))
        for row, then, now in pairs
        if proof.difference(then, now, proof.Scale({})) > proof.FLOAT32_TOLERANCE
    ]
