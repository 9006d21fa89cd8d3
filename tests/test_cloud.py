"""The commands for an AWS account, as far as they can be tested without one."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from answering import Answer, Received, answering

from cloud import smoke, templates
from cloud.account import CloudError
from cloud.bucket import url as bucket_url
from cloud.cost import describe
from cloud.parameters import parse, with_snap_start
from cloud.sam import project_with
from handler.files import sha256

ROOT = Path(__file__).resolve().parent.parent


def api(status: int = 200) -> AbstractContextManager[tuple[str, list[Received]]]:
    """Run an API that returns this status; yield its URL and the requests it received."""
    return answering(lambda _: Answer(b"[]", status))


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set fake temporary credentials."""
    variables = {
        "ACCESS_KEY_ID": "AKID",
        "SECRET_ACCESS_KEY": "secret",
        "SESSION_TOKEN": "token",
        "DEFAULT_REGION": "eu-west-1",
    }
    for name, value in variables.items():
        monkeypatch.setenv(f"AWS_{name}", value)


@pytest.fixture(name="rows")
def _rows(bundle: Path) -> list[dict[str, Any]]:
    """The rows of a bundle's example."""
    return smoke.example_rows(bundle)


@pytest.mark.usefixtures("credentials")
def test_smoke_requests_are_signed(rows: list[dict[str, Any]]) -> None:
    """The health check and the bundle's example are sent with Signature Version 4 and the session token."""
    with api() as (url, asked):
        lines = list(smoke.smoke(url, rows, signed=True))

    assert ["GET /health: []", "POST /predict: []"] == lines
    assert ["/health", "/predict"] == [one.path for one in asked]
    for one in asked:
        assert one.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
        assert "/eu-west-1/execute-api/aws4_request" in one.headers["authorization"]
        assert "token" == one.headers["x-amz-security-token"]
    assert ["text"] == list(json.loads(asked[1].body)[0])


def test_requests_to_a_public_api_are_unsigned(rows: list[dict[str, Any]]) -> None:
    """A public API needs no credentials."""
    with api() as (url, asked):
        list(smoke.smoke(url, rows, signed=False))
    assert not [one for one in asked if "authorization" in one.headers]


def test_a_failing_api_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error contains the last response, after the time limit."""
    monkeypatch.setattr(smoke, "PATIENCE", 0.0)
    with api(503) as (url, _), pytest.raises(CloudError, match=r"GET .*/health returned 503: \[\]"):
        list(smoke.smoke(url, [], signed=False))


@pytest.mark.parametrize("start", ["curl", "curl --aws-sigv4 aws:amz:eu-west-1:execute-api"])
def test_the_curl_command_has_the_models_example(start: str, rows: list[dict[str, Any]]) -> None:
    """The example replaces the body in the stack's command, quoted for the shell."""
    command = smoke.curl(f'{start} -d \'{{"text": "x"}}\' https://a/predict', rows)
    words = subprocess.check_output(["sh", "-c", f'printf "%s\\n" {command}'], text=True).splitlines()  # noqa: S607

    assert [*start.split(), "-d"] == words[:-2]
    assert ["text"] == list(json.loads(words[-2]))
    assert "https://a/predict" == words[-1]


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "no AWS region: set AWS_DEFAULT_REGION"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "no AWS credentials: run `aws configure`"),
    ],
)
def test_missing_settings_are_reported_in_one_line(variables: dict[str, str], message: str, tmp_path: Path) -> None:
    """The command fails before it builds anything."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    alone = {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    command = [sys.executable, "-m", "cloud", "deploy-image"]
    done = subprocess.run(command, cwd=ROOT, env=kept | alone | variables, capture_output=True, text=True, check=False)

    assert 1 == done.returncode
    assert done.stderr.startswith(f"error: {message}")
    assert 1 == len(done.stderr.splitlines())


def test_another_model_takes_the_place_of_the_shipped_one(iris: Path, tmp_path: Path) -> None:
    """SAM builds from a copy of the project that contains the model, whatever its path, and what the image needs."""
    model = Path(shutil.copytree(iris, tmp_path / "my model"))
    with project_with(model) as folder:
        assert sha256(model / "MLmodel") == sha256(folder / "model" / "artifact" / "MLmodel")
        for name in ("Dockerfile", "template.yaml", "samconfig.toml", "handler/app.py", "requirements/build.txt"):
            assert (ROOT / name).read_bytes() == (folder / name).read_bytes()
    assert not folder.exists()
    with pytest.raises(CloudError, match="is not an MLflow model"), project_with(tmp_path):
        pass


def test_a_bundle_that_imports_libraries_is_deployed_with_snap_start(bundle: Path, moody: Path, tmp_path: Path) -> None:
    """Not a compiled one, nor where a parameter excludes it."""
    assert ["Access=Public", "SnapStart=true"] == with_snap_start(["Access=Public"], moody)
    for parameters in (["SnapStart=false"], ["ProvisionedConcurrency=2"], ["EphemeralStorage=1024"]):
        assert parameters == with_snap_start(parameters, moody)
    assert [] == with_snap_start([], bundle)
    assert [] == with_snap_start([], tmp_path)


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "b.s3.us-east-1.amazonaws.com"),
        ("eu-west-1", "b.s3.eu-west-1.amazonaws.com"),
        ("cn-north-1", "b.s3.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_a_template_has_its_regions_address(region: str, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """CloudFormation takes a template from the address of a bucket in its region."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    assert f"https://{host}/a/b.json" == bucket_url("b", "a/b.json")


