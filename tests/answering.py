"""A small HTTP server that stands for a remote service."""

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Received(NamedTuple):
    """A request that the server received; header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


class Answer(NamedTuple):
    """The response to send."""

    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@contextmanager
def answering(answer: Callable[[Received], Answer]) -> Iterator[tuple[str, list[Received]]]:
    """Serve; yield the server's address and the list of requests that it has received."""
    received: list[Received] = []

    class Service(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            received.append(Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            given = answer(received[-1])
            self.send_response(given.status)
            for name, value in given.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(given.body)

        do_GET = do_POST = answer  # noqa: N815 - BaseHTTPRequestHandler's names

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", received
        finally:
            server.shutdown()
            thread.join()
