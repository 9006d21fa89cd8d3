"""Find AWS credentials: in the environment (Lambda), at a container agent (ECS, EKS) or through botocore (laptops)."""

import os
import time
from datetime import datetime
from pathlib import Path

import msgspec

from handler.aws.signing import Credentials
from handler.connections import Connections
from handler.errors import ThawError

# https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
_AGENT = "http://169.254.170.2"
_EARLY = 300.0  # seconds before expiry at which to renew
_SECONDS = 2.0  # timeout
_NONE = "no AWS credentials found: set AWS_ACCESS_KEY_ID, or give the function or task a role"

_cached: list[tuple[Credentials, float]] = []


class CredentialsError(ThawError):
    """No AWS credentials are available."""


def find() -> Credentials:
    """Return the current credentials; those of a container agent are cached until shortly before they expire.

    Raises:
        CredentialsError: none are available.
    """
    environment = os.environ
    if key := environment.get("AWS_ACCESS_KEY_ID"):
        secret = environment.get("AWS_SECRET_ACCESS_KEY", "")
        return Credentials(key, secret, environment.get("AWS_SESSION_TOKEN", ""))
    relative = environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    url = f"{_AGENT}{relative}" if relative else environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    return _from_agent(url) if url else _from_botocore()


def forget() -> None:
    """Forget cached credentials."""
    _cached.clear()


def _from_agent(url: str) -> Credentials:
    if _cached and _cached[0][1] > time.time():
        return _cached[0][0]
    token = os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
    if file := os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
        token = Path(file).read_text(encoding="utf-8").strip()
    connections = Connections(url)
    headers = {"authorization": token} if token else {}
    try:
        response = connections.request("GET", connections.path, headers, b"", _SECONDS)
        fields = msgspec.json.decode(response.body, type=dict[str, str])
        expires = datetime.fromisoformat(fields["Expiration"]).timestamp()
        credentials = Credentials(fields["AccessKeyId"], fields["SecretAccessKey"], fields["Token"])
    except (OSError, KeyError, ValueError) as error:
        raise CredentialsError(f"the container agent returned no credentials ({type(error).__name__})") from None
    _cached[:] = [(credentials, expires - _EARLY)]
    return credentials


def _from_botocore() -> Credentials:
    try:
        from botocore.session import Session
    except ImportError:
        raise CredentialsError(_NONE) from None
    found = Session().get_credentials()
    if found is None:
        raise CredentialsError(_NONE)
    frozen = found.get_frozen_credentials()
    return Credentials(frozen.access_key, frozen.secret_key, frozen.token or "")
