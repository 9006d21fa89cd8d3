"""`python -m model score`: files of all forms, and what becomes of bad rows, dead workers and interruptions."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from model import score
from model.errors import ModelError
from model.score import Asked, reading

ROOT = Path(__file__).resolve().parents[2]
ROWS = [
    {"id": "a", "text": "plain"},
    {"id": "b", "text": 'in "quotes",\nand two lines'},
    {"id": "c", "text": ""},
    {"id": "d", "text": "ünï ☃"},
]

Run = Callable[..., tuple[score.Done, Path]]


@pytest.fixture(name="run")
def _run(bundle: Path, tmp_path: Path) -> Run:
    """Score a file with the model of the repository."""

    def run(source: Path, output: str = "out.jsonl", **more: Any) -> tuple[score.Done, Path]:
        asked = Asked(source, tmp_path / output, bundle, **{"workers": 2, "keep": ("id",), **more})
        return score.score(asked, lambda *_: None), tmp_path / output

    return run


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Rows in a file of the form that its name says."""
    if path.suffix == ".parquet":
        pd.DataFrame(rows).to_parquet(path)
    elif path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(path: Path) -> list[dict[str, Any]]:
    """The same back, everything as text but what is missing."""
    if path.suffix == ".parquet":
        table = pd.read_parquet(path)
    elif path.suffix == ".csv":
        table = pd.read_csv(path, dtype=str)
    else:
        table = pd.DataFrame([json.loads(line) for line in path.read_text().splitlines()])
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{name: None if value is None else str(value).lower() for name, value in row.items()} for row in rows]


@pytest.mark.parametrize("source", ["in.csv", "in.jsonl", "in.parquet"])
@pytest.mark.parametrize("output", ["out.csv", "out.jsonl", "out.parquet"])
def test_every_form_becomes_every_other(source: str, output: str, run: Run, tmp_path: Path) -> None:
    """Each row with its number and key, and its answer or its error."""
    done, path = run(written(tmp_path / source, ROWS), output)
    found = read(path)
    assert 4 == done.rows
    assert [("0", "a"), ("1", "b"), ("2", "c"), ("3", "d")] == [(row["row"], row["id"]) for row in found]
    refused = [row.get("error") is not None for row in found]
    assert [False, False, source == "in.csv", False] == refused  # empty text is missing in CSV alone
    assert all((row["FakeNewsTrueFalse"] is None) == bad for row, bad in zip(found, refused, strict=True))
    assert sum(refused) == sum(done.refused.values())
    assert not list(tmp_path.glob("*.partial"))


def test_answers_are_the_handlers_own(bundle: Path, run: Run, tmp_path: Path) -> None:
    """As `POST /predict` gives them."""
    from handler.core import Core
    from handler.message import Request
    from handler.settings import Settings

    rows = [{"id": str(n), "text": f"the moon number {n} is a hologram!!! {'SHARE ' * (n % 7)}"} for n in range(300)]
    _, path = run(written(tmp_path / "in.csv", rows))
    body = json.dumps([{"text": row["text"]} for row in rows]).encode()
    expected = json.loads(Core(Settings(bundle)).answer(Request("POST", "/predict", {}, {}, body, "id")).body)
    found = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["FakeNewsTrueFalse"] for row in expected] == [row["FakeNewsTrueFalse"] for row in found]


