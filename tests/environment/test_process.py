"""Children that run models: what they may take, what becomes of them, and which Pythons they run on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from model.process import ChildError, Limits, run
from model.work_folder import remove_leftovers, work_folder

PYTHON = Path(sys.executable)


def script(folder: Path, body: str) -> str:
    """Write a script that a child runs, and return its path."""
    path = folder / "script.py"
    path.write_text(f"import json, sys\nrequest, result = sys.argv[1:]\n{body}\n")
    return str(path)


def test_a_result_comes_back(tmp_path: Path) -> None:
    """The caller gets the JSON that the child writes."""
    body = "given = json.load(open(request))\njson.dump({'twice': given['once'] * 2}, open(result, 'w'))"
    assert {"twice": 6} == run(PYTHON, script(tmp_path, body), {"once": 3})


def test_a_child_sees_nothing_of_this_repository(tmp_path: Path) -> None:
    """A model's own modules called `model` or `handler` find no others in their place."""
    body = """
from importlib.util import find_spec
json.dump({name: bool(find_spec(name)) for name in ("model", "handler")}, open(result, "w"))"""
    assert {"model": False, "handler": False} == run(PYTHON, script(tmp_path, body), {})


def test_workers_of_spark_run_the_childs_python(tmp_path: Path) -> None:
    """Spark starts them by name, and the first Python on PATH is another than that of an old model."""
    body = "import os\njson.dump({'python': os.environ['PYSPARK_PYTHON']}, open(result, 'w'))"
    assert {"python": str(PYTHON)} == run(PYTHON, script(tmp_path, body), {})


@pytest.mark.parametrize(
    ("body", "limits", "said"),
    [
        (
            "x = bytearray(800_000_000)\nimport time; time.sleep(60)",
            Limits(megabytes=300),
            "more than 0.3 GB of memory",
        ),
        ("import time; time.sleep(60)", Limits(seconds=1), "longer than 0 minutes"),
        ("import os; os._exit(3)", Limits(), "exit code 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", Limits(), "SIGSEGV"),
        ("raise SystemExit('no')", Limits(), "exit code 1: no"),
        ("print('x' * 5_000_000); raise ValueError('wrong')", Limits(), "ValueError: wrong"),
    ],
    ids=["memory", "time", "os._exit", "signal", "sys.exit", "megabytes of output"],
)
def test_whatever_a_child_does_is_one_line(body: str, limits: Limits, said: str, tmp_path: Path) -> None:
    """It is killed where it takes too much, and the error says what it did."""
    with pytest.raises(ChildError, match=said) as raised:
        run(PYTHON, script(tmp_path, body), {}, limits=limits)
    assert "\n" not in str(raised.value)


def test_no_child_outlives_its_parent(tmp_path: Path) -> None:
    """A command that is killed leaves no computation behind."""
    pid = tmp_path / "pid"
    inner = script(tmp_path, f"import os, time\nopen({str(pid)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)")
    code = f"from model.process import run\nfrom pathlib import Path\nrun(Path({str(PYTHON)!r}), {inner!r}, {{}})"
    parent = subprocess.Popen([PYTHON, "-c", code])
    deadline = time.monotonic() + 30
    while not (pid.exists() and pid.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    child = int(pid.read_text())
    deadline = time.monotonic() + 10
    while _runs(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(child)


def _runs(process: int) -> bool:
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_next_command_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    """Folders of processes that are gone are removed; those of processes that run stay."""
    dead = subprocess.Popen([PYTHON, "-c", ""])
    dead.wait()
    left = tmp_path / f".bundle-{dead.pid}-abc"
    left.mkdir()
    ours = tmp_path / f".bundle-{os.getpid()}-abc"
    ours.mkdir()
    remove_leftovers(".bundle-", tmp_path)
    assert [ours] == list(tmp_path.iterdir())


def test_a_work_folder_ends_with_its_block(tmp_path: Path) -> None:
    """It is there inside, and gone after."""
    with work_folder("work-", tmp_path) as folder:
        assert folder.is_dir()
    assert [] == list(tmp_path.iterdir())
