"""Clients of MLflow's scoring server and of Databricks, and those of MLflow 1, which are told what to send."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mlflow.deployments import get_deploy_client
from mlflow.pyfunc.scoring_server.client import ScoringServerClient
from serving import Service, serving

ENDPOINT = "/serving-endpoints/fake-news"
TEXTS = ["Aliens voted twice!", "The council approved the budget."]


@pytest.fixture(scope="module", name="service")
def _service(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serve the sample model below the path of a Databricks endpoint, and without it."""
    with serving(bundle, tmp_path_factory.mktemp("clients") / "log", THAW_BASE_PATH=ENDPOINT) as one:
        yield one


@pytest.fixture(scope="module", name="labels")
def _labels(service: Service) -> list[Any]:
    """The predictions of `POST /predict`."""
    return [row["FakeNewsTrueFalse"] for row in service.predict([{"text": text} for text in TEXTS])[1]]


def test_mlflows_client_of_its_scoring_server(service: Service, labels: list[Any]) -> None:
    """It waits for the server, asks for the version, and sends DataFrames with and without params."""
    client = ScoringServerClient("127.0.0.1", service.port)
    client.wait_server_ready(timeout=10)
    assert json.loads(json.dumps(client.get_version()))
    frame = pd.DataFrame({"text": TEXTS})
    for given in ({}, {"params": {"unknown": 1}}):
        assert labels == client.invoke(frame, **given).get_predictions()[0].tolist()


@pytest.mark.parametrize(
    "inputs",
    [
        {"dataframe_split": {"columns": ["text"], "data": [[text] for text in TEXTS]}},
        {"dataframe_records": [{"text": text} for text in TEXTS], "client_request_id": "mine"},
        {"inputs": {"text": TEXTS}, "databricks_options": {"return_trace": False}},
    ],
)
def test_a_databricks_endpoint_is_a_base_path(
    service: Service, labels: list[Any], inputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """MLflow's client of Databricks Model Serving predicts with the endpoint's path as `THAW_BASE_PATH`."""
    monkeypatch.setenv("DATABRICKS_HOST", f"http://127.0.0.1:{service.port}")
    monkeypatch.setenv("DATABRICKS_TOKEN", "none")
    client = get_deploy_client("databricks")
    assert {"predictions": labels} == client.predict(endpoint="fake-news", inputs=inputs)


@pytest.mark.parametrize(
    ("content_type", "body", "status", "said"),
    [
        ("application/json; format=pandas-split", {"columns": ["text"], "data": [["a"]]}, 415, "without it"),
        ("application/json", {"columns": ["text"], "index": [0], "data": [["a"]]}, 400, '{"dataframe_split": {'),
        ("application/json", [{"text": "a"}], 400, "send an object with exactly one of dataframe_split"),
    ],
)
def test_clients_of_mlflow_1_are_told_what_to_send(
    service: Service, content_type: str, body: Any, status: int, said: str
) -> None:
    """As with MLflow's own server since version 2, the error names the form that replaces theirs."""
    found, _, answer = service.ask("POST", "/invocations", body, content_type=content_type)
    assert status == found
    assert said in (answer.decode() if status == 415 else json.loads(answer)["message"])