@pytest.mark.parametrize("chunk", [16, 64, 1000])
@pytest.mark.parametrize("name", ["in.csv", "in.jsonl"])
def test_chunks_hold_whole_records(
    chunk: int, name: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever they end; lines in quotes, empty lines and lines that Windows wrote are counted right."""
    monkeypatch.setattr(reading, "CHUNK", chunk)
    path = written(tmp_path / name, [row | {"id": f"{row['id']}{n}"} for n in range(30) for row in ROWS])
    raw = path.read_bytes().replace(b"\r\n", b"\n")
    path.write_bytes(raw.replace(b"c7", b"c7", 1) + b"\n\n")
    _, out = run(path)
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert list(range(120)) == [row["row"] for row in found]
    assert [f"{row['id']}{n}" for n in range(30) for row in ROWS] == [row["id"] for row in found]


def test_uneven_lines_are_refused(run: Run, tmp_path: Path) -> None:
    """They are rows of the output like others."""
    (tmp_path / "in.csv").write_text("id,text\n1,a\n2\n3,b,c\n4,d\n")
    done, path = run(tmp_path / "in.csv")
    found = [json.loads(line) for line in path.read_text().splitlines()]
    assert ["the line has 1 fields, the header 2", "the line has 3 fields, the header 2"] == [
        row["error"] for row in found if "error" in row
    ]
    assert [0, 1, 2, 3] == [row["row"] for row in found]
    assert 2 == sum(done.refused.values())


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("in.csv", "id,title\n1,a\n", "lacks the column 'text'; the model takes text"),
        ("in.csv", "text\na\n", "lacks the column 'id', which is to be kept"),
        ("in.csv", "", "is empty: a header line"),
        ("in.csv", "id,text,text\n", "has two columns 'text'"),
        ("in.jsonl", '{"id": 1}\n', "lacks the column 'text'"),
        ("in.jsonl", "[1]\n", "is no JSON Lines: its first line is no object"),
        ("in.jsonl", "\n", "is empty"),
        ("in.parquet", "PAR1", "is no Parquet file"),
        ("in.xlsx", "", "is none of .csv"),
    ],
)
def test_wrong_files_are_refused(name: str, content: str, said: str, run: Run, tmp_path: Path) -> None:
    """Before anything is scored or written."""
    (tmp_path / name).write_text(content)
    with pytest.raises(ModelError, match=said):
        run(tmp_path / name)
    assert [name] == [path.name for path in tmp_path.iterdir()]


def started(source: Path, output: Path, bundle: Path) -> "subprocess.Popen[bytes]":
    """The command, in a group of processes of its own."""
    command = [sys.executable, "-m", "model", "score", str(source), str(output), "--bundle", str(bundle)]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=ROOT, stdout=quiet, stderr=quiet, start_new_session=True)


def test_a_killed_run_goes_on(bundle: Path, run: Run, tmp_path: Path) -> None:
    """With `kill -9` half way: no row is lost and none is there twice, and nothing has the output's name before."""
    rows = [{"id": str(n), "text": f"text {n} " * 30} for n in range(40_000)]
    source = written(tmp_path / "in.csv", rows)
    output = tmp_path / "killed.jsonl"
    process = started(source, output, bundle)
    journal = tmp_path / "killed.jsonl.partial" / "journal.jsonl"
    while not journal.exists() or len(journal.read_bytes().splitlines()) < 4:
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not output.exists()

    done, _ = run(source, "killed.jsonl", keep=())
    assert 0 < done.resumed < done.rows == len(rows)
    _, whole = run(source, "whole.jsonl", keep=())
    assert whole.read_bytes() == output.read_bytes()


def test_another_file_is_not_gone_on_with(run: Run, tmp_path: Path) -> None:
    """What was begun belongs to the file, the bundle and the columns that it was begun with."""
    source = written(tmp_path / "in.csv", ROWS)
    folder = tmp_path / "out.jsonl.partial"
    folder.mkdir()
    (folder / "journal.jsonl").write_text('{"source": ["another"]}\n[1, 1, {}, 0]\n')
    (folder / "out").touch()
    with pytest.raises(ModelError, match="is of another file, bundle or choice of columns; remove it"):
        run(source)
    assert folder.exists()


def test_a_model_that_ends_its_process_is_told_of(moody: Path, tmp_path: Path) -> None:
    """With where it was, and what to do; what was written before is kept."""
    source = tmp_path / "in.csv"
    source.write_text("text\ncalm\ndie\n")
    python = Path(sys.executable)
    asked = Asked(source, tmp_path / "out.csv", moody, workers=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("model.environment.runtime_environment", lambda _: python)
        with pytest.raises(ModelError, match=r"a worker died .* run it again to go on from there"):
            score.score(asked, lambda *_: None)
    assert (tmp_path / "out.csv.partial" / "journal.jsonl").exists()


def test_the_command_says_what_was_done(bundle: Path, tmp_path: Path) -> None:
    """Counts, and why rows were refused."""
    source = written(tmp_path / "in.csv", ROWS)
    command = [sys.executable, "-m", "model", "score", str(source), str(tmp_path / "out.csv"), "--bundle", str(bundle)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    assert "4 rows in" in done.stdout
    assert "1 of them refused" in done.stdout
