"""Several requests at once in one sandbox: the runtime client forks workers, and each of them answers."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from zoo.case import Case

from local.http_server import Request, Server
from local.stage import stage
from model import mlmodel
from model.build import candidates

WORKERS = 4
SECONDS = 120

SERVED = {
    "compiled": ("sklearn forest", "compiled"),
    "LightGBM as C": ("lightgbm classifier", "native"),
    "XGBoost as C": ("xgboost classifier", "native"),
    "scikit-learn with OpenMP": ("histogram", "native"),
    "MLflow": ("lightgbm classifier", "pyfunc"),
}


def histogram(folder: Path) -> dict[str, Any]:
    """Save a model that predicts with OpenMP; give a row for it."""
    import mlflow
    import pandas as pd
    from sklearn.ensemble import HistGradientBoostingRegressor

    data = pd.DataFrame({"x": [float(number % 17) for number in range(200)]})
    model = HistGradientBoostingRegressor(max_iter=5).fit(data, data["x"])
    mlflow.sklearn.save_model(
        model, folder, signature=mlflow.models.infer_signature(data, model.predict(data)), pip_requirements=[],
        serialization_format="cloudpickle",
    )  # fmt: skip
    return {"x": 3.0}


@contextmanager
def forked(bundle: Path) -> Iterator[tuple[Server, subprocess.Popen[bytes]]]:
    """The runtime client, told to fork, and the Runtime API that it asks."""
    server = Server()
    with stage(bundle) as (folder, variables):
        given = variables | {
            "AWS_LAMBDA_RUNTIME_API": server.address,
            "AWS_LAMBDA_MAX_CONCURRENCY": str(WORKERS),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "4096",
        }
        command = [sys.executable, "-m", "handler.preload", "handler.app.handler"]
        process = subprocess.Popen(command, cwd=folder, env=given, start_new_session=True)
        try:
            yield server, process
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(SECONDS)
            server.close()


def received(server: Server) -> Request:
    """The next request of a worker."""
    request = server.receive(SECONDS)
    assert request, "no worker asks or answers"
    return request


def proportional(process: int) -> float:
    """MB that a process holds, what it shares with others divided among them."""
    return int(re.findall(r"^Pss:\s+(\d+)", Path(f"/proc/{process}/smaps_rollup").read_text(), re.MULTILINE)[0]) / 1024


@pytest.mark.parametrize("name", SERVED)
def test_every_worker_answers(
    name: str, saved: Callable[[str], tuple[Case, Path]], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """All at the same time, and each the same; a library with threads is loaded after the fork, and does not hang."""
    model, backend = SERVED[name]
    folder = tmp_path / "model"
    if model == "histogram":
        row = histogram(folder)
    else:
        case, folder = saved(model)
        row = case.rows[0]
    described = mlmodel.read(folder)
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    candidate = candidates.listed(described, backend)[0]
    exported = None if backend == "pyfunc" else candidates.export(described, candidate, Path(sys.executable), bundle)
    candidates.stage(described, candidate, exported, bundle)
    event = json.dumps(row).encode()

    with forked(bundle) as (server, process):
        polls = [received(server) for _ in range(WORKERS)]
        assert {"/2018-06-01/runtime/invocation/next"} == {poll.path for poll in polls}
        for number, poll in enumerate(polls):
            headers = {
                "Lambda-Runtime-Aws-Request-Id": f"request-{number}",
                "Lambda-Runtime-Deadline-Ms": str(int((time.time() + SECONDS) * 1000)),
                "Content-Type": "application/json",
            }
            poll.reply("200 OK", headers, event)
        answers: dict[str, Any] = {}
        while len(answers) < WORKERS:
            posted = received(server)
            if not posted.path.endswith("/next"):  # whoever asks for more waits
                posted.reply("202 Accepted")
                answers[posted.path] = json.loads(posted.body)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        held = [proportional(int(child)) for child in children]
        with capfd.disabled():
            print(f"\n{name}: {sum(held) + proportional(process.pid):.0f} MB in all, {max(held):.0f} MB in a worker")

    expected = next(iter(answers.values()))
    assert all(path.endswith("/response") for path in answers)
    assert "status" not in expected
    assert [expected] * WORKERS == list(answers.values())
