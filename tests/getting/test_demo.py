"""`make demo`, from a CSV file to a prediction."""

import json
import sys
from pathlib import Path
from subprocess import run

from documented import copied


def test_the_demo_ends_in_a_prediction(tmp_path: Path) -> None:
    """It searches, registers, gets, builds and serves a model, and prints its prediction."""
    folder = copied(tmp_path / "thaw")
    command = [sys.executable, "-m", "local", "demo", "--minutes", "0.05"]
    done = run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    assert 0 == done.returncode, done.stdout[-2000:] + done.stderr[-2000:]
    answer = next(line for line in done.stdout.splitlines() if line.startswith("{"))
    assert ["cultivar"] == list(json.loads(answer.partition("}")[0] + "}"))
