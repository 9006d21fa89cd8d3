"""gzip for request and response bodies: negotiated, and limited in size."""

import base64
import gzip
import json
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handler.core import Core
from handler.message import Request, Response
from handler.response.compression import LARGEST
from handler.settings import Settings

MANY = [{"text": f"The council met on day {number}."} for number in range(200)]


@pytest.fixture(scope="module")
def core(bundle: Path) -> Core:
    """Serve the repository's model."""
    return Core(Settings(bundle))


def ask(core: Core, body: bytes, **headers: str) -> Response:
    """Send `POST /predict`; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return core.answer(Request("POST", "/predict", named, {}, body, id="an-id"))


@pytest.mark.parametrize("accepted", ["gzip", "br, GZip;q=0.5", "*", "identity, gzip;q=1.0"])
def test_a_large_response_is_compressed_if_the_caller_accepts_gzip(core: Core, accepted: str) -> None:
    """The decompressed body is the body that other callers get."""
    body = json.dumps(MANY).encode()
    response = ask(core, body, accept_encoding=accepted)

    assert ("gzip", "accept-encoding") == (response.headers["content-encoding"], response.headers["vary"])
    assert ask(core, body).body == gzip.decompress(response.body)
    assert len(response.body) < len(ask(core, body).body) / 5


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q=0.000", "*;q=0", "*, gzip;q=0"])
def test_without_gzip_the_body_is_not_compressed(core: Core, accepted: str) -> None:
    """A caller that does not accept gzip, or gives it weight zero, gets an uncompressed body."""
    assert "content-encoding" not in ask(core, json.dumps(MANY).encode(), accept_encoding=accepted).headers


def test_a_small_response_is_not_compressed(core: Core) -> None:
    """A small body is not compressed, but `vary` says that it depends on `accept-encoding`."""
    response = ask(core, json.dumps(MANY[:2]).encode(), accept_encoding="gzip")

    assert ("accept-encoding", None) == (response.headers["vary"], response.headers.get("content-encoding"))


@pytest.mark.parametrize("name", ["gzip", "x-gzip", "GZIP"])
def test_a_compressed_request_is_decompressed(core: Core, name: str) -> None:
    """A compressed body gets the same response as the uncompressed one."""
    body = json.dumps(MANY).encode()

    assert ask(core, body).body == ask(core, gzip.compress(body), content_encoding=name).body


@pytest.mark.parametrize(
    ("body", "encoding", "status", "said"),
    [
        (b"[]", "gzip", 400, "the body is not valid gzip"),
        (gzip.compress(b"[]")[:-4], "gzip", 400, "truncated gzip"),
        (b"", "gzip", 400, "truncated gzip"),
        (b"[]", "br", 415, "the content encoding 'br' is not supported; send gzip, or none"),
    ],
)
def test_an_invalid_compressed_request_is_refused(
    core: Core, body: bytes, encoding: str, status: int, said: str
) -> None:
    """A body that cannot be decompressed is an error that says why."""
    response = ask(core, body, content_encoding=encoding)

    assert status == response.status
    assert said in json.loads(response.body)["detail"]


def test_a_bomb_costs_neither_time_nor_memory(core: Core) -> None:
    """A gigabyte of zeros in a megabyte of gzip is refused as soon as it exceeds the limit."""
    bomb = gzip.compress(bytes(2**30), compresslevel=1)
    tracemalloc.start()
    start = time.perf_counter()
    response = ask(core, bomb, content_encoding="gzip")
    seconds, (_, peak) = time.perf_counter() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert 413 == response.status
    assert peak < 3 * LARGEST
    assert seconds < 5


def test_api_gateway_gets_bytes_as_base64(
    bundle: Path, handler_of: Callable[..., Any], http_event: Callable[..., Any]
) -> None:
    """A compressed body is base64 with its flag set; a REST API, which would pass base64 on, gets text."""
    handler = handler_of(bundle)
    headers = {"content-type": "application/json", "accept-encoding": "gzip, deflate, br"}
    answer = handler(http_event(MANY, headers=headers), None)
    rest = {"httpMethod": "POST", "path": "/predict", "requestContext": {"apiId": "a"}, "body": json.dumps(MANY)}
    plain = handler({**rest, "headers": headers}, None)

    assert (True, "gzip") == (answer["isBase64Encoded"], answer["headers"]["content-encoding"])
    assert (False, None) == (plain["isBase64Encoded"], plain["headers"].get("content-encoding"))
    assert plain["body"] == gzip.decompress(base64.b64decode(answer["body"])).decode()
