"""The simplest requests, for a smoke test of a new deployment."""

import re

from handler.errors import InvalidValue
from handler.message import Request, Response
from handler.protocols import Resources, Route
from handler.response.encoding import encode
from handler.response.problem import problem

_INTEGER = re.compile(r"[+-]?[0-9]{1,100}")


def hello(_request: Request, _resources: Resources) -> Response:
    """`GET /`."""
    return _json({"message": "Hello Model"})


def add(_request: Request, _resources: Resources, a: str, b: str) -> Response:
    """`GET /add/{a}/{b}`: the sum of two integers.

    Raises:
        InvalidValue: `a` or `b` is not an integer of at most 100 digits.
    """
    for name, value in (("a", a), ("b", b)):
        if not _INTEGER.fullmatch(value):
            raise InvalidValue(f"expected an integer of at most 100 digits, got {value[:100]!r}", column=name)
    return _json({"total": int(a) + int(b)})


def _json(value: dict[str, object]) -> Response:
    return Response(200, {"content-type": "application/json"}, encode(value))


ROUTES = (
    Route("GET", "/", hello, problem),
    Route("GET", "/add/{a}/{b}", add, problem),
)
