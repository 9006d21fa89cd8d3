"""Dialects of HTTP that are answered: one file each, ending in its routes."""

from collections.abc import Callable

import msgspec

from handler.errors import RequestError
from handler.message import Response


class Route(msgspec.Struct, frozen=True):
    """A row of a protocol's table.

    Attributes:
        method: upper-case HTTP method.
        path: the path; a segment in braces matches any, and is passed to `answer` by its name.
        answer: called with the request, the predictor and the path's parameters; gives a Response.
        problem: turns an error into the protocol's own answer.
    """

    method: str
    path: str
    answer: Callable[..., Response]
    problem: Callable[[RequestError], Response]
