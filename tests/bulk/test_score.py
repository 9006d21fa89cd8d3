"""`python -m model score`: file formats, refused rows, dead workers and interruptions."""

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
from model.score import input_files
from model.score.job import Job

ROOT = Path(__file__).resolve().parents[2]
ROWS = [
    {"id": "a", "text": "plain"},
    {"id": "b", "text": 'in "quotes",\nand two lines'},
    {"id": "c", "text": ""},
    {"id": "d", "text": "ünï ☃"},
]

Run = Callable[..., tuple[score.Summary, Path]]


@pytest.fixture(name="run")
def _run(bundle: Path, tmp_path: Path) -> Run:
    """Return a function that scores a file with the repository's model."""

    def run(source: Path, output: str = "out.jsonl", **more: Any) -> tuple[score.Summary, Path]:
        job = Job(source, tmp_path / output, bundle, **{"workers": 2, "keep": ("id",), **more})
        return score.score(job, lambda *_: None), tmp_path / output

    return run


def write_rows(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows in the format of the suffix; return the path."""
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


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read rows back, values as lower-case text and missing ones as None."""
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
def test_formats_combine_freely(source: str, output: str, run: Run, tmp_path: Path) -> None:
    """Each row has its number, its kept column, and a prediction or an error."""
    done, path = run(write_rows(tmp_path / source, ROWS), output)
    found = read_rows(path)
    assert 4 == done.rows
    assert [("0", "a"), ("1", "b"), ("2", "c"), ("3", "d")] == [(row["row"], row["id"]) for row in found]
    refused = [row.get("error") is not None for row in found]
    assert [False, False, source == "in.csv", False] == refused  # empty text is missing in CSV alone
    assert all((row["FakeNewsTrueFalse"] is None) == bad for row, bad in zip(found, refused, strict=True))
    assert sum(refused) == sum(done.refused.values())
    assert not list(tmp_path.glob("*.partial"))


def test_predictions_are_those_of_the_handler(bundle: Path, run: Run, tmp_path: Path) -> None:
    """They equal the response of `POST /predict`."""
    from handler.core import Core
    from handler.message import Request
    from handler.settings import Settings

    rows = [{"id": str(n), "text": f"the moon number {n} is a hologram!!! {'SHARE ' * (n % 7)}"} for n in range(300)]
    _, path = run(write_rows(tmp_path / "in.csv", rows))
    body = json.dumps([{"text": row["text"]} for row in rows]).encode()
    expected = json.loads(Core(Settings(bundle)).answer(Request("POST", "/predict", {}, {}, body, id="id")).body)
    found = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["FakeNewsTrueFalse"] for row in expected] == [row["FakeNewsTrueFalse"] for row in found]


