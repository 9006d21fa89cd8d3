"""Environments that old models name, in ways that neither pip nor uv install as they stand."""

import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from model import environment
from model.environment.pythons import Interpreter, model_interpreter
from model.environment.requirements import Requirements, model_requirements
from model.environment.versions import additions, attempts, installed_versions
from model.errors import NotInstalled
from model.image.needs import copy_needs

HERE = Interpreter(Path(sys.executable), ".".join(map(str, sys.version_info[:3])))
SKLEARN = {"flavors": {"sklearn": {"sklearn_version": "1.0.2"}, "python_function": {"cloudpickle_version": "2.0.0"}}}
DATED = {"mlflow_version": "1.30.0", "utc_time_created": "2022-10-10 12:00:00.5"}


def named(folder: Path, described: dict[str, Any] | None = None, **files: str) -> Requirements:
    """Return the requirements of a model with these files."""
    endings = {"conda": "yaml", "python_env": "yaml"}
    for name, text in files.items():
        (folder / f"{name}.{endings.get(name, 'txt')}").write_text(text)
    return model_requirements(folder, described or {}, "3.11.1")


def without_mlflow(found: Requirements) -> Requirements:
    """Return requirements that install fast."""
    keep = [line for line in found.lines if not line.startswith("mlflow")]
    return found._replace(
        lines=keep, added=tuple(line for line in found.added if not line.startswith("mlflow")), build=[]
    )


@pytest.fixture(name="install")
def _install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Install requirements for this Python, and return the versions and the notes."""
    monkeypatch.setattr("model.environment.cache.ENVIRONMENTS", tmp_path / "env")

    def install(found: Requirements) -> tuple[dict[str, str], list[str]]:
        made = environment.model_environment(without_mlflow(found), HERE)
        return installed_versions(made.python), made.notes

    return install


def test_what_requirements_txt_lacks_of_conda_yaml_is_added(tmp_path: Path) -> None:
    """MLflow writes pip's packages alone into requirements.txt, and a model's library may be conda's."""
    conda = "dependencies: [python=3.8.5, scikit-learn=0.24.1, 'pandas>=1,<1.5', pip=21, pip: [mlflow==1.26.0]]\n"
    found = named(tmp_path, requirements="mlflow==1.26.0\n", conda=conda)
    assert ["mlflow==1.26.0", "scikit-learn==0.24.1.*", "pandas>=1,<1.5"] == found.lines
    assert ("scikit-learn==0.24.1.*", "pandas>=1,<1.5") == found.added


def test_versions_that_no_file_names_are_those_of_mlmodel(tmp_path: Path) -> None:
    """For a name without a version, for the flavor's own library, and for MLflow; not beside another version."""
    described = {**SKLEARN, **DATED}
    assert ["scikit-learn", "mlflow", "scikit-learn==1.0.2", "cloudpickle==2.0.0", "mlflow==1.30.0"] == (
        named(tmp_path, described, requirements="scikit-learn\nmlflow\n").lines
    )
    assert ["scikit-learn==1.1.1", "mlflow<2", "cloudpickle==2.0.0"] == (
        named(tmp_path, described, requirements="scikit-learn==1.1.1\nmlflow<2\n").lines
    )


def test_of_packages_named_twice_pips_are_installed(tmp_path: Path) -> None:
    """conda installs its own first; of its own, the last is taken."""
    conda = "dependencies: [pip: [holidays==0.86], numpy~=1.21, numpy==1.21.6, holidays=0.75]\n"
    assert ["numpy==1.21.6.*", "holidays==0.86", "mlflow"] == named(tmp_path, conda=conda).lines


