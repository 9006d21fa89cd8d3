"""Requests that offer to change to another protocol are answered in HTTP/1.1, as RFC 9110, section 7.8, allows.

Java's `HttpClient` offers HTTP/2 with each request. llhttp stops at the header of such a request, before its body; so
a second parser is told the header without the offer, and reads the body and all requests after it.
"""

from collections.abc import Callable
from typing import Any

import httptools

_OFFER = frozenset([b"upgrade", b"http2-settings", b"connection"])


def read_in_http_1(protocol: Any) -> None:
    """Give a protocol a parser that expects the body of the request whose header it has, and then further requests.

    Args:
        protocol: uvicorn's protocol, with the callbacks of its parser, and the header's method and fields.
    """
    stopped, callbacks = protocol.parser, _Callbacks(protocol)
    fields = [(name, value) for name, value in protocol.headers if name not in _OFFER]
    if not stopped.should_keep_alive():
        fields.append((b"connection", b"close"))
    lines = [stopped.get_method() + b" / HTTP/1.1", *(b"%b: %b" % field for field in fields), b"", b""]
    protocol.parser = httptools.HttpRequestParser(callbacks)
    protocol.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
    protocol.parser.feed_data(b"\r\n".join(lines))
    callbacks.known = False


class _Callbacks:
    """A protocol's callbacks; those of a header that the protocol knows do nothing."""

    def __init__(self, protocol: Any) -> None:
        self.known = True
        self.on_body, self.on_message_complete = protocol.on_body, protocol.on_message_complete
        self.on_message_begin = self._unless_known(protocol.on_message_begin)
        self.on_url, self.on_header = self._unless_known(protocol.on_url), self._unless_known(protocol.on_header)
        self.on_headers_complete = self._unless_known(protocol.on_headers_complete)

    def _unless_known(self, callback: Callable[..., None]) -> Callable[..., None]:
        def call(*given: bytes) -> None:
            if not self.known:
                callback(*given)

        return call
