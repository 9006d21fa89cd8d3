"""What models are got from: an account of moto's, and a model to get."""

import importlib.metadata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from model.get import Got, get
from model.sources import Wanted
from model.train import PACKAGES


@pytest.fixture(scope="session", name="aws")
def _aws() -> Iterator[str]:
    """The address of a server that answers as AWS does."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(name="account")
def _account(aws: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same, empty, and credentials for it in the environment."""
    import boto3

    for name, value in {
        "AWS_ENDPOINT_URL": aws,
        "AWS_ACCESS_KEY_ID": "AKID",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    s3 = boto3.resource("s3")
    for bucket in s3.buckets.all():
        bucket.objects.delete()
        bucket.delete()
    return aws


@pytest.fixture(scope="session", name="iris")
def _iris(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fitted classifier of scikit-learn's as an MLflow model."""
    import mlflow
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    table = load_iris(as_frame=True)
    model = LogisticRegression(max_iter=1000).fit(table.data, table.target)
    folder = tmp_path_factory.mktemp("iris") / "iris"
    mlflow.sklearn.save_model(
        model,
        folder,
        serialization_format="cloudpickle",
        pip_requirements=[f"{name}=={importlib.metadata.version(name)}" for name in PACKAGES],
        signature=mlflow.models.infer_signature(table.data, model.predict(table.data)),
        input_example=table.data.head(3),
    )
    return folder


@pytest.fixture(name="got")
def _got(tmp_path: Path) -> Callable[..., Got]:
    """Get a model into the folder `artifact`."""

    def got(source: Any, **more: Any) -> Got:
        return get(Wanted(str(source), **more), tmp_path / "artifact", tell=lambda _: None, advance=lambda *_: None)

    return got