@pytest.mark.parametrize("chunk", [16, 64, 1000])
@pytest.mark.parametrize("name", ["in.csv", "in.jsonl"])
def test_chunks_hold_whole_records(
    chunk: int, name: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Quoted line breaks, empty lines and Windows line ends do not shift row numbers, at any chunk size."""
    monkeypatch.setattr(input_files, "CHUNK", chunk)
    path = write_rows(tmp_path / name, [row | {"id": f"{row['id']}{n}"} for n in range(30) for row in ROWS])
    raw = path.read_bytes().replace(b"\r\n", b"\n")
    path.write_bytes(raw.replace(b"c7", b"c7", 1) + b"\n\n")
    _, out = run(path)
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert list(range(120)) == [row["row"] for row in found]
    assert [f"{row['id']}{n}" for n in range(30) for row in ROWS] == [row["id"] for row in found]


def test_uneven_lines_are_refused(run: Run, tmp_path: Path) -> None:
    """Lines with too many or too few fields keep their place in the output."""
    (tmp_path / "in.csv").write_text("id,text\n1,a\n2\n3,b,c\n4,d\n")
    done, path = run(tmp_path / "in.csv")
    found = [json.loads(line) for line in path.read_text().splitlines()]
    assert ["the line has 1 fields, the header has 2", "the line has 3 fields, the header has 2"] == [
        row["error"] for row in found if "error" in row
    ]
    assert [0, 1, 2, 3] == [row["row"] for row in found]
    assert 2 == sum(done.refused.values())


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("in.csv", "id,title\n1,a\n", "lacks the column 'text'; the model needs text"),
        ("in.csv", "text\na\n", "lacks the column 'id' of --keep"),
        ("in.csv", "", "is empty: it needs a header line"),
        ("in.csv", "id,text,text\n", "has two columns called 'text'"),
        ("in.jsonl", '{"id": 1}\n', "lacks the column 'text'"),
        ("in.jsonl", "[1]\n", "is not JSON Lines: its first line is not an object"),
        ("in.jsonl", "\n", "is empty"),
        ("in.parquet", "PAR1", "is not a Parquet file"),
        ("in.xlsx", "", "must be one of .csv"),
    ],
)
def test_wrong_files_are_refused(name: str, content: str, message: str, run: Run, tmp_path: Path) -> None:
    """They are refused before anything is scored or written."""
    (tmp_path / name).write_text(content)
    with pytest.raises(ModelError, match=message):
        run(tmp_path / name)
    assert [name] == [path.name for path in tmp_path.iterdir()]


def start_command(source: Path, output: Path, bundle: Path) -> "subprocess.Popen[bytes]":
    """Start the command in a process group of its own."""
    command = [sys.executable, "-m", "model", "score", str(source), str(output), "--bundle", str(bundle)]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=ROOT, stdout=quiet, stderr=quiet, start_new_session=True)


def test_a_killed_run_resumes(bundle: Path, run: Run, tmp_path: Path) -> None:
    """After SIGKILL, no row is lost or written twice, and no file has the output's name before the end."""
    rows = [{"id": str(n), "text": f"text {n} " * 30} for n in range(40_000)]
    source = write_rows(tmp_path / "in.csv", rows)
    output = tmp_path / "killed.jsonl"
    process = start_command(source, output, bundle)
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


def test_another_run_is_not_resumed(run: Run, tmp_path: Path) -> None:
    """A run resumes only with the same file, bundle and columns."""
    source = write_rows(tmp_path / "in.csv", ROWS)
    folder = tmp_path / "out.jsonl.partial"
    folder.mkdir()
    (folder / "journal.jsonl").write_text('{"source": ["another"]}\n[1, 1, {}, 0]\n')
    (folder / "out").touch()
    with pytest.raises(
        ModelError, match="belongs to a run with another file, bundle, params or choice of columns: remove it"
    ):
        run(source)
    assert folder.exists()


def test_the_input_is_never_the_output(run: Run, tmp_path: Path) -> None:
    """The file would be replaced by its own results; the same file under another name is noticed too."""
    source = write_rows(tmp_path / "in.csv", ROWS)
    (tmp_path / "link.csv").symlink_to(source)
    for output in ("in.csv", "link.csv"):
        with pytest.raises(ModelError, match="is the input: name another file for the output"):
            run(source, output)
    assert 4 == len(read_rows(source))


def test_a_dead_worker_is_reported(moody: Path, tmp_path: Path) -> None:
    """The error says where to resume, and earlier results are kept."""
    source = tmp_path / "in.csv"
    source.write_text("text\ncalm\ndie\n")
    python = Path(sys.executable)
    job = Job(source, tmp_path / "out.csv", moody, workers=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("model.environment.runtime_environment", lambda _: python)
        with pytest.raises(ModelError, match=r"a worker died .* run the command again to resume there"):
            score.score(job, lambda *_: None)
    assert (tmp_path / "out.csv.partial" / "journal.jsonl").exists()


def test_the_command_prints_counts(bundle: Path, tmp_path: Path) -> None:
    """It prints the number of rows and the reasons of refusals."""
    source = write_rows(tmp_path / "in.csv", ROWS)
    command = [sys.executable, "-m", "model", "score", str(source), str(tmp_path / "out.csv"), "--bundle", str(bundle)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    assert "4 rows written to" in done.stdout
    assert "1 of them refused" in done.stdout