def test_condas_system_libraries_are_not_asked_for(tmp_path: Path) -> None:
    """`conda env export` names them beside Python's packages; some of these names are strangers' on PyPI."""
    conda = """
dependencies:
- _libgcc_mutex=0.1=main
- bzip2=1.0.8
- ca-certificates=2025.6.15
- icu=75.1
- libabseil=20250127.1
- librosa=0.10
- libxgboost=1.6.2
- mkl=2024.2.2
- mkl_fft=1.3.1=py39h277e83a_0
- numpy-base=1.23.1=py39hca35cd5_0
- py-xgboost=1.6
- python_abi=3.9
- tk=8.6.13
- tzdata=2022g
"""
    assert ["librosa==0.10.*", "xgboost==1.6.*", "tzdata", "mlflow"] == named(tmp_path, conda=conda).lines


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("-e git+https://host/ann/work.git@0a1b2c3#egg=src", "git+https://host/ann/work.git@0a1b2c3#egg=src"),
        ("numpy=1.19.2=py38h54aff64_0", "numpy==1.19.2"),
        ("-e .", None),
    ],
)
def test_lines_that_uv_refuses_are_rewritten(line: str, expected: str | None, tmp_path: Path) -> None:
    """Editable repositories, the form of `conda list --export`, and the folder that the model was trained in."""
    found = named(tmp_path, requirements=f"six==1.16.0\n{line}\n")
    assert ["six==1.16.0", *([expected] if expected else []), "mlflow"] == found.lines
    assert found.file is None
    assert bool(found.repairs) == (expected is None)


def test_a_file_that_powershell_wrote_is_read(tmp_path: Path, install: Any) -> None:
    """Its `pip freeze > requirements.txt` is UTF-16 with Windows' line endings, and constraints are found from it."""
    (tmp_path / "limits.txt").write_text("six<1.17\n")
    (tmp_path / "requirements.txt").write_bytes("six\r\n-c limits.txt\r\n".encode("utf-16"))
    assert {"six": "1.16.0"} == install(named(tmp_path))[0]


def test_exporters_of_a_models_day_fit_its_libraries(tmp_path: Path) -> None:
    """onnxscript came later than many networks, which do without; today's ONNX wants another numpy than theirs."""
    ways = additions(named(tmp_path, DATED, requirements="tensorflow==2.4.1\n"), ["onnx", "onnxscript", "tf2onnx"])
    dated = [{*way.options} for way in ways if any(option.startswith("--exclude-newer") for option in way.options)]
    assert [True, False] == ["onnxscript" in options for options in dated]
    assert all({"onnx", "tf2onnx"} <= options for options in dated)


@pytest.mark.parametrize("name", ["tensorflow-macos", "tensorflow-intel"])
def test_what_is_for_another_system_is_replaced(name: str, tmp_path: Path) -> None:
    """TensorFlow has other distributions for macOS and Windows, in the same versions."""
    found = named(tmp_path, requirements=f"{name}==2.12.0\n")
    assert "tensorflow==2.12.0" in found.added
    assert f"{name}\n" in attempts(found)[0].files["excludes"]


def test_a_model_without_a_date_is_no_older_than_its_python(tmp_path: Path) -> None:
    """Python 3.12 came after pandas 2 and before numpy 2; a pinned version is not bounded."""
    bounds = attempts(named(tmp_path, requirements="pandas\n"), "3.12.1")[0].files["constraints"]
    assert ("numpy<2\n" in bounds, "pandas<2\n" in bounds) == (True, False)
    assert "pandas<2\n" in attempts(named(tmp_path, requirements="pandas\n"), "3.8.1")[0].files["constraints"]
    assert (
        "pandas<2\n" not in attempts(named(tmp_path, requirements="pandas==2.0.3\n"), "3.8.1")[0].files["constraints"]
    )


def test_pickles_of_numpy_2_are_read_with_numpy_2(tmp_path: Path) -> None:
    """A pin of numpy 1, or the lack of a date, gives way; numpy 1 cannot read them."""
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(np.arange(3.0), protocol=5))
    assert ("numpy>=2",) == named(tmp_path, DATED, requirements="numpy==1.26.4\n").overrides
    assert ("numpy>=2",) == named(tmp_path, requirements="numpy\n").overrides
    assert () == named(tmp_path, DATED, requirements="numpy\n").overrides


