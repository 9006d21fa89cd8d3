"""Environments that nothing has used for long are listed and removed; those in use stay."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from model import environment
from model.__main__ import main
from model.environment import prune

DAY = 24 * 3600
USING = """
import sys
from pathlib import Path
from model import environment
from model.environment import cache
cache.ENVIRONMENTS = Path(sys.argv[1])
environment.installed_environment([Path(sys.argv[2])], Path(sys.executable))
print("using", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True, name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Environments of these tests are made in a folder of their own."""
    monkeypatch.setattr("model.environment.cache.ENVIRONMENTS", tmp_path / "env")
    return tmp_path / "env"


@pytest.fixture(name="made")
def _made(tmp_path: Path) -> Path:
    """An environment that was last used forty days ago."""
    (tmp_path / "six.txt").write_text("six==1.16.0\n")
    script = "import sys; sys.argv[1:1] = []\n" + USING.replace("sys.stdin.read()\n", "")
    command = [sys.executable, "-c", script, str(tmp_path / "env"), str(tmp_path / "six.txt")]
    subprocess.run(command, check=True, capture_output=True)
    [path] = (tmp_path / "env").glob("*/complete.json")
    os.utime(path, (time.time() - 40 * DAY,) * 2)
    return path.parent


def test_an_environment_is_described(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The list has its size, Python, last use, requirements and what it is for."""
    [one] = prune.environments()
    assert made == one.folder
    assert ".".join(map(str, sys.version_info[:3])) == one.python
    assert (["six"], str(tmp_path / "six.txt")) == (one.requirements, one.purpose)
    assert one.bytes > 10_000
    assert 0 == main(["environments"])
    assert "40 days ago" in capsys.readouterr().out


def test_a_use_is_recorded(made: Path, tmp_path: Path) -> None:
    """Whoever asks for the environment again moves its last use."""
    environment.installed_environment([tmp_path / "six.txt"], Path(sys.executable))
    assert time.time() - (made / "complete.json").stat().st_mtime < 60


@pytest.mark.parametrize(("age", "left"), [("41d", 1), ("30d", 0)])
def test_the_old_ones_are_removed(age: str, left: int, made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--prune removes what nothing has used for the given time, and says how much is free."""
    assert 0 == main(["environments", "--prune", "--yes", "--older-than", age])
    assert left == made.exists() == len(list(prune.environments()))
    assert ("Removed 1 environments" if not left else "No environment to remove") in capsys.readouterr().out


def test_nothing_is_removed_without_an_answer(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal to ask on, the command shows the list and names the option."""
    assert 1 == main(["environments", "--prune"])
    printed = capsys.readouterr()
    assert made.name in printed.out
    assert "pass --yes" in printed.err
    assert made.exists()


def test_one_in_use_stays(made: Path, folder: Path, tmp_path: Path) -> None:
    """An environment that another process uses is not removed, however old the list is."""
    command = [sys.executable, "-c", USING, str(folder), str(tmp_path / "six.txt")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdin
        assert "using\n" == process.stdout.readline()
        [one] = prune.environments()
        assert one.in_use
        assert [] == prune.unused_since([one], 0)
        assert ([], 0) == prune.remove([made])
        process.stdin.close()
    assert [made] == prune.remove([made])[0]
    assert not made.exists()


def test_one_that_was_removed_is_made_again(made: Path, tmp_path: Path) -> None:
    """The next use installs it anew."""
    prune.remove([made])
    assert made / "bin" / "python" == environment.installed_environment([tmp_path / "six.txt"], Path(sys.executable))
    assert (made / "complete.json").exists()