def test_the_template_of_a_zip_differs_in_the_code_alone() -> None:
    """It has the resources, outputs and parameters of template.yaml, but for those of an image."""
    image = templates.parse((ROOT / "template.yaml").read_text())
    made = json.loads(templates.make_json(templates.zip_at("s3://b/k", "3.13")))
    assert {"PredictFn"} == image["Parameters"].keys() - made["Parameters"].keys()
    assert (image["Outputs"], image["Conditions"]) == (made["Outputs"], made["Conditions"])
    assert image["Resources"].keys() == made["Resources"].keys()
    for name in ("Thaw", "Bulk"):
        properties = made["Resources"][name]["Properties"]
        assert ("s3://b/k", "python3.13", "handler.app.handler") == tuple(
            properties[field] for field in ("CodeUri", "Runtime", "Handler")
        )
        assert "PackageType" not in properties


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("Timeout", "Timeout is not a parameter of the stack"),
        ("Timeout=99", "it is a number from 1 to 29"),
        ("ProvisionedConcurrency=-1", "it is a number from 0 on"),
        ("JwtIssuer=http://a", "an https:// URL"),
        ("Tracing=on", "it is one of Active, PassThrough"),
    ],
)
def test_a_wrong_parameter_is_named(pair: str, message: str) -> None:
    """As CloudFormation would refuse it, before anything is built."""
    with pytest.raises(CloudError, match=message):
        parse([pair], templates.parameters())


def test_a_number_of_requests_is_a_whole_number() -> None:
    """A negative number would have a negative cost."""
    command = [sys.executable, "-m", "cloud", "cost", "--requests", "-5"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (2, "") == (done.returncode, done.stdout)
    assert "argument --requests: '-5' is not a whole number from 1 on" in done.stderr


def test_the_cost_follows_from_the_prices() -> None:
    """A million requests of 100 ms with 1 GB cost 0.20 for requests, 1.67 for time and 1.00 for the API."""
    assert "2.87  Thaw: HTTP API and Lambda" in describe(1_000_000, 100, 1024)
    assert "2.00  SageMaker Serverless" in describe(1_000_000, 100, 1024)


def test_the_kubernetes_manifest_is_valid() -> None:
    """Every resource matches the schemas of the newest version, without unknown fields."""
    resources = list(yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text()))

    assert ["Deployment", "Service"] == [resource["kind"] for resource in resources]
    for resource in resources:
        kubernetes_validate.validate(resource, kubernetes_validate.latest_version(), strict=True)
