"""The deployment target `lambda` of MLflow, by its command line and in Python."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import mlflow.pyfunc
import pandas as pd
import pytest
from installed.conftest import SHADOWS, Account

from handler.bundle import read_manifest
from model.environment.uv import run_uv

pytestmark = pytest.mark.xdist_group("installed")

Run = Callable[..., subprocess.CompletedProcess[str]]
PROGRAM = """
import json
import sys

import mlflow.deployments
import pandas as pd
from mlflow.exceptions import MlflowException

client = mlflow.deployments.get_deploy_client("lambda")
rows = pd.DataFrame(json.load(sys.stdin))
print(client.predict("plugged", rows).get_predictions().to_json(orient="records"))
print(json.dumps(client.get_deployment("plugged")["model"]))
print(len(client.explain("plugged", rows)) == len(rows))
try:
    client.get_deployment("none")
except MlflowException as error:
    print(error.message)
"""


@pytest.fixture(scope="module", name="run")
def _run(installed: Path, account: Account, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs a program of the environment that has the wheel and all of MLflow."""
    needs = ["mlflow", "pandas"]
    done = run_uv(["pip", "install", "--quiet", "--python", str(installed), *needs])
    assert 0 == done.returncode, done.stderr
    folder = tmp_path_factory.mktemp("plugin")
    for name in SHADOWS:
        (folder / f"{name}.py").write_text(f"raise SystemExit('{name}.py of the working directory was imported')\n")

    def run(program: str, *words: object, text: str = "") -> subprocess.CompletedProcess[str]:
        command = [str(installed / "bin" / program), *map(str, words)]
        return subprocess.run(
            command, cwd=folder, env=account.clean(), input=text, capture_output=True, text=True, check=False
        )

    yield run
    run("thaw", "delete", "--name", "plugged", "--yes")


@pytest.fixture(scope="module", name="created")
def _created(run: Run, bundle: Path) -> subprocess.CompletedProcess[str]:
    """Create a deployment from MLflow's command line."""
    words = ["create", "-t", "lambda", "--name", "plugged", "-m", bundle, "-C", "memory=640", "-C", "Access=Public"]
    return run("mlflow", "deployments", *words)


def test_create_deploys(created: subprocess.CompletedProcess[str], account: Account) -> None:
    """Short names and the template's names of parameters both work."""
    assert 0 == created.returncode, created.stderr
    assert "python_function deployment plugged is created" in created.stdout
    assert {"MemorySize": "640", "Access": "Public"}.items() <= account.parameters("plugged").items()


@pytest.mark.usefixtures("created")
def test_update_keeps_what_is_not_given(run: Run, account: Account, bundle: Path) -> None:
    """An update names the model and what changes."""
    done = run("mlflow", "deployments", "update", "-t", "lambda", "--name", "plugged", "-m", bundle, "-C", "timeout=9")
    assert 0 == done.returncode, done.stderr
    found = account.parameters("plugged")
    assert ("640", "9") == (found["MemorySize"], found["Timeout"])


@pytest.mark.usefixtures("created")
def test_predict_returns_mlflows_predictions(run: Run, bundle: Path, text_model: Path) -> None:
    """From Python, for a DataFrame; errors are MLflow's own class."""
    example = read_manifest(bundle).example
    assert example
    done = run("python", "-I", "-c", PROGRAM, text=json.dumps(example.rows))
    assert 0 == done.returncode, done.stderr
    predictions, model, explained, error = done.stdout.splitlines()
    expected = mlflow.pyfunc.load_model(str(text_model)).predict(pd.DataFrame(example.rows))
    assert expected.tolist() == [value for row in json.loads(predictions) for value in row.values()]
    assert "there is no deployment none in this region" == error
    assert "True" == explained
    assert model


@pytest.mark.usefixtures("created")
def test_list_and_get_describe_it(run: Run) -> None:
    """As MLflow's command line prints them."""
    assert "'name': 'plugged'" in run("mlflow", "deployments", "list", "-t", "lambda").stdout
    assert "name: plugged" in run("mlflow", "deployments", "get", "-t", "lambda", "--name", "plugged").stdout


def test_help_shows_an_example(run: Run) -> None:
    """With the options and the parameters."""
    shown = run("mlflow", "deployments", "help", "-t", "lambda").stdout
    assert "mlflow deployments create -t lambda" in shown


@pytest.mark.usefixtures("created")
def test_a_wrong_option_fails_before_anything_is_built(run: Run, bundle: Path) -> None:
    """With the error of `thaw deploy`; a name that is taken is refused."""
    words = ["create", "-t", "lambda", "-m", bundle, "--name"]
    assert (
        "memorysize=1 is not a parameter"
        in run("mlflow", "deployments", *words, "x", "-C", "Memorysize=1").stderr.lower()
    )
    assert "the deployment plugged exists" in run("mlflow", "deployments", *words, "plugged").stderr


@pytest.mark.usefixtures("created")
def test_delete_removes_it(run: Run) -> None:
    """Twice is no error. This test comes last."""
    for _ in range(2):
        done = run("mlflow", "deployments", "delete", "-t", "lambda", "--name", "plugged")
        assert 0 == done.returncode, done.stderr
    assert "plugged" not in run("mlflow", "deployments", "list", "-t", "lambda").stdout
