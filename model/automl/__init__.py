"""AutoML: from a CSV file to the best scikit-learn pipeline that FLAML finds in the time there is.

FLAML wants an xgboost of its own, so `search.py` runs in an environment of its own, which is made when it is needed.
"""

import json
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from model import child, environment
from model.automl import report
from model.errors import ModelError
from model.get import check_replaceable, replace, restore

REQUIREMENTS = child.ROOT / "requirements-automl.txt"
_POLL = 0.3  # seconds


class Asked(NamedTuple):
    """What is asked for.

    Attributes:
        csv: the data, a header line first.
        target: the name of the column to predict.
        minutes: to search for; the last fit and the report come on top.
        task: `classification` or `regression`; by default what the target looks like.
        seed: of the split and the search.
    """

    csv: Path
    target: str
    minutes: float = 5.0
    task: str = ""
    seed: int = 0


class Tried(NamedTuple):
    """How far a search is: trials, the best loss so far and whose it is, seconds."""

    trials: int
    loss: float
    learner: str
    seconds: float


def search(asked: Asked, out: Path, page: Path, tell: Callable[[Tried], None]) -> dict[str, Any]:
    """Search, write the MLflow model `out` and the report `page`; what was there stays until they are done.

    Returns:
        What was found: `task`, `metric`, `columns` by kind, `left_out`, `leaderboard`, `scores`, `baseline`, `pipeline`
        and the numbers of `rows` and of those `held_out`.

    Raises:
        ModelError: the data cannot be used; says why.
    """
    restore(out)
    check_replaceable(out)
    if not asked.csv.is_file():
        raise ModelError(f"there is no file {asked.csv}")
    if asked.minutes <= 0:
        raise ModelError("--minutes must be more than 0")
    out.parent.mkdir(parents=True, exist_ok=True)
    python = environment.environment([REQUIREMENTS], python=Path(sys.executable))
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as work:
        trials = Path(work, "trials.jsonl").resolve()
        request = {
            "csv": str(asked.csv.resolve()),
            "target": asked.target,
            "seconds": asked.minutes * 60,
            "task": asked.task,
            "seed": asked.seed,
            "trials": str(trials),
            "folder": str(Path(work, "model").resolve()),
        }
        found = _watched(python, request, trials, tell)
        if problem := found.get("problem"):
            raise ModelError(f"{asked.csv}: {problem}")
        found["leaderboard"] = leaderboard(read_trials(trials))
        page.parent.mkdir(parents=True, exist_ok=True)
        written = Path(work) / "page.html"
        written.write_text(report.page(asked.csv.name, asked.target, found), encoding="utf-8")
        replace(Path(work) / "model", out)
        written.replace(page)
    return found


def _watched(python: Path, request: dict[str, Any], trials: Path, tell: Callable[[Tried], None]) -> dict[str, Any]:
    """Run the search, and tell of its trials meanwhile."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_POLL):
            if tried := read_trials(trials):
                best = min(tried, key=lambda trial: trial["validation_loss"])
                seconds = float(tried[-1]["wall_clock_time"])
                tell(Tried(len(tried), float(best["validation_loss"]), str(best["learner"]), seconds))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        found: dict[str, Any] = child.run(
            python, "automl/search.py", request, limit=request["seconds"] * 2 + 1800, threads=True
        )
    finally:
        done.set()
        watcher.join()
    return found


def read_trials(path: Path) -> list[dict[str, Any]]:
    """FLAML's log, a trial a line; a line that is being written is left out."""
    if not path.exists():
        return []
    lines = path.read_text().splitlines(keepends=True)
    known = [json.loads(line) for line in lines if line.endswith("\n")]
    return [line for line in known if "validation_loss" in line]


def leaderboard(trials: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The best trial of each learner, the best first: `learner`, `loss`, `trials`, `seconds`."""
    tried: dict[str, list[dict[str, Any]]] = {}
    for trial in trials:
        tried.setdefault(trial["learner"], []).append(trial)
    rows = [
        {
            "learner": learner,
            "loss": min(trial["validation_loss"] for trial in its),
            "trials": len(its),
            "seconds": sum(trial["trial_time"] for trial in its),
        }
        for learner, its in tried.items()
    ]
    return sorted(rows, key=lambda row: float(row["loss"]))
