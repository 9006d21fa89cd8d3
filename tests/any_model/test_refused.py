"""Models that cannot be served: one line says which, why, and what to do; the last good bundle stays."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import mlflow.pyfunc
import pytest
import yaml
from packages import REQUIREMENTS
from zoo.case import Case

from model import mlmodel
from model.__main__ import main
from model.build.bundle import Choices, build
from model.errors import ModelError

Saved = Callable[[str], tuple[Case, Path]]


@pytest.fixture
def model(saved: Saved, tmp_path: Path) -> Path:
    """A copy of a good model, to be spoiled."""
    return Path(shutil.copytree(saved("one named output")[1], tmp_path / "model"))


def described(model: Path, **changes: object) -> None:
    """Change what MLmodel says of the python_function flavor."""
    path = model / "MLmodel"
    content = yaml.safe_load(path.read_text())
    content["flavors"]["python_function"].update(changes)
    path.write_text(yaml.safe_dump(content))


def refusal(model: Path, bundle: Path, choices: Choices = Choices()) -> str:  # noqa: B008 - never changed
    """Return why a model is not built."""
    with pytest.raises(ModelError) as caught:
        build(model, bundle, choices, tell=lambda _: None)
    message = str(caught.value)
    assert "\n" not in message
    return message


def program(folder: Path, body: str) -> Path:
    """A custom model that runs `body` when it is loaded."""
    source = folder / "program.py"
    source.write_text(
        "import mlflow\nfrom mlflow.pyfunc import PythonModel\n"
        "class Program(PythonModel):\n"
        f"    def load_context(self, context):\n        {body}\n"
        "    def predict(self, context, model_input):\n        return model_input\n"
        "mlflow.models.set_model(Program())\n"
    )
    mlflow.pyfunc.save_model(folder / "saved", python_model=str(source), pip_requirements=REQUIREMENTS)
    return folder / "saved"


def test_a_folder_without_mlmodel_is_no_model(tmp_path: Path) -> None:
    """The message names the file that is missing."""
    assert "is not an MLflow model" in refusal(tmp_path / "nothing", tmp_path / "bundle")


@pytest.mark.parametrize(
    "content",
    [
        "flavors: [",
        "",
        "flavors: 1",
        "flavors: {python_function: {a: 1}}",
        "\x00",
        "flavors: {}\nsignature: {inputs: '['}",
    ],
)
def test_a_damaged_mlmodel_is_named(content: str, model: Path, tmp_path: Path) -> None:
    """An unreadable file, or one that MLflow would not write, is one line."""
    (model / "MLmodel").write_text(content)
    assert "MLmodel" in refusal(model, tmp_path / "bundle")


def test_a_damaged_example_is_named(model: Path, tmp_path: Path) -> None:
    """It is read before anything is installed."""
    (model / "input_example.json").write_text('{"columns": ["text"], "data": [[1, 2]]}')
    assert "input_example.json is damaged" in refusal(model, tmp_path / "bundle")


def test_a_type_without_json_is_named(model: Path, tmp_path: Path) -> None:
    """Spark's vectors, for one."""
    content = yaml.safe_load((model / "MLmodel").read_text())
    content["signature"]["inputs"] = '[{"name": "v", "type": "sparkml-vector"}]'
    (model / "MLmodel").write_text(yaml.safe_dump(content))
    assert "the type 'sparkml-vector'" in refusal(model, tmp_path / "bundle")


def test_a_model_without_requirements_is_built_from_conda_yaml(model: Path, tmp_path: Path) -> None:
    """MLflow 1 wrote no requirements.txt; a line says what was taken instead."""
    (model / "requirements.txt").unlink()
    told: list[str] = []
    build(model, tmp_path / "bundle", tell=told.append)
    assert any("conda.yaml" in line for line in told)


def test_a_pointer_of_git_lfs_is_named(model: Path, tmp_path: Path) -> None:
    """Nothing is installed before the files are there."""
    (model / "python_model.pkl").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    assert "run `git lfs pull`" in refusal(model, tmp_path / "bundle")


def test_code_of_another_python_is_not_run(model: Path, tmp_path: Path) -> None:
    """A pickle that holds code of Python 3.8 is refused before it is loaded on this one."""
    described(model, python_version="3.8.18")
    (model / "python_model.pkl").write_bytes(b"cloudpickle CodeType")
    message = refusal(model, tmp_path / "bundle", Choices(python=sys.executable))
    assert "holds code of Python 3.8.18" in message
    assert "--python 3.8" in message


def test_a_model_that_mlflow_cannot_load_by_pyfunc_is_refused(model: Path, tmp_path: Path) -> None:
    """It has to have the flavor that all others share."""
    content = yaml.safe_load((model / "MLmodel").read_text())
    del content["flavors"]["python_function"]
    (model / "MLmodel").write_text(yaml.safe_dump(content))
    assert "no python_function flavor" in refusal(model, tmp_path / "bundle")


def test_requirements_that_do_not_install_are_named(model: Path, tmp_path: Path) -> None:
    """The line says which, why, and what to do."""
    (model / "requirements.txt").write_text("tabulate==0.0.1234\n")
    message = refusal(model, tmp_path / "bundle")
    assert "names tabulate==0.0.1234, which the package index does not have" in message
    assert "--requirements" in message


