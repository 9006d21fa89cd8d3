"""AutoML on a CSV file, with searches of three seconds."""

import json
import os
import pty
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from model import automl, train
from model.automl import SearchOptions, SearchProgress
from model.commands.terminal import confirm_replacement
from model.errors import ModelError
from model.mlmodel import note_source

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 3.0


def make_table(rows: int = 300) -> pd.DataFrame:
    """Return numbers, categories, texts and an id, some missing, and two targets that depend on the texts."""
    draw = random.Random(1)
    found = []
    for number in range(rows):
        kind = draw.choice(["good", "bad"])
        found.append(
            {
                "id": f"u{number:05d}",
                "city": draw.choice(["Berlin", "Paris", "Rome", None]),
                "age": draw.choice([None, *range(18, 80)]),
                "member": draw.random() < 0.5,
                "review": draw.choice([None, *[f"the {kind} thing was {kind} for all of us"] * 20]),
                "same": 1,
                "price": 10.0 * (kind == "good") + draw.random(),
                "label": "yes" if (kind == "good") ^ (draw.random() < 0.05) else "no",
            }
        )
    return pd.DataFrame(found)


Search = Callable[..., dict[str, object]]


@pytest.fixture(name="search")
def _search(tmp_path: Path) -> Search:
    """Return a function that searches a table and returns the result."""

    def search(table: pd.DataFrame, target: str, **more: object) -> dict[str, object]:
        table.to_csv(tmp_path / "data.csv", index=False)
        options = SearchOptions(tmp_path / "data.csv", target, **{"minutes": SECONDS / 60, **more})  # type: ignore[arg-type]
        return automl.search(options, tmp_path / "model", tmp_path / "page.html", lambda _: None)

    return search


def test_classification_uses_all_kinds_of_columns(search: Search, tmp_path: Path) -> None:
    """The model is better than a constant prediction on held-out rows, and MLflow serves it."""
    import mlflow

    result = search(make_table().drop(columns="price"), "label")
    assert {"number": ["age"], "category": ["city", "member"], "text": ["review"]} == result["columns"]
    assert {"id", "same"} == set(result["left_out"])  # type: ignore[call-overload]
    assert result["scores"]["accuracy"] > result["baseline"]["accuracy"] + 0.2  # type: ignore[index]
    rows = make_table()[["age", "city", "member", "review"]].dropna().head(3)
    assert set(mlflow.pyfunc.load_model(str(tmp_path / "model")).predict(rows)) <= {"yes", "no"}
    described = yaml.safe_load((tmp_path / "model" / "MLmodel").read_text())
    assert "label" == json.loads(described["signature"]["outputs"])[0]["name"]


def test_regression_writes_a_report(search: Search, tmp_path: Path) -> None:
    """A target with many values is a regression target, and the page shows plots and leaderboard without scripts."""
    result = search(make_table().drop(columns="label"), "price")
    assert "regression" == result["task"]
    assert result["scores"]["R2"] > 0.5  # type: ignore[index]
    page = (tmp_path / "page.html").read_text()
    assert "<svg" in page
    assert "<script" not in page
    for row in result["leaderboard"]:  # type: ignore[attr-defined]
        assert f"<td>{row['learner']}</td>" in page


def test_progress_is_reported_from_the_start(tmp_path: Path) -> None:
    """The first report comes before anything is installed, and later ones count trials."""
    reports: list[SearchProgress] = []
    make_table().to_csv(tmp_path / "data.csv", index=False)
    options = SearchOptions(tmp_path / "data.csv", "label", SECONDS / 60)
    automl.search(options, tmp_path / "model", tmp_path / "page.html", reports.append)
    assert "preparing the environment of FLAML" == reports[0].step
    assert "reading the data and fitting the first model" == reports[1].step
    assert reports[-1].trials
    assert [report.trials for report in reports] == sorted(report.trials for report in reports)


@pytest.mark.parametrize(
    ("target", "rows", "message"),
    [
        ("nothing", 300, "the column 'nothing' does not exist; the columns are id, city"),
        ("label", 30, "only 30 rows have a value of label; 50 are needed"),
        ("same", 300, "same needs at least two classes"),
    ],
)
def test_unusable_data_is_refused(target: str, rows: int, message: str, search: Search, tmp_path: Path) -> None:
    """The error says why in one line, and nothing is written."""
    with pytest.raises(ModelError, match=message):
        search(make_table(rows), target)
    assert ["data.csv"] == [path.name for path in tmp_path.iterdir()]


def test_a_time_limit_is_required(search: Search) -> None:
    """A limit of zero is refused before the search."""
    with pytest.raises(ModelError, match="--minutes must be more than 0"):
        search(make_table(), "label", minutes=0.0)


def run_command(table: pd.DataFrame, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run `python -m model automl` on a table, with its model in `folder / "model"`."""
    table.to_csv(folder / "data.csv", index=False)
    command = [sys.executable, "-m", "model", "automl", str(folder / "data.csv"), "--target", "label"]
    command += ["--minutes", str(SECONDS / 60), "--out", str(folder / "model"), "--report", str(folder / "page.html")]
    return subprocess.run(command, cwd=ROOT, input="", capture_output=True, text=True, check=False)


def test_the_command_ends_with_the_next_one(tmp_path: Path) -> None:
    """It reports its steps, and its last line says how to serve the model."""
    done = run_command(make_table().drop(columns="price"), tmp_path)
    assert 0 == done.returncode, done.stderr
    assert "- preparing the environment of FLAML" == done.stderr.splitlines()[0]
    assert f"Next: make run MODEL={tmp_path / 'model'} serves it" == done.stdout.splitlines()[-1]


def test_a_model_is_not_overwritten_unasked(iris: Path, tmp_path: Path) -> None:
    """Without a terminal to ask on, the command names the option."""
    shutil.copytree(iris, tmp_path / "model")
    done = run_command(make_table(), tmp_path)
    assert 1 == done.returncode
    assert f"error: {tmp_path / 'model'} already holds a model: pass --overwrite to replace it, or another --out\n" == (
        done.stderr
    )


@pytest.mark.parametrize("source", [automl.COMMAND, train.COMMAND])
def test_a_command_replaces_its_own_model_unasked(source: str, tmp_path: Path) -> None:
    """A model that the same command made needs no question; one of another command does."""
    (tmp_path / "MLmodel").touch()
    note_source(tmp_path, "somewhere else")
    with pytest.raises(ModelError, match="already holds a model"):
        confirm_replacement(tmp_path, source, yes=False)
    note_source(tmp_path, source)
    confirm_replacement(tmp_path, source, yes=False)


@pytest.mark.parametrize(("answer", "message"), [("n", "is unchanged"), ("y", "does not exist")])
def test_the_command_asks_on_a_terminal(answer: str, message: str, iris: Path, tmp_path: Path) -> None:
    """The model is replaced only after a yes; then the search begins, here with a file that is not there."""
    shutil.copytree(iris, tmp_path / "model")
    command = [
        sys.executable,
        "-m",
        "model",
        "automl",
        "none.csv",
        "--target",
        "label",
        "--out",
        str(tmp_path / "model"),
    ]
    controller, terminal = pty.openpty()
    with subprocess.Popen(command, cwd=ROOT, stdin=terminal, stderr=subprocess.PIPE, text=True) as process:
        os.write(controller, f"{answer}\n".encode())
        _, errors = process.communicate()
    for descriptor in (controller, terminal):
        os.close(descriptor)
    assert "already holds a model. Replace it? [y/N]" in errors
    assert message in errors
