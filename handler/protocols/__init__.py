"""HTTP protocols: one module or package each, ending in its routes."""

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from handler.errors import RequestError
from handler.message import Response
from handler.predictor import Predictor
from handler.settings import Settings


class Resources(NamedTuple):
    """The loaded model and the settings, which every route gets besides the request."""

    predictor: Predictor
    settings: Settings


class Route(msgspec.Struct, frozen=True):
    """A row of a protocol's table of routes.

    Attributes:
        method: HTTP method in upper case.
        path: the path; a segment in braces matches any text, which `answer` gets as an argument of that name.
        answer: returns a Response; called with the request, the resources, and the path parameters.
        problem: returns the response to an error, in the protocol's own format.
    """

    method: str
    path: str
    answer: Callable[..., Response]
    problem: Callable[[RequestError], Response]
