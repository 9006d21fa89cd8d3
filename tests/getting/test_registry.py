"""Models in a real MLflow server with a registry."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from serving import free_port, wait_until_ready

from model import tracking
from model.errors import ModelError
from model.get import FetchedModel


class Registered(NamedTuple):
    """A server's URI, and the run that logged its model."""

    uri: str
    run: str


@pytest.fixture(scope="module", name="server")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run `mlflow server` with a store in SQLite."""
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", "sqlite:///store.db", "--artifacts-destination", str(folder / "artifacts")]
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_TRACKING")}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, env=quiet, stdout=log, stderr=log)
        try:
            wait_until_ready(f"http://127.0.0.1:{port}/health", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture(scope="module", name="registered")
def _registered(server: str, iris: Path) -> Registered:
    """Register a model with two versions, the first with the alias `champion`."""
    import mlflow

    mlflow.set_tracking_uri(server)
    try:
        model = mlflow.sklearn.load_model(str(iris))
        described = {
            "serialization_format": "cloudpickle",
            "pip_requirements": str(iris / "requirements.txt"),
            "input_example": mlflow.pyfunc.load_model(str(iris)).input_example,
        }
        with mlflow.start_run() as run:
            for _ in range(2):
                mlflow.sklearn.log_model(model, name="m", registered_model_name="flowers", **described)
        mlflow.MlflowClient().set_registered_model_alias("flowers", "champion", "1")
        return Registered(server, run.info.run_id)
    finally:
        mlflow.set_tracking_uri(None)


@pytest.mark.parametrize(
    ("uri", "version"),
    [
        ("models:/flowers/2", "2"),
        ("models:/flowers@champion", "1"),
        ("models:/flowers/latest", "2"),
        ("runs:/{run}/m", ""),
    ],
)
def test_registered_models_are_fetched(
    uri: str,
    version: str,
    registered: Registered,
    monkeypatch: pytest.MonkeyPatch,
    get_model: Callable[..., FetchedModel],
) -> None:
    """A version, an alias or a run selects the model; its registered name and version become the model's."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", registered.uri)
    fetched = get_model(uri.format(run=registered.run))

    assert (version, registered.run) == (fetched.source["version"], fetched.source["run"])
    assert None is fetched.not_compiled
    if version:
        assert ("flowers", version) == (fetched.model.info.name, fetched.model.info.version)


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("models:/flowers/7", "cannot be downloaded: .*flowers.*7"),
        ("models:/trees@champion", "cannot be downloaded: .*trees"),
        ("runs:/0123456789abcdef0123456789abcdef/m", "cannot be downloaded: .*0123456789abcdef"),
    ],
)
def test_missing_models_are_reported(
    uri: str,
    message: str,
    registered: Registered,
    monkeypatch: pytest.MonkeyPatch,
    get_model: Callable[..., FetchedModel],
) -> None:
    """The error is MLflow's, in one line."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", registered.uri)
    with pytest.raises(ModelError, match=message):
        get_model(uri)


def test_a_missing_tracking_uri_is_reported(
    monkeypatch: pytest.MonkeyPatch, get_model: Callable[..., FetchedModel]
) -> None:
    """The error names the environment variable."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(ModelError, match="needs a tracking server: set MLFLOW_TRACKING_URI"):
        get_model("models:/flowers/1")


def test_an_unreachable_server_fails_soon(
    monkeypatch: pytest.MonkeyPatch, get_model: Callable[..., FetchedModel]
) -> None:
    """MLflow's own retries would take minutes."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    with pytest.raises(ModelError, match=r"cannot be downloaded: .*127\.0\.0\.1"):
        get_model("models:/flowers/1")


def test_logged_models_can_be_fetched(
    server: str, iris: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, get_model: Callable[..., FetchedModel]
) -> None:
    """A model is logged with its metrics and pages, and registered by name."""
    import mlflow

    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    (tmp_path / "page.html").write_text("found")
    uri = tracking.log(iris, {"F1 (macro)": 0.5}, [tmp_path / "page.html"], register="own")
    fetched = get_model(uri)

    assert ("models:/own/1", "own", "1") == (uri, fetched.model.info.name, fetched.model.info.version)
    run = mlflow.MlflowClient(server).get_run(fetched.source["run"])
    assert {"F1 macro": 0.5} == run.data.metrics


def test_nothing_is_logged_without_a_server(iris: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only --register needs one."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert None is tracking.log(iris, {}, [])
    with pytest.raises(ModelError, match="--register needs a tracking server"):
        tracking.log(iris, {}, [], register="own")
