"""Several processes that fetch into the same place at once."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from handler.files import sha256
from model.get.placing import replace_model
from model.mlmodel import model_digest

ROOT = Path(__file__).resolve().parents[2]


def test_two_fetches_at_once_leave_a_whole_model(iris: Path, tmp_path: Path) -> None:
    """Both succeed, and what stays is complete, with no staging directories beside it."""
    command = [sys.executable, "-m", "model", "get", str(iris), "--out", str(tmp_path / "artifact")]
    running = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    errors = [process.communicate()[1] for process in running]

    assert [0, 0] == [process.returncode for process in running], errors
    out = tmp_path / "artifact"
    assert model_digest(out) == json.loads((out / "source.json").read_text())["files_sha256"]
    assert sha256(iris / "MLmodel") == sha256(out / "MLmodel")
    assert ["artifact"] == [path.name for path in tmp_path.iterdir()]


WRITER = """
import sys
from pathlib import Path
from model.get.placing import remove_leftovers, replace_model, stage_model

out, mine = Path(sys.argv[1]), sys.argv[2]
for _ in range(100):
    with stage_model(out, "key") as staged:
        for name in ("MLmodel", "a", "b"):
            (staged / name).write_text(mine)
        replace_model(staged, out)
    remove_leftovers(out, "key")
"""


def test_the_last_replacement_wins_whole(tmp_path: Path) -> None:
    """Of two processes that replace a model a hundred times each, no mixture stays and no other directory."""
    out = tmp_path / "artifact"
    command = [sys.executable, "-c", WRITER, str(out)]
    running = [subprocess.Popen([*command, name], cwd=ROOT, stderr=subprocess.PIPE, text=True) for name in "xy"]
    errors = [process.communicate()[1] for process in running]

    assert ["", ""] == errors
    assert {"MLmodel", "a", "b"} == {path.name for path in out.iterdir()}
    assert 1 == len({path.read_text() for path in out.iterdir()})
    assert ["artifact"] == [path.name for path in tmp_path.iterdir()]


def test_a_replaced_model_is_gone(iris: Path, tmp_path: Path) -> None:
    """Files of the previous model do not stay among those of the new one."""
    for name in ("artifact", "new"):
        shutil.copytree(iris, tmp_path / name)
    (tmp_path / "artifact" / "old").touch()
    replace_model(tmp_path / "new", tmp_path / "artifact")
    assert not (tmp_path / "artifact" / "old").exists()
    assert ["artifact"] == [path.name for path in tmp_path.iterdir()]
