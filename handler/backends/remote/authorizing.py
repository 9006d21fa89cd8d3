"""How an endpoint knows us: by a token, or by a signature of AWS's. None of it is ever in a bundle.

THAW_TOKEN holds a token, or the ARN of a secret in AWS Secrets Manager that is one.
"""

import os
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote

from handler import settings
from handler.aws import credentials, secrets
from handler.aws.endpoints import endpoint, region
from handler.aws.signing import Target, signed
from handler.connections import Connections

Authorize = Callable[[str, dict[str, str], bytes], dict[str, str]]
"""Given a path, headers and a body, the headers to send."""


class Authorizer(NamedTuple):
    """Where to ask, and what to add to a request."""

    address: str
    authorized: Authorize


def authorizer(url: str) -> Authorizer:
    """For an address, or `sagemaker:NAME`.

    Raises:
        CredentialsError: there are none for AWS.
        ConnectionError: Secrets Manager does not give the secret.
    """
    scheme, _, name = url.partition(":")
    if scheme == "sagemaker":
        return _sagemaker(name.strip("/"))
    token = settings.read(os.environ).token
    if token.startswith("arn:"):
        token = secrets.value(token)
    given = {"authorization": f"Bearer {token}"} if token else {}
    return Authorizer(url, lambda _path, headers, _body: headers | given)


def _sagemaker(name: str) -> Authorizer:
    """Source: Amazon SageMaker API Reference, Runtime, InvokeEndpoint."""
    address = f"{endpoint('sagemaker_runtime', 'runtime.sagemaker')}/endpoints/{quote(name, safe='')}/invocations"
    target = Target("sagemaker", region(), Connections(address).host)
    return Authorizer(
        address, lambda path, headers, body: signed("POST", path, headers, body, target, credentials.find())
    )
