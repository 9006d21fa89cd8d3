"""How an endpoint knows us; moto stands for AWS."""

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from answering import Answer, answering
from test_failing import GOOD, ask

from handler.core import Core
from handler.errors import BundleError


def test_a_token_is_sent(asking: Callable[[str], Core], monkeypatch: pytest.MonkeyPatch) -> None:
    """As most endpoints want it."""
    monkeypatch.setenv("THAW_TOKEN", "dapi123")
    with answering(lambda _: GOOD) as (url, asked):
        ask(asking(url))
    assert "Bearer dapi123" == asked[0].headers["authorization"]


@pytest.mark.usefixtures("account")
def test_a_secret_is_looked_up(asking: Callable[[str], Core], monkeypatch: pytest.MonkeyPatch) -> None:
    """In Secrets Manager, once, when the handler starts; the bundle knows nothing of it."""
    arn = boto3.client("secretsmanager").create_secret(Name="token", SecretString="dapi456\n")["ARN"]
    monkeypatch.setenv("THAW_TOKEN", arn)
    with answering(lambda _: GOOD) as (url, asked):
        core = asking(url)
        ask(core)
    assert "Bearer dapi456" == asked[0].headers["authorization"]
    assert not [path for path in core.predictor.folder.rglob("*") if path.is_file() and b"dapi" in path.read_bytes()]


@pytest.mark.usefixtures("account")
def test_a_secret_that_is_not_there(asking: Callable[[str], Core], monkeypatch: pytest.MonkeyPatch) -> None:
    """The handler does not start, and says which."""
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:none-abc"
    monkeypatch.setenv("THAW_TOKEN", arn)
    with pytest.raises(BundleError, match=f"Secrets Manager does not give {arn}: ResourceNotFoundException"):
        asking("https://127.0.0.1/invocations")


def test_an_endpoint_of_sagemaker_answers(account: str, asking: Callable[[str], Core]) -> None:
    """Asked by name, signed, and answered in the words of MLflow's protocol."""
    result = {"Body": '{"predictions": [2]}', "ContentType": "application/json"}
    results = {"account_id": "123456789012", "region": "eu-west-1", "results": [result]}
    url = f"{account}/moto-api/static/sagemaker/endpoint-results"
    request = urllib.request.Request(url, json.dumps(results).encode())  # noqa: S310 - our own
    urllib.request.urlopen(request).close()  # noqa: S310
    answer = ask(asking("sagemaker:flowers"))
    assert (200, b'{"prediction":2}') == (answer.status, answer.body)


def test_a_container_has_its_agent(
    asking: Callable[[str], Core], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Which is asked for credentials with its own token, and not again before they end."""
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
