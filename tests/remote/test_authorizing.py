"""Authorization at endpoints, with moto in the place of AWS."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from answering import Answer, Received, answering
from remote.test_failing import GOOD, ask

from handler.aws import secrets
from handler.aws.endpoints import endpoint
from handler.core import Core
from handler.errors import BundleError


def test_a_token_is_sent(asking: Callable[..., Core]) -> None:
    """It is a bearer token."""
    with answering(lambda _: GOOD) as (url, asked):
        ask(asking(url, "dapi123"))
    assert "Bearer dapi123" == asked[0].headers["authorization"]


@pytest.mark.usefixtures("account")
def test_a_secret_is_read_at_start(asking: Callable[..., Core]) -> None:
    """The token comes from Secrets Manager and is never written to the bundle."""
    arn = boto3.client("secretsmanager").create_secret(Name="token", SecretString="dapi456\n")["ARN"]
    with answering(lambda _: GOOD) as (url, asked):
        core = asking(url, arn)
        ask(core)
    assert "Bearer dapi456" == asked[0].headers["authorization"]
    files = [path for path in Path(core.predictor.folder).rglob("*") if path.is_file()]
    assert not [path for path in files if b"dapi" in path.read_bytes()]


@pytest.mark.usefixtures("account")
def test_a_missing_secret(asking: Callable[..., Core]) -> None:
    """The handler does not start, and names the secret."""
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:none-abc"
    with pytest.raises(BundleError, match=f"cannot read the secret {arn}: ResourceNotFoundException"):
        asking("https://127.0.0.1/invocations", arn)


def test_a_secret_of_another_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """The endpoint is that of the region in the secret's ARN."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    host = "secretsmanager"
    assert "https://secretsmanager.us-east-2.amazonaws.com" == endpoint(host, host, "us-east-2")
    assert "https://secretsmanager.cn-north-1.amazonaws.com.cn" == endpoint(host, host, "cn-north-1")
    assert "https://secretsmanager.eu-west-1.amazonaws.com" == endpoint(host, host)


@pytest.fixture(name="rotated")
def _rotated(account: str) -> Iterator[Callable[[str], str]]:
    """Return a function that puts a new value into one secret and returns its ARN."""
    assert account
    client = boto3.client("secretsmanager")
    arn: str = client.create_secret(Name="rotating", SecretString="old")["ARN"]

    def rotate(value: str) -> str:
        client.put_secret_value(SecretId=arn, SecretString=value)
        return arn

    yield rotate
    client.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


def accepts(token: str, status: int = 401) -> Callable[[Received], Answer]:
    """Return an endpoint that accepts one token."""
    return lambda asked: GOOD if asked.headers["authorization"] == f"Bearer {token}" else Answer(b"", status)


@pytest.mark.parametrize("status", [401, 403])
def test_a_rotated_secret_is_read_again(
    status: int, rotated: Callable[[str], str], asking: Callable[..., Core]
) -> None:
    """After the endpoint rejects the old token, the request is sent again with the new one."""
    arn = rotated("old")
    with answering(accepts("new", status)) as (url, asked):
        core = asking(url, arn)
        rotated("new")
        assert [200, 200] == [ask(core).status, ask(core).status]
    assert ["Bearer old", "Bearer new", "Bearer new"] == [one.headers["authorization"] for one in asked]


def test_a_secret_is_read_again_once_a_minute(
    rotated: Callable[[str], str], asking: Callable[..., Core], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endpoint that rejects every token does not cause more requests to Secrets Manager."""
    arn = rotated("old")
    read: list[str] = []
    get_secret = secrets.get_secret

    def counted(arn: str) -> str:
        read.append(arn)
        return get_secret(arn)

    monkeypatch.setattr(secrets, "get_secret", counted)
    with answering(accepts("other")) as (url, asked):
        core = asking(url, arn)
        assert [502] * 5 == [ask(core).status for _ in range(5)]
    assert (2, 5) == (len(read), len(asked))  # at start and once more


def test_a_sagemaker_endpoint(account: str, asking: Callable[..., Core]) -> None:
    """The bundle names the endpoint; requests are signed and speak MLflow's protocol."""
    result = {"Body": '{"predictions": [2]}', "ContentType": "application/json"}
    results = {"account_id": "123456789012", "region": "eu-west-1", "results": [result]}
    url = f"{account}/moto-api/static/sagemaker/endpoint-results"
    request = urllib.request.Request(url, json.dumps(results).encode())  # noqa: S310 - our own
    urllib.request.urlopen(request).close()  # noqa: S310
    answer = ask(asking("sagemaker:flowers"))
    assert (200, b'{"prediction":2}') == (answer.status, answer.body)


def test_credentials_of_a_container(
    asking: Callable[..., Core], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The container's agent provides credentials, which are cached until they expire."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    given = {"AccessKeyId": "AKCONT", "SecretAccessKey": "s", "Token": "t", "Expiration": "2099-01-01T00:00:00Z"}
    (tmp_path / "token").write_text("pod\n")
    with (
        answering(lambda _: Answer(json.dumps(given).encode())) as (agent, agents),
        answering(lambda _: GOOD) as (aws, asked),
    ):
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{agent}/creds")
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(tmp_path / "token"))
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws)
        monkeypatch.setenv("AWS_REGION", "eu-west-1")
        core = asking("sagemaker:flowers")
        assert [200, 200] == [ask(core).status, ask(core).status]
    assert ["/creds"] == [one.path for one in agents]
    assert "pod" == agents[0].headers["authorization"]
    assert ["/endpoints/flowers/invocations"] * 2 == [one.path for one in asked]
    assert asked[0].headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKCONT/")
    assert "t" == asked[0].headers["x-amz-security-token"]
