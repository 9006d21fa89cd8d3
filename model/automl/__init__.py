"""AutoML: search for the best scikit-learn pipeline for a CSV file with FLAML, within a time limit.

FLAML needs another version of XGBoost, so `search.py` runs in an environment of its own, which is created on first use.
"""

import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from model import environment, process
from model.automl import report
from model.errors import ModelError
from model.get.placing import check_replaceable, replace_model, restore_model
from model.mlmodel import note_source
from model.process import Limits

COMMAND = "python -m model automl"
"""The source that is noted beside its models."""

REQUIREMENTS = process.ROOT / "requirements" / "automl.txt"
_SEARCH = Path(__file__).with_name("search.py")
_POLL = 0.3  # seconds


class SearchOptions(NamedTuple):
    """The options of a search.

    Attributes:
        csv: the data, with a header line.
        target: name of the column to predict.
        minutes: time limit of the search; the final fit and the report take extra time.
        task: `classification` or `regression`; empty to decide by the target's values.
        seed: random seed of the split and of the search.
    """

    csv: Path
    target: str
    minutes: float = 5.0
    task: str = ""
    seed: int = 0


class SearchProgress(NamedTuple):
    """The state of a search.

    Attributes:
        step: what happens now.
        seconds: time since the search began.
        trials: number of models tried so far.
        loss: the lowest loss so far; infinite before the first trial.
        learner: the learner with that loss; empty before the first trial.
    """

    step: str
    seconds: float = 0.0
    trials: int = 0
    loss: float = float("inf")
    learner: str = ""


Tell = Callable[[SearchProgress], None]


def search(options: SearchOptions, out: Path, page: Path, tell: Tell) -> dict[str, Any]:
    """Search, write the MLflow model `out` and the report `page`; existing ones are replaced at the end.

    Args:
        options: what to search for.
        out: directory of the MLflow model.
        page: the HTML report.
        tell: called at the start and several times a second.

    Returns:
        `task`, `metric`, `columns` by kind, `left_out`, `leaderboard`, `scores`, `baseline`, `pipeline`, and the
        numbers of `rows` and of rows `held_out`.

    Raises:
        ModelError: the data cannot be used; says why.
    """
    if not options.csv.is_file():
        raise ModelError(f"{options.csv} does not exist")
    if options.minutes <= 0:
        raise ModelError("--minutes must be more than 0")
    restore_model(out)
    check_replaceable(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    tell(SearchProgress("preparing the environment of FLAML"))
    python = environment.installed_environment([REQUIREMENTS], python=Path(sys.executable))
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as work:
        trials = Path(work, "trials.jsonl").resolve()
        request = {
            "csv": str(options.csv.resolve()),
            "target": options.target,
            "seconds": options.minutes * 60,
            "task": options.task,
            "seed": options.seed,
            "trials": str(trials),
            "folder": str(Path(work, "model").resolve()),
        }
        result = _run_search(python, request, trials, tell)
        if problem := result.get("problem"):
            raise ModelError(f"{options.csv}: {problem}")
        result["leaderboard"] = leaderboard(read_trials(trials))
        page.parent.mkdir(parents=True, exist_ok=True)
        written = Path(work) / "page.html"
        written.write_text(report.page(options.csv.name, options.target, result), encoding="utf-8")
        note_source(Path(work) / "model", COMMAND, options.target)
        replace_model(Path(work) / "model", out)
        written.replace(page)
    return result


def _run_search(python: Path, request: dict[str, Any], trials: Path, tell: Tell) -> dict[str, Any]:
    """Run `search.py`, and report its progress meanwhile."""
    done = threading.Event()
    started = time.monotonic()

    def watch() -> None:
        while True:
            tell(_progress(read_trials(trials), time.monotonic() - started, request["seconds"]))
            if done.wait(_POLL):
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        result: dict[str, Any] = process.run(
            python, str(_SEARCH), request, limits=Limits(request["seconds"] * 2 + 1800), threads=True
        )
    finally:
        done.set()
        watcher.join()
    return result


def _progress(trials: list[dict[str, Any]], seconds: float, limit: float) -> SearchProgress:
    if not trials:
        return SearchProgress("reading the data and fitting the first model", seconds)
    best = min(trials, key=lambda trial: float(trial["validation_loss"]))
    step = "searching" if trials[-1]["wall_clock_time"] < limit else "fitting the best model on all rows"
    return SearchProgress(step, seconds, len(trials), float(best["validation_loss"]), str(best["learner"]))


def read_trials(path: Path) -> list[dict[str, Any]]:
    """Return the trials in FLAML's log, without a line that is still being written."""
    if not path.exists():
        return []
    lines = path.read_text().splitlines(keepends=True)
    entries = [json.loads(line) for line in lines if line.endswith("\n")]
    return [entry for entry in entries if "validation_loss" in entry]


def leaderboard(trials: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row for each learner, the best first: `learner`, `loss` (its lowest), `trials`, `seconds`."""
    by_learner: dict[str, list[dict[str, Any]]] = {}
    for trial in trials:
        by_learner.setdefault(trial["learner"], []).append(trial)
    rows = [
        {
            "learner": learner,
            "loss": min(trial["validation_loss"] for trial in its),
            "trials": len(its),
            "seconds": sum(trial["trial_time"] for trial in its),
        }
        for learner, its in by_learner.items()
    ]
    return sorted(rows, key=lambda row: float(row["loss"]))