def test_a_model_that_kills_its_interpreter_is_one_line(tmp_path: Path) -> None:
    """A segmentation fault while loading stays in the child."""
    model = program(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    message = refusal(model, tmp_path / "bundle")
    assert "the interpreter died (SIGSEGV, exit code 139)" in message


def test_a_model_of_another_python_says_what_to_do(tmp_path: Path) -> None:
    """Where loading fails, the version it was saved on is the first suspect."""
    model = program(tmp_path, "import ctypes; ctypes.string_at(0)")
    described(model, python_version="3.12.1")
    message = refusal(model, tmp_path / "bundle", Choices(python=sys.executable))
    assert "the model was saved on Python 3.12.1" in message
    assert "--python 3.12" in message


def test_another_python_is_mentioned_before_anything_is_loaded(tmp_path: Path) -> None:
    """A model that loads all the same is built, with a note."""
    model = program(tmp_path, "pass")
    described(model, python_version="3.10.2")
    told: list[str] = []
    build(model, tmp_path / "bundle", Choices(python=sys.executable), tell=told.append)
    said = [index for index, line in enumerate(told) if "saved on Python 3.10.2" in line]
    installed = [index for index, line in enumerate(told) if line.startswith("installing the model's own packages")]
    assert said[0] < installed[0]


def test_a_python_that_is_not_here_is_named(model: Path, tmp_path: Path) -> None:
    """`--python 3.99` cannot be found."""
    with pytest.raises(ModelError, match=r"no Python 3\.99 here"):
        build(model, tmp_path / "bundle", Choices(python="3.99"), tell=lambda _: None)


def test_a_model_that_fails_on_its_own_example_is_reported(tmp_path: Path) -> None:
    """A pandas category column is logged as text, which the model then refuses; it builds if nothing is compared."""
    import pandas as pd
    from mlflow.models import infer_signature

    frame = pd.DataFrame({"kind": pd.Series(["a", "b"], dtype="category")})
    source = tmp_path / "program.py"
    source.write_text(
        "import mlflow\nfrom mlflow.pyfunc import PythonModel\n"
        "class Codes(PythonModel):\n"
        "    def predict(self, context, model_input):\n        return model_input['kind'].cat.codes\n"
        "mlflow.models.set_model(Codes())\n"
    )
    mlflow.pyfunc.save_model(
        tmp_path / "saved",
        python_model=str(source),
        signature=infer_signature(frame.astype(str)),
        pip_requirements=REQUIREMENTS,
    )
    content = yaml.safe_load((tmp_path / "saved" / "MLmodel").read_text())
    content["saved_input_example_info"] = {"artifact_path": "example.json", "type": "dataframe"}
    (tmp_path / "saved" / "MLmodel").write_text(yaml.safe_dump(content))
    (tmp_path / "saved" / "example.json").write_text('{"columns": ["kind"], "data": [["a"]]}')

    said = refusal(tmp_path / "saved", tmp_path / "bundle")
    assert "fails on its own input example" in said
    assert "or serve it as it is, with --unproved" in said
    built = build(tmp_path / "saved", tmp_path / "bundle", Choices(unproved=True), tell=lambda _: None)
    assert ("pyfunc", "unproved") == (built.manifest.backend, built.manifest.parity["state"])


def test_a_module_that_cannot_be_given_room_is_refused_by_name(tmp_path: Path) -> None:
    """A model's own `msgspec.py` would not be the one that is imported."""
    code = tmp_path / "msgspec.py"
    code.write_text("WHOSE = 'theirs'\n")
    source = tmp_path / "program.py"
    source.write_text(
        "import mlflow\nfrom mlflow.pyfunc import PythonModel\n"
        "class Program(PythonModel):\n"
        "    def predict(self, context, model_input):\n        return model_input\n"
        "mlflow.models.set_model(Program())\n"
    )
    mlflow.pyfunc.save_model(
        tmp_path / "saved", python_model=str(source), code_paths=[str(code)], pip_requirements=REQUIREMENTS
    )
    assert "contains a module 'msgspec', but another module of that name is already loaded" in refusal(
        tmp_path / "saved", tmp_path / "bundle"
    )


def test_a_failed_build_leaves_the_last_good_bundle(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing half-written takes its place, and the command fails with one line."""
    kept = tmp_path / "bundle"
    kept.mkdir()
    (kept / "manifest.json").write_text("{}")
    (model / "MLmodel").write_text("flavors: [")

    assert 1 == main(["build", "--model", str(model), "--bundle", str(kept)])

    assert "{}" == (kept / "manifest.json").read_text()
    assert {kept.name, model.name} == {path.name for path in tmp_path.iterdir()}
    assert 1 == len(capsys.readouterr().err.splitlines())


def test_what_mlmodel_says_is_read_without_loading_anything(saved: Saved) -> None:
    """Flavor, signature, example and identity."""
    case, folder = saved("sklearn labels str")
    read = mlmodel.read(folder)
    assert ("sklearn", "predict") == (read.flavor, read.predict_fn)
    assert read.example is not None
    assert set(case.rows[0]) == set(read.example[0][0])
