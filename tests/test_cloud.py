"""What is done with an account of AWS, as far as it goes without one."""

import json
import os
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from answering import Answer, Asked, answering

from cloud import smoke
from cloud.account import CloudError
from cloud.cost import estimate

ROOT = Path(__file__).resolve().parent.parent


def api(status: int = 200) -> AbstractContextManager[tuple[str, list[Asked]]]:
    """An API that answers so, and what it was asked."""
    return answering(lambda _: Answer(b"[]", status))


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Temporary ones, which open nothing."""
    given = {
        "ACCESS_KEY_ID": "AKID",
        "SECRET_ACCESS_KEY": "secret",
        "SESSION_TOKEN": "token",
        "DEFAULT_REGION": "eu-west-1",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"AWS_{name}", value)


@pytest.mark.usefixtures("credentials", "bundle")
def test_a_new_api_is_asked_signed() -> None:
    """For its health and for the bundle's example, with the session's token."""
    with api() as (url, asked):
        lines = list(smoke.smoke(url, signed=True))

    assert ["GET /health: []", "POST /predict: []"] == lines
    assert ["/health", "/predict"] == [one.path for one in asked]
    for one in asked:
        assert one.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
        assert "/eu-west-1/execute-api/aws4_request" in one.headers["authorization"]
        assert "token" == one.headers["x-amz-security-token"]
    assert ["text"] == list(json.loads(asked[1].body)[0])


def test_a_public_api_is_asked_unsigned() -> None:
    """No credentials are needed for it."""
    with api() as (url, asked):
        list(smoke.smoke(url, signed=False))
    assert not [one for one in asked if "authorization" in one.headers]


def test_an_api_that_does_not_answer_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what it said, once it had its time."""
    monkeypatch.setattr(smoke, "PATIENCE", 0.0)
    with api(503) as (url, _), pytest.raises(CloudError, match=r"GET .*/health answers 503: \[\]"):
        list(smoke.smoke(url, signed=False))


@pytest.mark.usefixtures("bundle")
@pytest.mark.parametrize("start", ["curl", "curl --aws-sigv4 aws:amz:eu-west-1:execute-api"])
def test_the_command_asks_for_the_models_own_example(start: str) -> None:
    """In the place of the one for the model that came along; a shell takes it as it is."""
    found = smoke.curl(f'{start} -d \'{{"text": "x"}}\' https://a/predict')
    words = subprocess.check_output(["sh", "-c", f'printf "%s\\n" {found}'], text=True).splitlines()  # noqa: S607

    assert [*start.split(), "-d"] == words[:-2]
    assert ["text"] == list(json.loads(words[-2]))
    assert "https://a/predict" == words[-1]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "no region is set: export AWS_DEFAULT_REGION="),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "there are no credentials for AWS: run `aws configure`"),
    ],
)
def test_what_is_missing_is_said_in_one_line(given: dict[str, str], said: str, tmp_path: Path) -> None:
    """Before anything is built."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    alone = {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    command = [sys.executable, "-m", "cloud", "deploy"]
    done = subprocess.run(command, cwd=ROOT, env=kept | alone | given, capture_output=True, text=True, check=False)

    assert 1 == done.returncode
    assert done.stderr.startswith(said)
    assert 1 == len(done.stderr.splitlines())


def test_cost_is_what_the_prices_make_it() -> None:
    """A million requests of 100 ms with one GB: 0.20 for them, 1.67 for their time, 1.00 for the API."""
    assert "2.87  Thaw: HTTP API and Lambda" in estimate(1_000_000, 100, 1024)
    assert "2.00  SageMaker Serverless" in estimate(1_000_000, 100, 1024)


def test_the_manifest_is_one_of_kubernetes() -> None:
    """Every resource of it, against the newest version's schemas, and without a field that they do not have."""
    resources = list(yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text()))

    assert ["Deployment", "Service"] == [resource["kind"] for resource in resources]
    for resource in resources:
        kubernetes_validate.validate(resource, kubernetes_validate.latest_version(), strict=True)
