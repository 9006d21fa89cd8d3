"""The error tree: every request error has a response in every protocol, new subclasses included."""

import json
from collections.abc import Callable, Iterator

import pytest

from handler.errors import InvalidValue, MethodNotAllowed, RequestError
from handler.message import Response
from handler.routing import ROUTES


def descendants(kind: type[RequestError]) -> Iterator[type[RequestError]]:
    """Yield a class and all its subclasses."""
    yield kind
    for child in kind.__subclasses__():
        yield from descendants(child)


class _Subclass(InvalidValue):
    """An error class that no table has."""


def make(kind: type[RequestError]) -> RequestError:
    """Return an error of a class."""
    return kind("why", ("GET",)) if issubclass(kind, MethodNotAllowed) else kind("why")


def module_of(function: Callable[..., Response]) -> str:
    """Return the name of the module that defines a function."""
    return function.__module__


FORMATS = sorted({route.problem for route in ROUTES}, key=module_of)

each_format = pytest.mark.parametrize("problem", FORMATS, ids=module_of)


@each_format
@pytest.mark.parametrize("kind", sorted(set(descendants(RequestError)), key=str))
def test_every_error_has_a_response(problem: Callable[[RequestError], Response], kind: type[RequestError]) -> None:
    """Every class of the tree gets a status of an error and a body that says why."""
    response = problem(make(kind))
    assert 400 <= response.status < 600
    assert response.status in {404, 405} or "why" in response.body.decode()


@each_format
def test_a_subclass_has_its_ancestors_response(problem: Callable[[RequestError], Response]) -> None:
    """A class that no table has gets the status of its nearest ancestor."""
    expected, found = problem(InvalidValue("why")), problem(_Subclass("why"))
    assert (expected.status, json.loads(expected.body)) == (found.status, json.loads(found.body))
