"""Which packages a model needs, from whichever of its files says so."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from model.environment.conda import read_conda, saved_python
from model.environment.requirement_lines import distribution_name, read_lines, referred_files
from model.environment.requirements import model_requirements
from model.environment.versions import attempts, excluded_names, known_bounds
from model.errors import ModelError

SAVED = {"mlflow_version": "1.20.2", "utc_time_created": "2021-09-30 12:00:00.5"}


def write(folder: Path, **files: str) -> Path:
    """Write files, named without their endings, and return the folder."""
    endings = {"conda": "yaml", "python_env": "yaml"}
    for name, text in files.items():
        (folder / f"{name}.{endings.get(name, 'txt')}").write_text(text)
    return folder


def test_requirements_txt_comes_first(tmp_path: Path) -> None:
    """Its lines are taken without comments, hashes and continuations, whatever versions conda.yaml has of them."""
    text = "# by MLflow\nmlflow==2.9.2\nscikit-learn==1.3.2 \\\n  --hash=sha256:abc\n\npandas  # any\n"
    write(tmp_path, requirements=text, conda="dependencies: [python=3.10.1, scikit-learn=1.2.3]\n")
    found = model_requirements(tmp_path, {}, "3.10.1")
    assert ["mlflow==2.9.2", "scikit-learn==1.3.2", "pandas"] == found.lines


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("numpy @ file:///croot/numpy_1668593735768/work", "numpy"),
        (
            "zstandard[x] @ file:///home/conda/feedstock_root/build_artifacts/z_1/work ; sys_platform != ''",
            "zstandard[x]",
        ),
        ("ours @ file:///home/ann/ours", "ours @ file:///home/ann/ours"),
        ("six==1.16.0", "six==1.16.0"),
    ],
)
def test_files_of_condas_build_machines_are_left_out(line: str, expected: str, tmp_path: Path) -> None:
    """Only theirs: a private package that is in no index could be a stranger's in a public one."""
    found = model_requirements(write(tmp_path, requirements=f"mlflow\n{line}\n"), {}, "3.10.1")
    assert ["mlflow", expected] == found.lines


def test_without_it_condas_list_is_taken(tmp_path: Path) -> None:
    """pip's list and conda's own packages, by their names on PyPI; interpreters and system libraries are left out."""
    conda = """
channels: [conda-forge]
dependencies:
- python=3.7.10
- conda-forge::scikit-learn=0.22.1=py37_0
- pytorch==1.4
- libgomp
- pip
- pip: [mlflow, cloudpickle==1.3.0]
"""
    found = model_requirements(write(tmp_path, conda=conda), SAVED, "3.7.10")
    assert ["scikit-learn==0.22.1.*", "torch==1.4.*", "mlflow", "cloudpickle==1.3.0", "mlflow==1.20.2"] == found.lines
    assert found.note


def test_without_both_mlmodel_names_the_versions(tmp_path: Path) -> None:
    """The flavor's own version, cloudpickle's, and MLflow's."""
    flavors = {"sklearn": {"sklearn_version": "0.24.2"}, "python_function": {"cloudpickle_version": "1.6.0"}}
    found = model_requirements(tmp_path, {**SAVED, "flavors": flavors}, "3.8.1")
    assert ["scikit-learn==0.24.2", "cloudpickle==1.6.0", "mlflow==1.20.2"] == found.lines


def test_a_model_that_names_nothing_is_refused(tmp_path: Path) -> None:
    """The message names the option that helps."""
    with pytest.raises(ModelError, match="--requirements"):
        model_requirements(tmp_path, {"flavors": {"python_function": {}}}, "3.8.1")


def test_a_file_of_ones_own_replaces_them(tmp_path: Path) -> None:
    """The packages of `--requirements` replace the model's own; MLflow is added if it is missing."""
    write(tmp_path, requirements="a==1\n", other="b==2\n")
    found = model_requirements(tmp_path, SAVED, "3.8.1", tmp_path / "other.txt")
    assert ["b==2", "mlflow==1.20.2"] == found.lines


@pytest.mark.parametrize(
    ("python_env", "python", "expected"),
    [
        (
            "python: 3.8.1\nbuild_dependencies: [pip==21.1, setuptools==58.1.0, wheel==0.37.1]\n",
            "3.8.1",
            ["setuptools==58.1.0", "wheel==0.37.1"],
        ),
        ("python: 3.8.1\n", "3.8.1", ["setuptools<81"]),
        ("python: 3.13.1\n", "3.13.1", []),
    ],
)
def test_build_dependencies_are_installed_as_mlflow_does(
    python_env: str, python: str, expected: list[str], tmp_path: Path
) -> None:
    """Those that python_env.yaml names; setuptools, which came with every environment until Python 3.12."""
    write(tmp_path, requirements="mlflow\n", python_env=python_env)
    assert expected == model_requirements(tmp_path, {}, python).build


