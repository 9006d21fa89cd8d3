"""HTTP connections to one host, reused between requests; thread-safe."""

import http.client
import ssl
from typing import NamedTuple
from urllib.parse import urlsplit
from weakref import WeakSet

LARGEST = 64 * 1024 * 1024
"""Maximum size of a response body in bytes."""

_KEPT = 32  # idle connections

_pools: "WeakSet[Connections]" = WeakSet()


class HttpResponse(NamedTuple):
    """A host's response; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connections:
    """A pool of connections to one host.

    Args:
        url: http:// or https:// URL; its path with query is available as `path`.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host = parts.netloc.rpartition("@")[2]
        self.path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._secure = parts.scheme == "https"
        self._context = ssl.create_default_context() if self._secure else None
        self._idle: list[http.client.HTTPConnection] = []
        _pools.add(self)

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()

    __del__ = close

    def request(self, method: str, path: str, headers: dict[str, str], body: bytes, seconds: float) -> HttpResponse:
        """Send one request and return its response.

        If the host closed an idle connection, reconnects and resends, so requests must be idempotent.

        Args:
            method: in upper case.
            path: path with query.
            headers: `host` and `content-length` are added.
            body: may be empty.
            seconds: timeout to connect, and between two reads of the response.

        Raises:
            TimeoutError: a timeout expired.
            OSError: the connection failed; a response that is not valid HTTP is a ConnectionError.
        """
        while self._idle:
            connection = self._idle.pop()
            try:
                return self._send(connection, method, path, headers, body, seconds)
            except TimeoutError:
                raise
            except OSError:
                continue  # the host closed it while it was idle
        return self._send(self._connect(seconds), method, path, headers, body, seconds)

    def _connect(self, seconds: float) -> http.client.HTTPConnection:
        if self._secure:
            return http.client.HTTPSConnection(self.host, timeout=seconds, context=self._context)
        return http.client.HTTPConnection(self.host, timeout=seconds)

    def _send(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        seconds: float,
    ) -> HttpResponse:
        connection.timeout = seconds
        if connection.sock is not None:
            connection.sock.settimeout(seconds)
        try:
            connection.request(method, path, body or None, headers)
            response = connection.getresponse()
            content = response.read(LARGEST + 1)
            if len(content) > LARGEST:
                raise ConnectionError(f"the response is larger than {LARGEST} bytes")  # noqa: TRY301 - closed below
        except http.client.HTTPException as error:
            connection.close()
            raise ConnectionError(f"not a valid HTTP response: {type(error).__name__}") from None
        except BaseException:
            connection.close()
            raise
        if not response.will_close and len(self._idle) < _KEPT:
            self._idle.append(connection)
        return HttpResponse(response.status, {name.lower(): value for name, value in response.getheaders()}, content)


def close_all() -> None:
    """Close the idle connections to every host."""
    for pool in list(_pools):
        pool.close()
