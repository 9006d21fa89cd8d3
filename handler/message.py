"""Requests and responses, independent of the event or connection that carried them."""

from collections.abc import Generator
from typing import Any

import msgspec

from handler.errors import RequestError


class ModelTime(msgspec.Struct):
    """Seconds that the model has taken for one request so far; the predictor adds to it."""

    seconds: float = 0.0


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that HTTP requests and batches share.

    Attributes:
        id: the platform's request id.
        deadline: `time.monotonic()` in seconds at which the caller gives up; None for no limit.
        model_time: the time that the model takes for this invocation.
    """

    id: str
    deadline: float | None = None
    model_time: ModelTime = msgspec.field(default_factory=ModelTime)


class Request(Invocation, frozen=True):
    """An HTTP request.

    Attributes:
        method: HTTP method in upper case.
        path: path without stage, custom domain's mapping or query string; percent-encoded if its source encodes it.
        headers: values by lower-case name; repeated headers are joined by `, `.
        query: every decoded value of each query parameter, in order.
        body: the request body, base64 decoded.
    """

    method: str
    path: str
    headers: dict[str, str]
    query: dict[str, list[str]]
    body: bytes


class BatchRequest(Invocation, frozen=True):
    """Rows that an AWS service sends outside HTTP: a batch of a Distributed Map, or messages of a queue.

    Attributes:
        kind: a name in `handler.protocols.rows.SCORERS`.
        value: the batch, decoded, in the form that its scorer takes.
    """

    kind: str
    value: Any


class Response(msgspec.Struct, frozen=True):
    """A response.

    Attributes:
        status: HTTP status code.
        headers: values by lower-case name.
        body: the body's bytes.
        rows: number of predictions in the body.
        error: the error that the response reports; None if it succeeded.
        stream: parts of the body that follow as they are made, and `body` is empty; None if `body` is complete.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    rows: int = 0
    error: RequestError | None = None
    stream: Generator[bytes, None, None] | None = None
