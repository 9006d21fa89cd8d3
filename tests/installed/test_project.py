"""`thaw init`: a project of one's own, whose tests pass, which deploys, and whose edits an update leaves alone."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from installed.conftest import Account, Thaw

from local.stage import environment
from model.process import ROOT
from project.record import FILE, hash_text

pytestmark = pytest.mark.xdist_group("installed")

EXAMPLES = ROOT / "examples" / "three-models"
MODELS = ("churn", "fraud", "prices")

In = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module", name="within")
def _within(installed: Path) -> In:
    """Runs a command in a project, with the installed `thaw` on the path."""

    def run(folder: Path, *words: object, **variables: str) -> subprocess.CompletedProcess[str]:
        path = f"{installed / 'bin'}{os.pathsep}{os.environ['PATH']}"
        command = list(map(str, words))
        kept = environment(PATH=path, **variables)
        return subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)

    return run


@pytest.fixture(scope="module", name="project")
def _project(thaw: Thaw, account: Account, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project around the registry's champion."""
    folder = tmp_path_factory.mktemp("own") / "texts"
    options = ["--model", "models:/texts@champion", "--package", "zip", "--thaw", wheel]
    done = thaw("init", folder, *options, **account.variables)
    assert 0 == done.returncode, done.stderr
    return folder


def test_a_project_has_what_its_owner_needs(project: Path) -> None:
    """The model, settings, a pin, a template, events, a test, a workflow and a README of a screen."""
    names = {path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()}
    assert {
        "model/MLmodel",
        "thaw.toml",
        "requirements.txt",
        "template.yaml",
        "samconfig.toml",
        "Makefile",
        "events/http_v2.json",
        "tests/test_events.py",
        ".github/workflows/deliver.yaml",
        "README.md",
    } <= names
    assert "Dockerfile" not in names
    assert len((project / "README.md").read_text().splitlines()) < 40
    assert {"name": "texts", "model": "model", "package": "zip"}.items() <= tomllib.loads(
        (project / "thaw.toml").read_text()
    ).items()


def test_its_own_tests_pass(project: Path, within: In) -> None:
    """They build the bundle and send its events to the function."""
    done = within(project, sys.executable, "-m", "pytest", "-q", "tests", "-p", "no:cacheprovider")
    assert 0 == done.returncode, done.stdout + done.stderr
    assert "6 passed" in done.stdout


def test_it_deploys_as_its_settings_say(project: Path, account: Account, within: In, tmp_path: Path) -> None:
    """The stack's name, architecture and parameters come from thaw.toml; a parameter on the command line is added."""
    copy = shutil.copytree(project, tmp_path / "project", ignore=shutil.ignore_patterns("build"))
    given = 'architecture = "arm64"\n[parameters]\nAccess = "Public"\nTimeout = 9 #'
    settings = (copy / "thaw.toml").read_text().replace("[parameters]", given)
    (copy / "thaw.toml").write_text(settings)
    done = within(copy, "thaw", "deploy", "MemorySize=640", **account.variables)
    assert 0 == done.returncode, done.stderr
    wanted = {"Access": "Public", "Timeout": "9", "MemorySize": "640", "Architecture": "arm64"}
    assert wanted.items() <= account.parameters("texts").items()
    assert 0 == within(copy, "thaw", "delete", "--yes", **account.variables).returncode


def test_a_pinned_project_names_the_version(
    thaw: Thaw, account: Account, wheel: Path, within: In, tmp_path: Path
) -> None:
    """The alias is resolved once; the project holds no model, and packages the one of the registry."""
    folder = tmp_path / "pinned"
    options = ["--model", "models:/texts@champion", "--package", "zip", "--pin", "--thaw", wheel]
    done = thaw("init", folder, *options, **account.variables)
    assert 0 == done.returncode, done.stderr
    assert "models:/texts/1" == tomllib.loads((folder / "thaw.toml").read_text())["model"]
    assert not (folder / "model").exists()
    done = within(folder, "thaw", "package", **account.variables)
    assert 0 == done.returncode, done.stderr
    assert (folder / "build" / "function.zip").is_file()


def test_an_update_leaves_edited_files_alone(project: Path, within: In, tmp_path: Path) -> None:
    """Files of an earlier version are rewritten, edited ones are shown as differences, removed ones stay so."""
    copy = shutil.copytree(project, tmp_path / "project", ignore=shutil.ignore_patterns("build"))
    current = {name: (copy / name).read_text() for name in ("Makefile", "README.md", "samconfig.toml")}
    record = json.loads((copy / FILE).read_text())
    for name in ("Makefile", "README.md"):  # as an earlier version wrote them
        older = f"{current[name]}# older\n"
        (copy / name).write_text(older)
        record["files"][name] = hash_text(older)
    (copy / FILE).write_text(json.dumps(record))
    edited = f"{current['README.md']}# older\nOurs.\n"
    (copy / "README.md").write_text(edited)
    (copy / "samconfig.toml").write_text(f"{current['samconfig.toml']}# ours\n")
    (copy / ".gitignore").unlink()
    done = within(copy, "thaw", "init", "--update")
    assert 0 == done.returncode, done.stderr
    assert "wrote Makefile" in done.stdout
    assert "kept README.md" in done.stdout
    assert "-Ours." in done.stdout
    assert "left out .gitignore" in done.stdout
    assert "samconfig.toml" not in done.stdout
    assert current["Makefile"] == (copy / "Makefile").read_text()
    assert edited == (copy / "README.md").read_text()
    assert not (copy / ".gitignore").exists()
    assert "kept" not in within(copy, "thaw", "init", "--update").stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["init"], "name the new directory and its model"),
        (["init", ".", "--model", "model"], "is not empty: name a new directory"),
        (["init", "new", "--model", "model", "--pin", "--package", "zip"], "has no version to pin"),
        (["init", "new", "--model", "missing"], "missing"),
        (["init", "--update", "--model", "model"], "leave out the others"),
    ],
)
def test_a_wrong_request_leaves_nothing(words: list[str], message: str, project: Path, within: In) -> None:
    """One line says what to do, and no directory is made."""
    before = sorted(path.name for path in project.iterdir())
    done = within(project, "thaw", *words)
    assert 1 == done.returncode
    assert message in done.stderr.splitlines()[-1]
    assert before == sorted(path.name for path in project.iterdir())


def test_a_wrong_setting_is_named(within: In, tmp_path: Path) -> None:
    """A misspelt name in thaw.toml stops every command that reads it."""
    (tmp_path / "thaw.toml").write_text('modle = "model"\n')
    done = within(tmp_path, "thaw", "package", "model")
    assert (1, "error: thaw.toml: Object contains unknown field `modle`\n") == (done.returncode, done.stderr)


@pytest.mark.parametrize("name", MODELS)
def test_an_example_is_current_and_its_tests_pass(name: str, within: In, tmp_path: Path) -> None:
    """examples/three-models has what this version of `thaw init` writes, and each model answers its events."""
    copy = shutil.copytree(EXAMPLES, tmp_path / "repository", ignore=shutil.ignore_patterns("build"))
    (copy / ".git").mkdir()
    done = within(copy / name, "thaw", "init", "--update")
    assert "Nothing to do: the files that you have not edited are of this version\n" == done.stdout, done.stderr
    done = within(copy / name, sys.executable, "-m", "pytest", "-q", "tests", "-p", "no:cacheprovider")
    assert 0 == done.returncode, done.stdout + done.stderr
