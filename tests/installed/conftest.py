"""The command `thaw`, installed from the wheel into an environment of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from model.environment.uv import run_uv
from model.process import ROOT

CLIENT = ROOT / "requirements" / "client.txt"
SHADOWS = ("cloud", "handler", "local", "model", "rich", "types")

Thaw = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session", name="wheel")
def _wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this repository."""
    folder = tmp_path_factory.mktemp("wheel")
    done = run_uv(["build", "--wheel", "--quiet", "--out-dir", str(folder), str(ROOT)])
    assert 0 == done.returncode, done.stderr
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="session", name="installed")
def _installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel and what it depends on."""
    folder = tmp_path_factory.mktemp("installed") / "env"
    for words in (
        ["venv", "--python", sys.executable, str(folder)],
        ["pip", "install", "--python", str(folder), str(wheel)],
    ):
        done = run_uv([*words, "--quiet"])
        assert 0 == done.returncode, done.stderr
    return folder


@pytest.fixture(scope="session", name="thaw")
def _thaw(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Thaw:
    """Runs the command in a directory whose modules have the names of ours and of the standard library's."""
    folder = tmp_path_factory.mktemp("project")
    for name in SHADOWS:
        (folder / f"{name}.py").write_text(f"raise SystemExit('{name}.py of the working directory was imported')\n")

    def run(*words: object, **variables: str) -> subprocess.CompletedProcess[str]:

        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
        command: list[str | Path] = [installed / "bin" / "thaw", *map(str, words)]
        return subprocess.run(command, cwd=folder, env=kept | variables, capture_output=True, text=True, check=False)

    return run
