"""`python -m local demo`: from a CSV file to a prediction over HTTP, with the commands that users type.

Each command is printed before it runs. The tracking server, the model and the bundle are in build/demo.
"""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from handler import bundle as bundles
from local.errors import LocalError
from local.serve import find_port, wait_until_listening

FOLDER = Path("build/demo")
NAME = "demo"


def demo(data: Path | None, target: str, minutes: float) -> None:
    """Run the whole workflow.

    Args:
        data: a CSV file; None for the wine data of scikit-learn.
        target: the column to predict.
        minutes: time limit of the search.

    Raises:
        LocalError: a step failed and has printed why.
    """
    if data and not data.is_file():
        raise LocalError(f"there is no file {data}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    data = data or _write_wines(FOLDER / "wines.csv")
    model, bundle = FOLDER / "artifact", FOLDER / "bundle"
    with _mlflow_server() as server:
        os.environ["MLFLOW_TRACKING_URI"] = server
        print(f"$ export MLFLOW_TRACKING_URI={server}", flush=True)
        outputs = [
            "--out",
            str(FOLDER / "searched"),
            "--report",
            str(FOLDER / "automl.html"),
            "--register",
            NAME,
            "--overwrite",
        ]
        _run("model", "automl", str(data), "--target", target, "--minutes", str(minutes), *outputs)
        _run("model", "get", f"models:/{NAME}/latest", "--out", str(model))
    _run("model", "build", "--model", str(model), "--bundle", str(bundle))
    example = bundles.read_manifest(bundle).example
    if example is None:
        raise LocalError("the model has no input example to send")
    port = find_port(0)
    with _started(["local", "serve", "--bundle", str(bundle), "--port", str(port)], port, FOLDER / "serve.log"):
        row = msgspec.json.encode(example.rows[0])
        url = f"http://127.0.0.1:{port}/predict"
        print(f"$ curl -d '{row.decode()}' {url}", flush=True)
        request = urllib.request.Request(url, row)
        started = time.perf_counter()
        with urllib.request.urlopen(request) as response:  # noqa: S310
            print(response.read().decode(), f"in {(time.perf_counter() - started) * 1000:.1f} ms")
    print(f"\nThe report of the search is {FOLDER / 'automl.html'}; `make run MODEL={model}` serves the model again.")


def _write_wines(path: Path) -> Path:
    """Write measurements of wines of three cultivars as a CSV file."""
    from sklearn.datasets import load_wine

    data = load_wine(as_frame=True)
    data.data.assign(cultivar=data.target.map(lambda number: f"cultivar {number + 1}")).to_csv(path, index=False)
    return path


def _run(*words: str) -> None:
    """Print and run one of this project's commands."""
    print(f"\n$ python -m {' '.join(words)}", flush=True)
    if subprocess.run([sys.executable, "-m", *words], check=False).returncode:
        raise LocalError(f"python -m {words[0]} {words[1]} failed: see its last lines")


@contextmanager
def _mlflow_server() -> Iterator[str]:
    """Run a tracking server with a registry; yield its address."""
    port = find_port(0)
    store = (FOLDER / "mlflow").resolve()
    store.mkdir(exist_ok=True)
    words = ["mlflow", "server", "--port", str(port), "--workers", "1"]
    words += ["--backend-store-uri", f"sqlite:///{store}/store.db", "--artifacts-destination", str(store / "artifacts")]
    print(f"$ {' '.join(words[:4])} ...", flush=True)
    with _started(words, port, FOLDER / "mlflow.log"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _started(words: list[str], port: int, log: Path) -> Iterator[None]:
    """Run a server module; continue once it listens."""
    with log.open("wb") as stream:
        server = subprocess.Popen([sys.executable, "-m", *words], stdout=stream, stderr=stream)
        try:
            try:
                wait_until_listening(server, port)
            except LocalError as error:
                raise LocalError(f"{' '.join(words[:2])}: {error}; its log is {log}") from None
            yield
        finally:
            server.terminate()
            server.wait(30)
