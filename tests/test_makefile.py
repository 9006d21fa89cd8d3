"""The Makefile notices every change of a model, and passes on paths as they are."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAMES = ["iris", "my model", "модель für alle"]


def make(folder: Path, *words: str) -> str:
    """Run `make` in a directory; return what it prints."""
    command = ["make", "--assume-old=.venv/ready", "--assume-old=build/kernel", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


@pytest.fixture(name="project")
def _project(tmp_path: Path) -> Path:
    """A directory with the Makefile, and models in directories of different names."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("handler", "model", "requirements"):
        (tmp_path / name).symlink_to(ROOT / name)
    for name in NAMES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "MLmodel").write_text("flavors: {}\n")
    return tmp_path


@pytest.mark.parametrize("name", NAMES)
def test_an_older_model_in_the_same_place_is_noticed(name: str, project: Path) -> None:
    """The stamp of the model changes with its content, not with its dates."""
    stamp, model = project / "build" / "model", f"MODEL={name}"
    make(project, "build/model", model)
    first = stamp.stat().st_mtime_ns
    os.utime(project / name / "MLmodel")
    make(project, "build/model", model)
    assert first == stamp.stat().st_mtime_ns

    (project / name / "MLmodel").write_text("flavors: {sklearn: {}}\n")
    os.utime(project / name / "MLmodel", (0, 0))
    make(project, "build/model", model)
    assert first != stamp.stat().st_mtime_ns


def test_a_linked_model_is_read(project: Path) -> None:
    """A change behind a symbolic link is noticed."""
    (project / "link").symlink_to("my model")
    make(project, "build/model", "MODEL=link")
    assert "link/MLmodel" in (project / "build" / "model").read_text()


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (["get"], "SOURCE=... is missing"),
        (["bulk", "INPUT=s3://ours/in.csv"], "OUTPUT=... is missing"),
        (["train"], "DATA=... is missing"),
        (["automl", "DATA=in.csv"], "TARGET=... is missing"),
        (["demo", "DATA=in.csv"], "TARGET=... is missing"),
        (["run", "MODEL=none"], "MODEL=none is not an MLflow model: the file MLmodel is missing"),
    ],
)
def test_what_is_missing_is_named_before_anything_is_installed(words: list[str], missing: str, project: Path) -> None:
    """The first line says it, and nothing else is done."""
    command = ["make", *words]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert (2, True) == (done.returncode, missing in f"{done.stderr}{done.stdout}")
    assert not (project / ".venv").exists()


@pytest.mark.parametrize("target", ["bundle", "deploy", "image-report", "bench"])
def test_a_path_with_blanks_is_one_word(target: str, project: Path) -> None:
    """Each command gets the model's path quoted."""
    assert "--model 'my model'" in make(project, "--dry-run", "--always-make", target, "MODEL=my model")


def test_an_image_is_built_from_a_path_with_blanks(project: Path) -> None:
    """Docker gets the model's path as one word."""
    printed = make(project, "--dry-run", "--always-make", "image", "MODEL=my model")
    assert "--build-context artifact='my model'" in printed
    assert "images.arguments 'my model'" in printed
