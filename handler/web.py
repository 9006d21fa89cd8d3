"""The core as an HTTP service: `uvicorn handler.web:app`.

ASGI 3.0, HTTP and lifespan: https://asgi.readthedocs.io/en/latest/specs/www.html
"""

import asyncio
import gc
import logging
import os
import re
import time
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import msgspec

from handler import core, settings
from handler.channel import Channel
from handler.core import Core
from handler.errors import DeadlineExceeded, ThawError, TooLarge
from handler.limits.deadlines import Deadlines
from handler.limits.reservations import Reservations
from handler.message import Request, Response
from handler.response.events import last_events
from handler.startup import temporary_home

MAX_BODY = 6_291_556
"""Maximum request body in bytes, equal to Lambda's."""

MAX_DECOMPRESSED = 8_388_608
"""Maximum decompressed body in bytes: decoding is one call of C code, for which health checks wait."""

_SMALL = 32_768
"""Bytes of a body that a compiled model scores on the event loop: a thread would take longer to start."""

_GRACE = 0.5
"""Seconds after the deadline in which a model that checks it responds itself."""

_GC_THRESHOLDS = (100_000, 50, 100)
"""Fewer garbage collections: decoding a body of many small lists takes three times as long with Python's own."""

_REQUEST_ID = re.compile(r"[\w.:-]{1,128}", re.ASCII)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class Service:
    """The ASGI application; it loads the bundle when the server starts it (lifespan)."""

    def __init__(self) -> None:
        self._core: Core | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI scope: an HTTP request, or the server's start and stop."""
        if scope["type"] == "http":
            await self._handle(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            raise NotImplementedError(f"{scope['type']} connections are not supported")

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            self._load()
        except ThawError as error:
            await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    def _load(self) -> None:
        gc.set_threshold(*_GC_THRESHOLDS)
        logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
        # No line has the caller's file, thread or process: https://docs.python.org/3/howto/logging.html#optimization
        logging._srcfile = None  # noqa: SLF001
        logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
        temporary_home.use_tmp(os.environ)
        loaded = settings.from_environment(os.environ)
        self._core = core.load(loaded)
        self._timeout = loaded.timeout
        self._deadlines = Deadlines(self._timeout + _GRACE)
        limits = self._core.limits
        self._core.limits = limits._replace(body=min(limits.body, MAX_DECOMPRESSED))
        self._max_body = min(limits.body, MAX_BODY)
        self._reservations = Reservations(limits.memory)
        self._runs_inline = self._core.predictor.manifest.backend == "compiled"

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._core is None:
            raise RuntimeError("the model is not loaded: run the server with ASGI's lifespan on")
        deadline = time.monotonic() + self._timeout
        headers = _headers(scope["headers"])
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else os.urandom(16).hex()
        query_string = scope["query_string"].decode("latin-1")
        query = parse_qs(query_string, keep_blank_values=True) if query_string else {}
        request = Request(scope["method"], scope["path"], headers, query, b"", id=request_id, deadline=deadline)
        channel, streaming = None, False
        try:
            with self._deadlines:
                body = await _body(receive)
                if body is None:
                    return
                request = msgspec.structs.replace(request, body=body)
                response = self._respond_at_once(self._core, request)
                if response is None:
                    channel = Channel()
                    response = await self._respond(self._core, request, channel)
                    if response.stream is not None:
                        streaming = True
                        await _send_stream(response, channel, receive, send)
                        return
        except TimeoutError:
            late = DeadlineExceeded(
                f"no response within {self._timeout:g} seconds; send fewer rows, or raise THAW_TIMEOUT"
            )
            if channel:
                channel.close()
            if streaming:
                await send({"type": "http.response.body", "body": last_events(late)})
                return
            response = self._core.refuse(late, request_id, request.path)
            response.headers["connection"] = "close"  # the rest of the body may still come
        await _send(response, send)

    def _respond_at_once(self, core: Core, request: Request) -> Response | None:
        """Return the response to a request that a thread would only delay; None for any other."""
        if len(request.body) > self._max_body:
            large = TooLarge(
                f"the body is over {self._max_body} bytes; send fewer rows, or give the service more memory"
            )
            return core.refuse(large, request.id, request.path)
        # A long prediction would hold up every other connection; a health check in a thread would wait for predictions.
        small = len(request.body) <= _SMALL and "content-encoding" not in request.headers
        return core.answer(request) if request.method != "POST" or (self._runs_inline and small) else None

    async def _respond(self, core: Core, request: Request, channel: Channel) -> Response:
        # A thread cannot be cancelled, so that it keeps its memory reserved after a timeout.
        task = asyncio.create_task(self._in_thread(core, request, channel))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.wait((task, channel.response), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()  # raises what the thread has raised
        return await channel.response

    async def _in_thread(self, core: Core, request: Request, channel: Channel) -> None:
        """Respond in a thread, which starts when there is memory for the request and keeps it until a stream ends."""
        size = len(request.body)
        if "content-encoding" in request.headers:
            from handler.response import compression

            size = await asyncio.to_thread(compression.decompressed_size, request.body, core.limits.body)
        async with self._reservations.reserve(core.limits.cost(size, core.predictor.width)):
            await asyncio.to_thread(channel.run, partial(core.answer, request, streams=True))


async def _body(receive: Receive) -> bytes | None:
    """Return the body, at most a little more than is allowed of it; None if the client has disconnected.

    Reads to the end: a client that is still sending may never see an earlier response.
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


async def _send_stream(response: Response, channel: Channel, receive: Receive, send: Send) -> None:
    """Send the parts of a stream as they come; a client that disconnects stops it."""

    async def listen() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        channel.close()

    listener = asyncio.create_task(listen())
    try:
        await send({"type": "http.response.start", "status": response.status, "headers": _encoded(response.headers)})
        while (part := await channel.next()) is not None:
            await send({"type": "http.response.body", "body": part, "more_body": True})
    finally:
        listener.cancel()
    await send({"type": "http.response.body", "body": b""})


async def _send(response: Response, send: Send) -> None:
    headers = dict(response.headers)
    if response.status != HTTPStatus.NO_CONTENT:  # which has no content-length (RFC 9110, section 8.6)
        headers["content-length"] = str(len(response.body))
    await send({"type": "http.response.start", "status": response.status, "headers": _encoded(headers)})
    await send({"type": "http.response.body", "body": response.body})


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for name, value in raw:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return {name: ", ".join(values) for name, values in found.items()}


app = Service()