def test_an_image_knows_that_pickles_are_numpy_2s(tmp_path: Path) -> None:
    """It installs a model's packages before it has the pickles, so that a change of these keeps the packages."""
    model, copied = tmp_path / "model", tmp_path / "needs"
    model.mkdir()
    copied.mkdir()
    (model / "model.pkl").write_bytes(pickle.dumps(np.arange(3.0), protocol=5))
    flavor = {"loader_module": "mlflow.sklearn", "python_version": "3.11.1"}
    (model / "MLmodel").write_text(yaml.safe_dump({"flavors": {"python_function": flavor}}))
    (model / "requirements.txt").write_text("numpy==1.26.4\n")
    copy_needs(model, copied, "3.11")
    found = model_requirements(copied, yaml.safe_load((copied / "MLmodel").read_text()), "3.11.1")
    assert ("numpy>=2",) == found.overrides


def test_pins_that_contradict_each_other_are_installed_as_they_are(tmp_path: Path, install: Any) -> None:
    """Older versions of pip installed them, whatever the packages say of each other."""
    versions, notes = install(named(tmp_path, requirements="python-dateutil==2.9.0\nsix==1.4.1\n"))
    assert ("2.9.0", "1.4.1") == (versions["python-dateutil"], versions["six"])
    assert [note for note in notes if "contradict" in note]


def test_a_build_is_installed_in_its_release(tmp_path: Path, install: Any) -> None:
    """A build for a graphics card, or of a runtime's own, is in an index that no file names."""
    for version in ("1.16.0+cu117", "1.16.0.dev0"):
        versions, notes = install(named(tmp_path, requirements=f"six=={version}\n"))
        assert {"six": "1.16.0"} == versions
        assert [note for note in notes if version in note]


def test_what_the_index_lacks_of_conda_is_left_out(tmp_path: Path, install: Any) -> None:
    """A package that is not there, and a version; of pip's packages, either is an error."""
    conda = "dependencies: [no-such-package-anywhere=1.0, six=99.5, pip: [toolz==1.0.0]]\n"
    versions, notes = install(named(tmp_path, conda=conda))
    assert {"six", "toolz"} == set(versions)
    assert 3 == len(notes)
    (tmp_path / "conda.yaml").unlink()
    with pytest.raises(NotInstalled, match=r"names six==99\.5, which the package index does not have"):
        install(named(tmp_path, requirements="six==99.5\n"))


def test_what_does_not_build_is_left_out(tmp_path: Path, install: Any) -> None:
    """A package without a wheel that wants a compiler or a library; the note names it."""
    (tmp_path / "wants_mpi").mkdir()
    (tmp_path / "wants_mpi" / "setup.py").write_text("raise SystemExit('no mpicc')\n")
    versions, notes = install(named(tmp_path, requirements=f"six==1.16.0\nwants-mpi @ file://{tmp_path}/wants_mpi\n"))
    assert {"six": "1.16.0"} == versions
    assert [note for note in notes if note.startswith("left out: wants-mpi")]


def test_without_a_wheel_for_its_python_the_next_older_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """conda-forge has scikit-learn 0.23 for Python 3.9, PyPI for 3.8."""
    monkeypatch.setattr("model.environment.cache.ENVIRONMENTS", tmp_path / "env")
    found = without_mlflow(named(tmp_path, requirements="scikit-learn==0.23.2\n"))
    own = model_interpreter("3.9", "")
    taken, made = environment.nearby_environment(found, own)
    assert ((3, 9), (3, 8)) == (own.minor, taken.minor)
    assert "0.23.2" == installed_versions(made.python)["scikit-learn"]


def test_a_model_of_python_3_6_is_asked_under_3_7() -> None:
    """The oldest Python that the build has a child for; the note says so."""
    found = model_interpreter(None, "3.6.8")
    assert (3, 7) == found.minor
    assert "3.6" in str(found.note)
