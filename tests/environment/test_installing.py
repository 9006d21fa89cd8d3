"""Environments of models: made from what uv finds, once, and with one line where they cannot be."""

import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from model import environment
from model.environment.pythons import Interpreter, handler_interpreter, model_interpreter
from model.environment.requirements import Requirements, model_requirements
from model.environment.versions import installed_versions
from model.errors import ModelError

HERE = Interpreter(Path(sys.executable), ".".join(map(str, sys.version_info[:3])))
WHEEL = ("Wheel-Version: 1.0", "Generator: tests", "Root-Is-Purelib: true", "Tag: py3-none-any")


def needs(folder: Path, text: str, created: datetime | None = None) -> Requirements:
    """Return the requirements of a model whose file holds this text."""
    (folder / "requirements.txt").write_text(text)
    found = model_requirements(folder, {"mlflow_version": None}, "3.11.1")
    lines = [line for line in found.lines if line != "mlflow"]
    return found._replace(lines=lines, added=(), build=[], created=created)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Environments of these tests are made in a folder of their own."""
    monkeypatch.setattr("model.environment.cache.ENVIRONMENTS", tmp_path / "env")


def installed(folder: Path, text: str, created: datetime | None = None) -> dict[str, str]:
    """Return the versions that are installed for a model whose file holds this text."""
    return installed_versions(environment.model_environment(needs(folder, text, created), HERE).python)


def test_what_is_not_pinned_is_as_of_its_day(tmp_path: Path) -> None:
    """A model of 2019 gets the six of 2019."""
    assert {"six": "1.13.0"} == installed(tmp_path, "six\n", datetime(2019, 12, 1, tzinfo=UTC))


def test_files_of_condas_build_machines_are_replaced(tmp_path: Path) -> None:
    """`pip freeze` in a conda environment names them; the versions of that day are installed."""
    text = "six @ file:///tmp/build/80754af9/six_1623709665295/work\n"
    assert {"six": "1.16.0"} == installed(tmp_path, text, datetime(2022, 1, 1, tzinfo=UTC))


def test_constraints_beside_the_model_hold(tmp_path: Path) -> None:
    """Relative paths start at the model's folder, and another constraint makes another environment."""
    (tmp_path / "constraints.txt").write_text("six==1.16.0\n")
    assert {"six": "1.16.0"} == installed(tmp_path, "-c constraints.txt\nsix\n")
    (tmp_path / "constraints.txt").write_text("six==1.17.0\n")
    assert {"six": "1.17.0"} == installed(tmp_path, "-c constraints.txt\nsix\n")


def test_a_wheel_beside_the_model_is_installed(tmp_path: Path) -> None:
    """A private package that was logged with it."""
    (tmp_path / "code").mkdir()
    with zipfile.ZipFile(tmp_path / "code" / "ours-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("ours.py", "")
        wheel.writestr("ours-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: ours\nVersion: 1.0\n")
        wheel.writestr("ours-1.0.dist-info/WHEEL", "\n".join(WHEEL) + "\n")
        wheel.writestr("ours-1.0.dist-info/RECORD", "ours.py,,\nours-1.0.dist-info/RECORD,,\n")
    assert {"ours": "1.0"} == installed(tmp_path, "./code/ours-1.0-py3-none-any.whl\n")


def test_a_repository_at_a_commit_is_installed(tmp_path: Path) -> None:
    """git+https://...@commit, here from a folder."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "pyproject.toml").write_text('[project]\nname = "ours"\nversion = "2.0"\n')
    (source / "ours.py").write_text("")
    for words in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a"]):
        git(source, *words)
    commit = git(source, "rev-parse", "HEAD")
    assert {"ours": "2.0"} == installed(tmp_path, f"ours @ git+file://{source}@{commit}\n")


def git(folder: Path, *words: str) -> str:
    """Run git in a folder and return what it prints."""
    command = ["git", *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "scikit-learn==0.24.2\n",
            r"scikit-learn==0\.24\.2 has no wheel for Python 3\.11 \(the model was saved on 3\.8\.1\): .*--python 3\.8",
        ),
        ("six==99.0\n", "names six==99.0, which the package index does not have"),
        ("no-such-package-anywhere==1\n", "names no-such-package-anywhere, which .* private index"),
        ("./code/gone-1.0-py3-none-any.whl\n", "names the file .*gone-1.0-py3-none-any.whl, which is not there"),
        ("pandas==2.2.3\nnumpy==1.20.0\n", "contradict each other"),
    ],
    ids=["no wheel", "no version", "no package", "no file", "contradiction"],
)
def test_what_does_not_install_is_one_line(text: str, said: str, tmp_path: Path) -> None:
    """It names the package, the cause and what to do, whatever uv says."""
    with pytest.raises(ModelError, match=said) as raised:
        environment.model_environment(needs(tmp_path, text), HERE, saved="3.8.1")
    assert "\n" not in str(raised.value)


def test_an_environment_is_made_once(tmp_path: Path) -> None:
    """The same requirements find the same environment, also from a copy of the model."""
    first = environment.model_environment(needs(tmp_path, "six==1.16.0\n"), HERE).python
    copy = tmp_path / "copy"
    copy.mkdir()
    assert first == environment.model_environment(needs(copy, "six==1.16.0\n"), HERE).python


def test_a_python_that_cannot_be_had_is_said() -> None:
    """The model is asked under the Python at hand, with a note; asked for by name, it is an error."""
    found = model_interpreter(None, "3.99.1")
    assert found.note is not None
    assert "3.99" in found.note
    with pytest.raises(ModelError, match=r"no Python 3\.99"):
        model_interpreter("3.99", "")
    with pytest.raises(ModelError, match=r"needs 3\.11 or newer"):
        handler_interpreter("3.8", HERE)


def test_the_handlers_python_is_the_models_where_it_runs() -> None:
    """A model of an older Python is served under this one."""
    assert handler_interpreter(None, HERE) == HERE
    old = Interpreter(Path("python3.8"), "3.8.18")
    assert HERE.minor == handler_interpreter(None, old).minor