def test_the_day_a_model_was_saved_is_known(tmp_path: Path) -> None:
    """It decides the versions of what is not pinned."""
    found = model_requirements(write(tmp_path, requirements="mlflow\n"), SAVED, "3.8.1")
    assert datetime(2021, 9, 30, tzinfo=UTC) == found.created
    assert "--exclude-newer=2021-10-02T00:00:00Z" in attempts(found)[0].options


def test_what_changed_later_is_bounded() -> None:
    """A model of 2023 needs numpy 1, one of 2025 does not."""
    assert "numpy<2" in known_bounds(datetime(2023, 1, 1, tzinfo=UTC))
    assert "numpy<2" not in known_bounds(datetime(2025, 1, 1, tzinfo=UTC))


def test_what_is_for_windows_is_left_out(tmp_path: Path) -> None:
    """`pip freeze` names it there, and no model uses it on Linux."""
    found = model_requirements(write(tmp_path, requirements="mlflow\npywin32==303\n"), {}, "3.10.1")
    assert ["pywin32"] == excluded_names(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("xgboost==3.2.0\nxgboost-cpu==3.2.0\n", ["xgboost", "nvidia-nccl-cu12"]), ("xgboost-cpu==3.2.0\n", [])],
)
def test_xgboost_is_not_installed_twice(text: str, expected: list[str], tmp_path: Path) -> None:
    """Beside xgboost-cpu it has the same files for graphics cards."""
    assert expected == excluded_names(model_requirements(write(tmp_path, requirements=text), {}, "3.11.1"))


def test_a_long_freeze_that_contradicts_itself_is_installed_as_it_is(tmp_path: Path) -> None:
    """The last way to install it is without dependencies; a short list has no such way."""
    freeze = "".join(f"package{number}==1.0\n" for number in range(30))
    found = model_requirements(write(tmp_path, requirements=freeze), SAVED, "3.8.1")
    assert "--no-deps" in attempts(found)[-1].options
    short = model_requirements(write(tmp_path, requirements="mlflow==2.9.2\n"), {}, "3.8.1")
    assert not any("--no-deps" in way.options for way in attempts(short))


def test_every_file_that_decides_is_found(tmp_path: Path) -> None:
    """Included lists, constraints and local wheels."""
    (tmp_path / "code").mkdir()
    wheel = tmp_path / "code" / "ours-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("ours.py", "")
    text = "-r more.txt\n-c limits.txt\n./code/ours-1.0-py3-none-any.whl\nmlflow\n"
    write(tmp_path, requirements=text, more="six==1.16.0\n", limits="six<2\n")
    names = {path.name for path in referred_files(tmp_path / "requirements.txt")}
    assert {"requirements.txt", "more.txt", "limits.txt", wheel.name} == names
    assert "six==1.16.0" in read_lines(tmp_path / "requirements.txt")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Scikit_Learn==1.0", "scikit-learn"),
        ("uvicorn[standard]>=0.3", "uvicorn"),
        ("torch @ https://host/torch.whl", "torch"),
        ("pandas ; python_version < '3.9'", "pandas"),
        ("./code/ours-1.0-py3-none-any.whl", ""),
        ("git+https://host/repository@abc", ""),
    ],
)
def test_names_of_distributions(line: str, name: str) -> None:
    """They are normalized; a path or an address has none."""
    assert name == distribution_name(line)


@pytest.mark.parametrize(
    ("pyfunc", "files", "expected"),
    [
        ({"python_version": "3.9.1"}, {"conda": "dependencies: [python=3.8.2]"}, "3.9.1"),
        ({}, {"python_env": "python: 3.8.3", "conda": "dependencies: [python=3.8.2]"}, "3.8.3"),
        ({}, {"conda": "dependencies: [python=3.8.2, pip]"}, "3.8.2"),
        ({}, {"python_env": "python: 3.10"}, "3.10"),
        ({"python_version": 3.1}, {}, "3.10"),
        ({}, {"conda": "- not a mapping"}, ""),
        ({}, {}, ""),
    ],
)
def test_the_python_it_was_saved_on(
    pyfunc: dict[str, Any], files: dict[str, str], expected: str, tmp_path: Path
) -> None:
    """MLmodel says so, else python_env.yaml, else conda.yaml."""
    assert expected == saved_python(write(tmp_path, **files), pyfunc)


def test_a_damaged_conda_yaml_is_named(tmp_path: Path) -> None:
    """The message says which file."""
    write(tmp_path, conda="dependencies: [unclosed")
    with pytest.raises(ModelError, match=r"conda\.yaml is damaged"):
        read_conda(tmp_path / "conda.yaml")
