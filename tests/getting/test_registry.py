"""Models in a real MLflow server with a registry."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from serving import free_port

from model import tracking
from model.errors import ModelError
from model.get import Got


class Registered(NamedTuple):
    """Where a server answers, and the run that logged its model."""

    uri: str
    run: str


@pytest.fixture(scope="module", name="server")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`mlflow server` with a store in SQLite."""
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", "sqlite:///store.db", "--artifacts-destination", str(folder / "artifacts")]
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_TRACKING")}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, env=quiet, stdout=log, stderr=log)
        try:
            until_it_answers(f"http://127.0.0.1:{port}/health", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


def until_it_answers(url: str, server: "subprocess.Popen[bytes]") -> None:
    """Wait for a server that starts."""
    for _ in range(600):
        assert server.poll() is None
        try:
            with urllib.request.urlopen(url):  # noqa: S310 - our own
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"{url} does not answer")


@pytest.fixture(scope="module", name="registered")
def _registered(server: str, iris: Path) -> Registered:
    """The same with a model of two versions; the first is `champion`."""
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
def test_a_model_is_got(
    uri: str, version: str, registered: Registered, monkeypatch: pytest.MonkeyPatch, got: Callable[..., Got]
) -> None:
    """By version, alias and run; its name and version are those that answers carry."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", registered.uri)
    found = got(uri.format(run=registered.run))

    assert (version, registered.run) == (found.source["version"], found.source["run"])
    assert None is found.compiles
    if version:
        assert ("flowers", version) == (found.model.info.name, found.model.info.version)


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("models:/flowers/7", "is not to be had: .*flowers.*7"),
        ("models:/trees@champion", "is not to be had: .*trees"),
        ("runs:/0123456789abcdef0123456789abcdef/m", "is not to be had: .*0123456789abcdef"),
    ],
)
def test_what_is_not_there(
    uri: str, said: str, registered: Registered, monkeypatch: pytest.MonkeyPatch, got: Callable[..., Got]
) -> None:
    """MLflow's own words, in one line."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", registered.uri)
    with pytest.raises(ModelError, match=said):
        got(uri)


def test_no_server_is_named(monkeypatch: pytest.MonkeyPatch, got: Callable[..., Got]) -> None:
    """It is said how to name one."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(ModelError, match="say which, as MLFLOW_TRACKING_URI"):
        got("models:/flowers/1")


def test_a_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, got: Callable[..., Got]) -> None:
    """It is not waited for long."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    with pytest.raises(ModelError, match=r"is not to be had: .*127\.0\.0\.1"):
        got("models:/flowers/1")


def test_a_model_that_was_made_here_can_be_got(
    server: str, iris: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, got: Callable[..., Got]
) -> None:
    """It is logged with its scores and pages, and registered by a name."""
    import mlflow

    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    (tmp_path / "page.html").write_text("found")
    uri = tracking.log(iris, {"F1 (macro)": 0.5}, [tmp_path / "page.html"], register="own")
    found = got(uri)

    assert ("models:/own/1", "own", "1") == (uri, found.model.info.name, found.model.info.version)
    run = mlflow.MlflowClient(server).get_run(found.source["run"])
    assert {"F1 macro": 0.5} == run.data.metrics


def test_nothing_is_logged_without_a_server(iris: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """But a name to register by needs one."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert None is tracking.log(iris, {}, [])
    with pytest.raises(ModelError, match="--register needs a tracking server"):
        tracking.log(iris, {}, [], register="own")
