"""Smoke test of a deployed API: a health check and a prediction, signed if required (Signature Version 4)."""

import http.client
import json
import shlex
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cloud.account import CloudError
from handler import bundle
from handler.errors import BundleError

PATIENCE = 60.0
"""Seconds within which a new API must respond: its DNS name takes a while to resolve."""


def smoke(url: str, rows: Sequence[dict[str, Any]], *, signed: bool) -> Iterator[str]:
    """Send the requests; yield a line for each response.

    Args:
        url: URL of the API, without a path.
        rows: rows to predict; without any, only the health check is sent.
        signed: whether to sign requests with the credentials of this machine.

    Raises:
        CloudError: a response is not 200 within PATIENCE.
    """
    yield _request_until_ok(url, "GET", "/health", None, signed=signed)
    if rows:
        yield _request_until_ok(url, "POST", "/predict", json.dumps(rows).encode(), signed=signed)


def curl(command: str, rows: Sequence[dict[str, Any]]) -> str:
    """Return the stack's curl command with the body replaced by the first of these rows, if there are any."""
    if not rows:
        return command
    before, _, rest = command.partition(" -d '")
    return f"{before} -d {shlex.quote(json.dumps(rows[0]))}{rest.rpartition(chr(39))[2]}"


def example_rows(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of a bundle's example; none without a bundle or an example."""
    try:
        example = bundle.read_manifest(folder).example
    except BundleError:
        return []
    return example.rows if example else []


def _request_until_ok(url: str, method: str, path: str, body: bytes | None, *, signed: bool) -> str:
    end = time.monotonic() + PATIENCE
    while True:
        status, content = request(url + path, method, body, signed=signed)
        if status == http.client.OK:
            return f"{method} {path}: {content.decode(errors='replace').strip()[:200] or 'ready'}"
        if time.monotonic() > end:
            raise CloudError(f"{method} {url}{path} returned {status}: {content.decode(errors='replace')[:500]}")
        time.sleep(2)


def request(url: str, method: str, body: bytes | None, *, signed: bool, token: str = "") -> tuple[int, bytes]:
    """Send a request; return the status and the body. Without a response they are 0 and the reason.

    Args:
        url: the address with its path.
        method: HTTP's.
        body: JSON, if any.
        signed: whether to sign it with the credentials of this machine.
        token: bearer token to send; empty for none.
    """
    headers = {"content-type": "application/json"} if body else {}
    headers |= {"authorization": f"Bearer {token}"} if token else {}
    headers |= _signature(url, method, body, headers, signed)
    prepared = urllib.request.Request(url, body, headers, method=method)  # noqa: S310 - the stack's own address
    try:
        with urllib.request.urlopen(prepared, timeout=30) as response:  # noqa: S310 - the stack's own address
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except OSError as error:
        return 0, str(error).encode()


def _signature(url: str, method: str, body: bytes | None, headers: dict[str, str], signed: bool) -> dict[str, str]:
    if not signed:
        return {}
    import boto3
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    session = boto3.Session()
    request = AWSRequest(method, url, data=body, headers=headers)
    SigV4Auth(session.get_credentials(), "execute-api", session.region_name).add_auth(request)
    return dict(request.headers.items())
