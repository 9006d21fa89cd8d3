"""What adapters and core share: a request and its answer, whatever carried them."""

from typing import Any

import msgspec


class Request(msgspec.Struct, frozen=True):
    """One question.

    Attributes:
        method: upper-case HTTP method.
        path: path without stage, mapping or query, still percent-encoded where its source has it so.
        headers: names in lower case; duplicates joined by `, `.
        query: every value of each parameter, decoded, in order.
        body: the bytes sent, base64 undone.
        id: what the platform calls this request.
        deadline: `time.monotonic()` in seconds after which nobody waits; None for no limit.
        value: what a batch holds that its source has decoded already, in the place of a body.
    """

    method: str
    path: str
    headers: dict[str, str]
    query: dict[str, list[str]]
    body: bytes
    id: str
    deadline: float | None = None
    value: Any = None


class Response(msgspec.Struct, frozen=True):
    """One answer; `rows` is the number of predictions in it, for the log."""

    status: int
    headers: dict[str, str]
    body: bytes
    rows: int = 0
