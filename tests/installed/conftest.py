"""The command `thaw`, installed from the wheel into an environment of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import mlflow
import pytest
from serving import free_port, serving, wait_until_ready

from local.stage import environment
from model.environment.uv import run_uv
from model.process import ROOT

CLIENT = ROOT / "requirements" / "client.txt"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "eu-west-1"}
NAME = "fraud"
"""Name of the deployment."""

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


class Account(NamedTuple):
    """The variables for an AWS account and a registry of models."""

    variables: dict[str, str]

    def client(self, service: str, region: str = "eu-west-1") -> Any:
        """Return a client of a service."""
        keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
        return boto3.client(service, endpoint_url=self.variables["AWS_ENDPOINT_URL"], region_name=region, **keys)

    def clean(self) -> dict[str, str]:
        """Return the environment of a command."""
        return environment(**self.variables)

    def parameters(self, stack: str = NAME) -> dict[str, str]:
        """Return a stack's parameters."""
        found = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["Parameters"]
        return {one["ParameterKey"]: one["ParameterValue"] for one in found}

    def function(self) -> dict[str, Any]:
        """Return Lambda's description of the stack's function."""
        functions = self.client("lambda").list_functions()["Functions"]
        [found] = [one for one in functions if one["FunctionName"].startswith(NAME)]
        return dict(found)


@pytest.fixture(scope="session", name="account")
def _account(bundle: Path, text_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """moto, a registry with a model, and a service in the place of the API that moto lacks."""
    folder = tmp_path_factory.mktemp("account")
    moto, registry = free_port(), free_port()
    with serving(bundle, folder / "service.log") as service, (folder / "log").open("wb") as log:
        store = [
            "--backend-store-uri",
            f"sqlite:///{folder}/store.db",
            "--artifacts-destination",
            str(folder / "artifacts"),
        ]
        address = f"http://127.0.0.1:{service.port}"
        commands = [
            [sys.executable, str(ROOT / "tests" / "containers" / "account.py"), str(moto), "localhost:1", address],
            [sys.executable, "-m", "mlflow", "server", "--port", str(registry), "--workers", "1", *store],
        ]
        servers = [subprocess.Popen(one, env=os.environ | CREDENTIALS, stdout=log, stderr=log) for one in commands]
        try:
            addresses = (f"http://localhost:{moto}", f"http://127.0.0.1:{registry}")
            for one, server in zip(addresses, servers, strict=True):
                wait_until_ready(one, server)
            register(text_model, addresses[1])
            yield Account({**CREDENTIALS, "AWS_ENDPOINT_URL": addresses[0], "MLFLOW_TRACKING_URI": addresses[1]})
        finally:
            for server in servers:
                server.terminate()
                server.wait(10)
            print((folder / "log").read_text()[-6000:])


def register(model: Path, server: str) -> None:
    """Register a model as `texts`, with the alias `champion`."""
    client = mlflow.MlflowClient(server, server)
    run = client.create_run("0")
    client.log_artifacts(run.info.run_id, str(model), "model")
    client.create_registered_model("texts")
    version = client.create_model_version("texts", f"{run.info.artifact_uri}/model", run.info.run_id)
    client.set_registered_model_alias("texts", "champion", version.version)
