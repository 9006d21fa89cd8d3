"""Authorize requests to a model's endpoint: with a bearer token, or signed with AWS credentials.

THAW_TOKEN holds the token, or the ARN of the secret in AWS Secrets Manager that holds it. A bundle contains neither.
"""

import threading
import time
from typing import Protocol
from urllib.parse import quote

from handler.aws import credentials, secrets
from handler.aws.endpoints import current_region, endpoint
from handler.aws.signing import Target, signed
from handler.connections import Connections
from handler.errors import ThawError

RENEWAL_INTERVAL = 60.0
"""Minimum seconds between two renewals of a secret."""


class Authorizer(Protocol):
    """Adds authorization to requests for one endpoint.

    Attributes:
        url: where to send requests.
    """

    url: str

    def headers(self, path: str, headers: dict[str, str], body: bytes) -> dict[str, str]:
        """Return the headers to send."""

    def renew(self) -> bool:
        """Reload credentials that the endpoint rejected; return whether a retry may succeed."""


def authorizer(url: str, token: str) -> Authorizer:
    """Return the authorizer for an endpoint.

    Args:
        url: the endpoint's URL, or `sagemaker:NAME`.
        token: a bearer token, the ARN of the secret that holds it, or empty.

    Raises:
        CredentialsError: no AWS credentials are available.
        ConnectionError: the secret cannot be read.
    """
    scheme, _, name = url.partition(":")
    if scheme == "sagemaker":
        return SageMakerAuthorizer(name.strip("/"))
    return TokenAuthorizer(url, token)


class TokenAuthorizer:
    """Sends a bearer token; reads it again from its secret when the endpoint rejects it, as after a rotation."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._arn = token if token.startswith("arn:") else ""
        self._token = secrets.get_secret(token) if self._arn else token
        self._next_renewal = 0.0
        self._lock = threading.Lock()

    def headers(self, _path: str, headers: dict[str, str], _body: bytes) -> dict[str, str]:
        """Return the headers with the token, if there is one."""
        return headers | ({"authorization": f"Bearer {self._token}"} if self._token else {})

    def renew(self) -> bool:
        """Read the secret again, at most once in RENEWAL_INTERVAL; return whether the token changed."""
        if not self._arn:
            return False
        with self._lock:
            if time.monotonic() < self._next_renewal:
                return False
            self._next_renewal = time.monotonic() + RENEWAL_INTERVAL
            try:
                token = secrets.get_secret(self._arn)
            except (OSError, ThawError):  # the endpoint's rejection is the error to report
                return False
            changed, self._token = token != self._token, token
            return changed


class SageMakerAuthorizer:
    """Signs requests to a SageMaker endpoint (Amazon SageMaker API Reference, Runtime, InvokeEndpoint)."""

    def __init__(self, name: str) -> None:
        host = endpoint("sagemaker_runtime", "runtime.sagemaker")
        self.url = f"{host}/endpoints/{quote(name, safe='')}/invocations"
        self._target = Target("sagemaker", current_region(), Connections(self.url).host)

    def headers(self, path: str, headers: dict[str, str], body: bytes) -> dict[str, str]:
        """Return the headers with a signature by the current credentials."""
        return signed("POST", path, headers, body, self._target, credentials.find())

    def renew(self) -> bool:
        """Return False: each request is signed with the current credentials already."""
        return False
