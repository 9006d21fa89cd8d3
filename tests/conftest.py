"""Fixtures that several test files share: models, bundles, the Lambda entry point, events, and AWS."""

import importlib.metadata
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import inference
import msgspec
import pytest
import text_model as text_models
from fixture_cache import cache_directory
from hypothesis import HealthCheck, settings
from zoo.case import Case

from handler.bundle import Example, File
from handler.files import sha256
from model import mlmodel, openapi
from model.build import candidates
from model.train import PACKAGES

ROOT = Path(__file__).resolve().parent.parent

Handler = Callable[[Any, Any], Any]

# The same cases each time, so that failures depend on the change alone; `--hypothesis-profile default` draws new ones.
# Neither is timed: a busy machine is no failure.
settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repeatable")


def pytest_configure(config: pytest.Config) -> None:
    """Ignore warnings about MLflow's own code."""
    config.addinivalue_line("filterwarnings", "ignore:.*type hint:UserWarning")
    config.addinivalue_line("filterwarnings", "ignore:.*input example was not provided:UserWarning")
    config.addinivalue_line("filterwarnings", "ignore:Operation with range is deprecated")


@pytest.fixture(scope="session")
def text_model() -> Path:
    """The MLflow model of `text_model.py`, which has the columns of the shipped model."""
    return cache_directory("text_model", lambda folder: text_models.save(folder / "model")) / "model"


@pytest.fixture(scope="session")
def bundle(text_model: Path) -> Path:
    """The bundle of `text_model`, built and proved."""
    from model.build.bundle import build

    def make(folder: Path) -> None:
        build(text_model, folder / "bundle", tell=lambda _: None)

    return cache_directory("text_bundle", make) / "bundle"


@pytest.fixture(scope="session")
def bundle_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that makes an unproved pyfunc bundle of a program in `models/`, for the Python of the tests.

    It takes the program's name, an Example, and the signature's lists (inputs, outputs, params) as in MLmodel.
    """

    def make(program: str, example: Example | None = None, **signature: list[dict[str, Any]]) -> Path:
        import mlflow.pyfunc
        from mlflow.models import ModelSignature

        folder = tmp_path_factory.mktemp(program)
        mlflow.pyfunc.save_model(
            folder / "saved",
            python_model=str(ROOT / "tests" / "models" / f"{program}.py"),
            signature=signature and ModelSignature.from_dict({name: json.dumps(signature[name]) for name in signature}),
            pip_requirements=["mlflow"],
        )
        pyfunc = candidates.Candidate("pyfunc", {})
        staged = candidates.stage(mlmodel.read(folder / "saved"), pyfunc, None, folder)
        manifest = msgspec.structs.replace(staged.manifest, example=example)
        openapi.write(folder, manifest, {}, {})
        described = folder / "openapi.json"
        files = {described.name: File(described.stat().st_size, sha256(described))}
        candidates.write_manifest(folder, msgspec.structs.replace(manifest, files=files))
        return folder

    return make


@pytest.fixture(scope="session")
def ask_of(bundle_of: Callable[..., Path]) -> Callable[..., inference.Ask]:
    """Return a function that serves an echo model under a signature and returns a function to call it."""
    served: dict[str, inference.Ask] = {}

    def ask(*inputs: dict[str, Any], **more: Any) -> inference.Ask:
        key = json.dumps([inputs, more])
        if key not in served:
            served[key] = inference.serve(bundle_of("echo", None, inputs=list(inputs), **more))
        return served[key]

    return ask


@pytest.fixture(scope="session")
def moody(bundle_of: Callable[..., Path]) -> Path:
    """The bundle of `models/moody.py`, whose behaviour the column `text` selects."""
    example = Example(rows=[{"text": "calm"}], params={}, answer=[{"prediction": "calm"}])
    return bundle_of("moody", example, inputs=[{"type": "string", "name": "text", "required": True}])


@pytest.fixture(scope="session")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of a model with many columns of many types, built and proved."""
    from houses import save

    from model.build.bundle import build

    folder = tmp_path_factory.mktemp("houses")
    save(folder / "houses")
    return build(folder / "houses", folder / "bundle", tell=lambda _: None).bundle


@pytest.fixture(scope="session")
def handler_of() -> Callable[..., Handler]:
    """Return a function that imports the Lambda entry point afresh for a bundle, with further environment variables."""

    def load(bundle: Path, **variables: str) -> Handler:
        kept = dict(os.environ)
        for name in [name for name in kept if name.startswith("THAW_")]:
            del os.environ[name]
        os.environ.update(variables, THAW_BUNDLE=str(bundle))
        sys.modules.pop("handler.app", None)
        try:
            entry: Handler = import_module("handler.app").handler
        finally:
            os.environ.clear()
            os.environ.update(kept)
        return entry

    return load


@pytest.fixture(scope="session")
def http_event() -> Callable[..., dict[str, Any]]:
    """Return a function that makes an HTTP API event (payload 2.0), `POST /predict` by default."""

    def make(body: Any = None, method: str = "POST", path: str = "/predict", **fields: Any) -> dict[str, Any]:
        return {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"content-type": "application/json"},
            "requestContext": {"http": {"method": method}, "stage": "$default"},
            "body": body if isinstance(body, str) or body is None else json.dumps(body),
            "isBase64Encoded": False,
            **fields,
        }

    return make


@pytest.fixture(scope="session", name="saved")
def _saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Case, Path]]:
    """Return a function that saves the test model of a name; it returns the case and the directory."""
    from zoo.models import MODELS

    saved: dict[str, tuple[Case, Path]] = {}

    def save(name: str) -> tuple[Case, Path]:
        if name not in saved:
            folder = tmp_path_factory.mktemp("saved") / "model"
            with warnings.catch_warnings():
                # MLflow's advice to those who log models.
                warnings.filterwarnings("ignore", message=".*(integer column|type hint)")
                case = MODELS[name]()
                case.save(folder)
            saved[name] = case, folder
        return saved[name]

    return save


@pytest.fixture(scope="session", name="aws")
def _aws() -> Iterator[str]:
    """The address of a server that stands in for AWS."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(name="account")
def _account(aws: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of that server, emptied, with credentials for it in the environment."""
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
    """A fitted scikit-learn classifier as an MLflow model."""
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
