"""Every event of events/ gets a response of the model, under Lambda's own runtime client."""

import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
OTHERS = {"body.json", "sqs.json"}  # the body of a request, and messages whose results go to a queue on AWS
EVENTS = sorted(path for path in (PROJECT / "events").glob("*.json") if path.name not in OTHERS)


@pytest.fixture(scope="session", autouse=True)
def _bundle() -> None:
    """Build the model's bundle, which fails unless it predicts as MLflow does."""
    subprocess.run(["thaw", "build"], cwd=PROJECT, check=True)


@pytest.mark.parametrize("event", EVENTS, ids=lambda path: path.stem)
def test_event_is_answered(event: Path) -> None:
    """The function answers with a status of success."""
    command = ["thaw", "invoke", str(event), "--check"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
