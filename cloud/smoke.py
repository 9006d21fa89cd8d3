"""Asks a deployed API what a first caller would, signed where it wants that (Signature Version 4)."""

import http.client
import json
import shlex
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

from cloud.account import CloudError
from handler import bundle
from handler.errors import BundleError
from model.child import ROOT

PATIENCE = 60.0
"""Seconds until a new API must answer: its address takes a while to be known."""


def smoke(url: str, *, signed: bool) -> Iterator[str]:
    """What it answers, a line for each request.

    Args:
        url: of the API, without a path.
        signed: whether to sign requests with the credentials here.

    Raises:
        CloudError: it does not answer as it must.
    """
    yield _asked(url, "GET", "/health", None, signed=signed)
    if rows := _example():
        yield _asked(url, "POST", "/predict", json.dumps(rows).encode(), signed=signed)


def curl(command: str) -> str:
    """A command for the shell that asks for the example of the bundle here, out of the one for the model that came."""
    if not (rows := _example()):
        return command
    before, _, rest = command.partition(" -d '")
    return f"{before} -d {shlex.quote(json.dumps(rows[0]))}{rest.rpartition(chr(39))[2]}"


def _example() -> list[dict[str, object]]:
    try:
        example = bundle.read(ROOT / "build" / "bundle").example
    except BundleError:
        return []
    return example.rows if example else []


def _asked(url: str, method: str, path: str, body: bytes | None, *, signed: bool) -> str:
    end = time.monotonic() + PATIENCE
    while True:
        status, answer = _answer(url + path, method, body, signed=signed)
        if status == http.client.OK:
            return f"{method} {path}: {answer.decode(errors='replace').strip()[:200] or 'ready'}"
        if time.monotonic() > end:
            raise CloudError(f"{method} {url}{path} answers {status}: {answer.decode(errors='replace')[:500]}")
        time.sleep(2)


def _answer(url: str, method: str, body: bytes | None, *, signed: bool) -> tuple[int, bytes]:
    headers = {"content-type": "application/json"} if body else {}
    request = urllib.request.Request(url, body, headers | _signature(url, method, body, headers, signed), method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the stack's own address
            return answer.status, answer.read()
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
