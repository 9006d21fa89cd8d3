"""Whose requests these are: a function's by its environment, a container's by its agent, a person's by botocore."""

import os
import time
from datetime import datetime
from pathlib import Path

import msgspec

from handler.aws.signing import Credentials
from handler.connections import Connections
from handler.errors import ThawError

_AGENT = (
    "http://169.254.170.2"  # of ECS; https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
)
_EARLY = 300.0  # seconds before they end, others are asked for
_SECONDS = 2.0

_kept: list[tuple[Credentials, float]] = []


class CredentialsError(ThawError):
    """There are none."""


def find() -> Credentials:
    """The credentials for now; those of a container are kept until shortly before they end.

    Raises:
        CredentialsError: there are none, said with what to do.
    """
    environment = os.environ
    if key := environment.get("AWS_ACCESS_KEY_ID"):
        secret = environment.get("AWS_SECRET_ACCESS_KEY", "")
        return Credentials(key, secret, environment.get("AWS_SESSION_TOKEN", ""))
    relative = environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    address = f"{_AGENT}{relative}" if relative else environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    return _of_container(address) if address else _of_botocore()


def _of_container(address: str) -> Credentials:
    if _kept and _kept[0][1] > time.time():
        return _kept[0][0]
    token = os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
    if file := os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
        token = Path(file).read_text(encoding="utf-8").strip()
    connections = Connections(address)
    try:
        answer = connections.request("GET", connections.path, {"authorization": token} if token else {}, b"", _SECONDS)
        given = msgspec.json.decode(answer.body, type=dict[str, str])
        ends = datetime.fromisoformat(given["Expiration"]).timestamp()
        found = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["Token"])
    except (OSError, KeyError, ValueError) as error:
        raise CredentialsError(f"the container's agent gives no credentials ({type(error).__name__})") from None
    _kept[:] = [(found, ends - _EARLY)]
    return found


def _of_botocore() -> Credentials:
    try:
        from botocore.session import Session
    except ImportError:
        raise CredentialsError("there are no credentials for AWS: set AWS_ACCESS_KEY_ID, or give it a role") from None
    found = Session().get_credentials()
    if found is None:
        raise CredentialsError("there are no credentials for AWS: set AWS_ACCESS_KEY_ID, or give it a role")
    frozen = found.get_frozen_credentials()
    return Credentials(frozen.access_key, frozen.secret_key, frozen.token or "")
