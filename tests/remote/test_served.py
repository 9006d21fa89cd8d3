"""A model behind MLflow's own server responds the same as the model served directly."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from serving import free_port

from handler.core import Core
from handler.message import Request
from handler.settings import Settings
from model.build import remote
from model.build.bundle import build
from model.build.verify import verify
from model.errors import ModelError

COLUMNS = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]


@pytest.fixture(scope="module", name="server")
def _server(iris: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start `mlflow models serve`."""
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local", "--port", str(port)]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with (tmp_path_factory.mktemp("server") / "log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "--model-uri", str(iris)], env=os.environ | {"PATH": path}, stdout=log, stderr=log
        )
        try:
            for _ in range(600):
                assert server.poll() is None
                try:
                    urlopen(f"http://127.0.0.1:{port}/ping").close()
                    break
                except (URLError, ConnectionError):
                    time.sleep(0.1)
            yield f"http://127.0.0.1:{port}/invocations"
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture(scope="module", name="cores")
def _cores(server: str, iris: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Core, Core]:
    """Return a core that serves the model directly, and one that calls the server."""
    here, there = (tmp_path_factory.mktemp(name) / "bundle" for name in ("here", "there"))
    build(iris, here, tell=lambda _: None)
    remote.build(server, iris / "MLmodel", there)
    return Core(Settings(here)), Core(Settings(there))


ROWS = [[5.1, 3.5, 1.4, 0.2], [6.2, 2.9, 4.3, 1.3], [7.7, 3.0, 6.1, 2.3]]
BODIES = {
    "/predict": [dict(zip(COLUMNS, row, strict=True)) for row in ROWS],
    "/invocations": {"dataframe_split": {"columns": COLUMNS, "data": ROWS}},
    "/v2/models/iris/infer": {
        "inputs": [
            {"name": name, "shape": [3], "datatype": "FP64", "data": [row[place] for row in ROWS]}
            for place, name in enumerate(COLUMNS)
        ]
    },
}


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("wrong", [False, True])
def test_responses_are_equal(path: str, wrong: bool, cores: tuple[Core, Core]) -> None:
    """In every protocol, for valid and invalid input."""
    text = json.dumps(BODIES[path])
    body = (text.replace("5.1", '"long"') if wrong else text).encode()
    headers = {"content-type": "application/json"}
    here, there = (core.answer(Request("POST", path, headers, {}, body, id="id")) for core in cores)

    assert (here.status, here.body) == (there.status, there.body)
    assert wrong == (here.status >= 400)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://example.com/invocations", "is neither https://host/invocations nor sagemaker:NAME"),
        ("sagemaker:", "is neither"),
        ("https://user:secret@example.com/", "holds a password"),
    ],
)
def test_invalid_urls_are_rejected(url: str, message: str, iris: Path, tmp_path: Path) -> None:
    """No bundle is written."""
    with pytest.raises(ModelError, match=message):
        remote.build(url, iris, tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_a_signature_is_needed(tmp_path: Path) -> None:
    """A model without a signature cannot be built for an endpoint."""
    (tmp_path / "MLmodel").write_text("flavors: {}\n")
    with pytest.raises(ModelError, match="has no signature"):
        remote.build("https://example.com/", tmp_path / "MLmodel", tmp_path / "bundle")


def test_the_command_prints_the_endpoint(iris: Path, tmp_path: Path) -> None:
    """It also says that nothing was proved."""
    command = [sys.executable, "-m", "model", "build", "--bundle", str(tmp_path / "bundle"), "--backend", "remote"]
    command += ["--url", "sagemaker:flowers", "--signature", str(iris / "MLmodel")]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    assert "asks sagemaker:flowers for iris" in done.stdout
    assert "not proved" in done.stdout
    with pytest.raises(ModelError, match="is whole, and proves nothing: its model is behind sagemaker:flowers"):
        verify(tmp_path / "bundle", tell=lambda _: None)
