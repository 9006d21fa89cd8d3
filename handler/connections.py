"""Connections to one host, kept open from request to request; safe for threads."""

import http.client
import ssl
from typing import NamedTuple
from urllib.parse import urlsplit

LARGEST = 64 * 1024 * 1024
"""Bytes that an answer may have."""

_KEPT = 32


class Answer(NamedTuple):
    """What a host answered; names of headers in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connections:
    """The connections.

    Args:
        url: http:// or https://; its path is kept as `path`, with its query.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host = parts.netloc.rpartition("@")[2]
        self.path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._secure = parts.scheme == "https"
        self._context = ssl.create_default_context() if self._secure else None
        self._idle: list[http.client.HTTPConnection] = []

    def close(self) -> None:
        """Close those that are idle."""
        while self._idle:
            self._idle.pop().close()

    __del__ = close

    def request(self, method: str, path: str, headers: dict[str, str], body: bytes, seconds: float) -> Answer:
        """Ask once. A connection that the host had closed in the meantime is made anew, so what is asked must bear it.

        Args:
            method: in upper case.
            path: with its query.
            headers: the host's and the length's are added.
            body: may be empty.
            seconds: to connect in, and between two parts of the answer.

        Raises:
            TimeoutError: it took longer.
            OSError: no connection, or it broke off; an answer that is no HTTP is a ConnectionError.
        """
        while self._idle:
            connection = self._idle.pop()
            try:
                return self._ask(connection, method, path, headers, body, seconds)
            except TimeoutError:
                raise
            except OSError:
                continue  # it was closed while it was idle
        return self._ask(self._new(seconds), method, path, headers, body, seconds)

    def _new(self, seconds: float) -> http.client.HTTPConnection:
        if self._secure:
            return http.client.HTTPSConnection(self.host, timeout=seconds, context=self._context)
        return http.client.HTTPConnection(self.host, timeout=seconds)

    def _ask(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        seconds: float,
    ) -> Answer:
        connection.timeout = seconds
        if connection.sock is not None:
            connection.sock.settimeout(seconds)
        try:
            connection.request(method, path, body or None, headers)
            response = connection.getresponse()
            content = response.read(LARGEST + 1)
            if len(content) > LARGEST:
                raise ConnectionError(f"the answer has more than {LARGEST} bytes")  # noqa: TRY301 - closed below
        except http.client.HTTPException as error:
            connection.close()
            raise ConnectionError(f"no HTTP: {type(error).__name__}") from None
        except BaseException:
            connection.close()
            raise
        if not response.will_close and len(self._idle) < _KEPT:
            self._idle.append(connection)
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)
