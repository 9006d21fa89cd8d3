"""A secret of AWS Secrets Manager (API Reference, GetSecretValue)."""

import msgspec

from handler.aws import credentials
from handler.aws.endpoints import endpoint
from handler.aws.signing import Target, signed
from handler.connections import Connections

_SECONDS = 10.0


def value(arn: str) -> str:
    """The text of a secret, in the region that its ARN names.

    Raises:
        ConnectionError: Secrets Manager does not give it; the message has no part of it.
        CredentialsError: there are no credentials for AWS.
    """
    region = arn.split(":")[3]
    connections = Connections(endpoint("secretsmanager", "secretsmanager"))
    body = msgspec.json.encode({"SecretId": arn})
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": "secretsmanager.GetSecretValue"}
    target = Target("secretsmanager", region, connections.host)
    answer = connections.request(
        "POST", "/", signed("POST", "/", headers, body, target, credentials.find()), body, _SECONDS
    )
    try:
        return str(msgspec.json.decode(answer.body)["SecretString"]).strip()
    except (ValueError, TypeError, KeyError):
        raise ConnectionError(f"Secrets Manager does not give {arn}: {_kind(answer.body)} ({answer.status})") from None


def _kind(body: bytes) -> str:
    try:
        return str(msgspec.json.decode(body)["__type"])
    except (ValueError, TypeError, KeyError):
        return "no reason"
