"""The same core as an HTTP service (ASGI): `uvicorn handler.web:app`.

ASGI 3.0, HTTP and lifespan: https://asgi.readthedocs.io/en/latest/specs/www.html
"""

import asyncio
import logging
import os
import re
import sys
import uuid
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from handler import core, settings, writable
from handler.errors import ThawError, TooLarge
from handler.message import Request, Response

MAX_BODY = 6_291_556
"""Bytes of a request's body: what Lambda takes."""

_STARTUP_FAILURE = 3  # the exit code on which uvicorn does not start another worker
_SMALL = 32_768
"""Bytes of a body up to which a compiled model answers at once: handing it to a thread would take longer."""

_REQUEST_ID = re.compile(r"[\w.:-]{1,128}", re.ASCII)

logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
writable.use_tmp(os.environ)
try:
    _core = core.load(settings.from_environment(os.environ))
except ThawError as error:
    print(f"{type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201 - what starts it reads it there
    sys.exit(_STARTUP_FAILURE)
_quick = _core.predictor.manifest.backend == "compiled"


async def app(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Answer one connection's scope: HTTP requests, and the server's start and stop."""
    if scope["type"] == "http":
        await _answer(scope, receive, send)
    elif scope["type"] == "lifespan":
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{message['type']}.complete"})
        await send({"type": "lifespan.shutdown.complete"})
    else:
        raise NotImplementedError(f"a {scope['type']} connection is not answered here")


async def _answer(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    headers = _headers(scope["headers"])
    given = headers.get("x-request-id", "")
    request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
    body = await _body(receive)
    if body is None:
        return
    if len(body) > MAX_BODY:
        response = _core.refuse(
            TooLarge(f"the body is over {MAX_BODY} bytes; send fewer rows"), request_id, scope["path"]
        )
    else:
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        request = Request(scope["method"], scope["path"], headers, query, body, request_id)
        # A long prediction would hold up every other connection; a health check in a thread would wait for predictions.
        small = len(body) <= _SMALL and "content-encoding" not in headers
        if request.method == "POST" and not (_quick and small):
            response = await asyncio.to_thread(_core.answer, request)
        else:
            response = _core.answer(request)
    await _send(response, send)


async def _body(receive: Callable[[], Awaitable[Any]]) -> bytes | None:
    """The body, or a little more than is allowed of it; None if the caller has gone.

    All of it is read: an answer sent before that may never reach a caller who is still sending.
    """
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        if size <= MAX_BODY:
            chunks.append(chunk)
        size += len(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


async def _send(response: Response, send: Callable[[Any], Awaitable[None]]) -> None:
    headers = dict(response.headers)
    if response.status != HTTPStatus.NO_CONTENT:  # which has no length, not even zero (RFC 9110, section 8.6)
        headers["content-length"] = str(len(response.body))
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": encoded})
    await send({"type": "http.response.body", "body": response.body})


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for name, value in raw:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return {name: ", ".join(values) for name, values in found.items()}
