"""An HTTP server of a few lines, for what asks services that are not here."""

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Asked(NamedTuple):
    """A request; header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


class Answer(NamedTuple):
    """What it gets."""

    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@contextmanager
def answering(answer: Callable[[Asked], Answer]) -> Iterator[tuple[str, list[Asked]]]:
    """The server's address, and what it has been asked."""
    asked: list[Asked] = []

    class Service(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            asked.append(Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            given = answer(asked[-1])
            self.send_response(given.status)
            for name, value in given.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(given.body)

        do_GET = do_POST = answer  # noqa: N815 - as the class has it

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()
