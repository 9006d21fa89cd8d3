"""Read a secret from AWS Secrets Manager (API Reference, GetSecretValue)."""

import msgspec

from handler.aws import credentials
from handler.aws.endpoints import endpoint
from handler.aws.signing import Target, signed
from handler.connections import Connections

_SECONDS = 10.0  # timeout
_ACTIONS = "secretsmanager:GetSecretValue, and kms:Decrypt if a customer managed key encrypts the secret"


def get_secret(arn: str) -> str:
    """Return a secret's text, from the region in its ARN.

    Raises:
        ConnectionError: the request failed; the message never contains the secret.
        CredentialsError: no AWS credentials are available.
    """
    region = arn.split(":")[3]
    connections = Connections(endpoint("secretsmanager", "secretsmanager", region))
    body = msgspec.json.encode({"SecretId": arn})
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": "secretsmanager.GetSecretValue"}
    target = Target("secretsmanager", region, connections.host)
    headers = signed("POST", "/", headers, body, target, credentials.find())
    response = connections.request("POST", "/", headers, body, _SECONDS)
    try:
        return str(msgspec.json.decode(response.body)["SecretString"]).strip()
    except (ValueError, TypeError, KeyError):
        error = _error_type(response.body)
        hint = f"; the role needs {_ACTIONS}" if error.startswith("AccessDenied") else ""
        raise ConnectionError(f"cannot read the secret {arn}: {error} (status {response.status}){hint}") from None


def _error_type(body: bytes) -> str:
    try:
        return str(msgspec.json.decode(body)["__type"]).rpartition("#")[2]
    except (ValueError, TypeError, KeyError):
        return "no SecretString in the response"
