"""uvicorn's HTTP protocol with limits for slow and silent clients; imported by `handler.server`.

uvicorn has a timeout for idle connections and a limit of concurrent ones, but no limit of the size of a header or of
the time that a client takes to send one. A connection whose request is not complete waits for its client. At most
MAX_WAITING of them stay open in a worker: another one closes the oldest, so that a health check always gets through.
"""

import asyncio
import time
from typing import Any, ClassVar

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from handler.limits.joined_writes import JoinedWrites
from handler.limits.upgrades import read_in_http_1

MAX_HEADER = 65_536
"""Maximum bytes of a request beside its body: request line, headers, chunk sizes and trailers."""

HEADER_SECONDS = 10
"""Maximum time to send a request's header."""

WRITE_SECONDS = 30
"""Maximum time in which a client reads nothing while a response waits for it."""

MAX_WAITING = 500
"""Maximum connections of a worker that wait for their client."""

TURN = 1e-9
"""Seconds for which a worker with an idle connection sleeps after it accepts another one: the shortest sleep, in which
another worker takes the next connection. Otherwise one worker may take all those that are opened at the same time."""

LINGER = 1
"""Seconds for which an idle connection stays open when the service stops: a request may be on its way."""

_CHUNKING = 8  # bytes of chunk sizes for a byte of the body, if a client sends single bytes
_INVALID = "Invalid HTTP request received."
_TOO_LARGE = "Request header too large."


class LimitedProtocol(HttpToolsProtocol):  # type: ignore[misc]
    """A connection; uvicorn makes one for each client."""

    _waiting: ClassVar[dict["LimitedProtocol", None]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_header = True
        self._received = self._body = 0
        self._timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None
        self._is_stopping = False

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Wait for a request, for HEADER_SECONDS at most."""
        super().connection_made(JoinedWrites(transport, self.loop))
        if self._waiting:
            time.sleep(TURN)
        self._wait()
        self._timer = self.loop.call_later(HEADER_SECONDS, self.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._waiting.pop(self, None)
        self._stop_timer()
        self._stop_write_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse a part of a request, unless its header is too large."""
        self._received += len(data)
        self._parse(data)
        if self._in_header and self._received and self._timer is None:
            self._timer = self.loop.call_later(HEADER_SECONDS, self.close)
        if self._received - self._body > MAX_HEADER + _CHUNKING * self._body and not self.transport.is_closing():
            self._refuse()

    def _parse(self, data: bytes) -> None:
        """Do what uvicorn's `data_received` does, which loses the body of a request that offers another protocol."""
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            read_in_http_1(self)
            self._parse(data[offer.args[0] :])
        except httptools.HttpParserError:
            self.logger.warning(_INVALID)
            self.send_400_response(_INVALID)

    def on_headers_complete(self) -> None:
        """Start the request, unless its header is too large."""
        self._in_header = False
        self._stop_timer()
        if sum(len(name) + len(value) for name, value in self.headers) + len(self.url) > MAX_HEADER:
            raise ValueError(_TOO_LARGE)
        super().on_headers_complete()
        if self._is_stopping:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Count the body."""
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Expect the next request, unless the parser has stopped before the body of this one."""
        if self.parser.should_upgrade():
            return
        self._waiting.pop(self, None)
        self._in_header = True
        self._received = self._body = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():  # no pipelined request is in flight
            self._wait()

    def send_400_response(self, msg: str) -> None:
        """Say that a request is not valid HTTP, or that its header is too large."""
        if self.headers is not None and sum(len(name) + len(value) for name, value in self.headers) > MAX_HEADER:
            self._refuse()
        else:
            super().send_400_response(msg)

    def shutdown(self) -> None:
        """Close the connection after the next response; an idle one after LINGER seconds if no request comes."""
        if self.cycle is None or self.cycle.response_complete:
            self._is_stopping = True
            self.loop.call_later(LINGER, super().shutdown)
        else:
            super().shutdown()

    def pause_writing(self) -> None:
        """Close the connection if the client reads nothing for WRITE_SECONDS."""
        super().pause_writing()
        self._write_timer = self.loop.call_later(WRITE_SECONDS, self.close)

    def resume_writing(self) -> None:
        """Go on: the client reads."""
        super().resume_writing()
        self._stop_write_timer()

    def _wait(self) -> None:
        self._waiting[self] = None
        if len(self._waiting) > MAX_WAITING:
            next(iter(self._waiting)).close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stop_write_timer(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def close(self) -> None:
        """Close the connection without waiting for the client."""
        self._waiting.pop(self, None)
        self.transport.abort()

    def _refuse(self) -> None:
        body = _TOO_LARGE.encode()
        head = b"content-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
        self.transport.write(STATUS_LINE[431] + head + body)
        self.transport.close()
