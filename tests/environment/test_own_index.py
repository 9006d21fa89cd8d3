"""A model whose requirements name an index of their own, as PyTorch's builds for CPUs do."""

import base64
import hashlib
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cloudpickle
import mlflow.pyfunc
import pandas as pd
import pytest
from mlflow.models import infer_signature
from packages import REQUIREMENTS

from model.build.bundle import Choices, build
from model.build.selection import write_requirements
from model.function.packages import install
from model.function.target import here

NAME, VERSION = "tensors-made-here", "2.0+cpu"


class Scaled(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # MLflow is not typed
    """Needs the package of that index to predict."""

    def predict(self, context: Any, model_input: pd.DataFrame) -> pd.Series:  # noqa: ARG002 - MLflow's interface
        """Return the scaled column."""
        import tensors_made_here  # type: ignore[import-not-found]

        return model_input["x"] * tensors_made_here.FACTOR


cloudpickle.register_pickle_by_value(sys.modules[__name__])


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class's name
        """Log nothing."""


@pytest.fixture(name="index")
def _index(tmp_path: Path) -> Iterator[str]:
    """The address of an index with one wheel, whose version has a local part (PEP 440, PEP 503)."""
    module = NAME.replace("-", "_")
    folder = tmp_path / "index" / NAME
    folder.mkdir(parents=True)
    about = f"{module}-{VERSION}.dist-info"
    files = {
        f"{module}.py": "FACTOR = 3.0\n",
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')},{len(text)}\n"
        for name, text in files.items()
    )
    wheel = f"{module}-{VERSION}-py3-none-any.whl"
    with zipfile.ZipFile(folder / wheel, "w") as archive:
        for name, text in {**files, f"{about}/RECORD": f"{record}{about}/RECORD,,\n"}.items():
            archive.writestr(name, text)
    (folder / "index.html").write_text(f'<a href="{wheel.replace("+", "%2B")}">{wheel}</a>')
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=tmp_path / "index"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_its_packages_come_from_there(index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The build, the bundle's requirements and the function's directory take the local version of that index."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "tensors_made_here.py").write_text("FACTOR = 3.0\n")
    monkeypatch.syspath_prepend(tmp_path / "modules")  # MLflow asks the model when it saves it
    rows = pd.DataFrame({"x": [1.0, 2.5]})
    mlflow.pyfunc.save_model(
        tmp_path / "model",
        python_model=Scaled(),
        signature=infer_signature(rows, rows["x"]),
        pip_requirements=[*REQUIREMENTS, f"{NAME}=={VERSION}"],
        input_example=rows,
    )
    listed = tmp_path / "model" / "requirements.txt"
    listed.write_text(f"--extra-index-url {index}\n{listed.read_text()}")

    made = build(tmp_path / "model", tmp_path / "bundle", Choices("custom", rows=5), tell=lambda _: None)
    assert "custom" == made.manifest.backend
    install(made.bundle / "requirements.txt", tmp_path / "function", here())
    assert (tmp_path / "function" / f"tensors_made_here-{VERSION}.dist-info").is_dir()


def test_no_password_goes_into_the_bundle(tmp_path: Path) -> None:
    """The address of an index is written without it; uv.toml or netrc has it where the packages are installed."""
    places = ["--extra-index-url https://reader:secret@host/simple", "--index-url https://token@host/simple"]
    write_requirements(tmp_path, ["a==1"], Path(sys.executable), places)
    expected = "--extra-index-url https://host/simple\n--index-url https://host/simple\na==1\n"
    assert expected == (tmp_path / "requirements.txt").read_text()
