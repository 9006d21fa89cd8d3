"""Every error that is raised on purpose, as one tree. A protocol maps each request error to a status and a body.

ThawError
├── BundleError              at start: the bundle cannot be served
├── SettingError             at start: an environment variable is unknown or has an invalid value
├── BatchFailed              a whole batch failed: the function fails, so that the batch's source retries it
└── RequestError             the response is an error
    ├── UnknownEvent         no adapter accepts this event
    ├── MalformedBody        the body cannot be decoded
    ├── InvalidValue         a value does not match the signature, or the model rejects the row
    │   ├── MissingColumn    a required column is missing
    │   └── InvalidParam     a param does not match the signature
    ├── NotFound             no such path
    ├── MethodNotAllowed     the path exists, but not for this method
    ├── UnsupportedMedia     the content type is not supported
    ├── TooLarge             the request or the response exceeds a size limit
    ├── DeadlineExceeded     no time is left
    ├── EndpointFailed       the remote model's endpoint fails
    └── ModelFailed          the model raised, through no fault of the caller
"""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


class ThawError(Exception):
    """Base class of every error that is raised on purpose."""


class BundleError(ThawError):
    """The bundle is missing, altered, of another format, or does not reproduce the output it was proved with."""


class SettingError(ThawError):
    """A `THAW_*` environment variable is unknown or has an invalid value."""


class BatchFailed(ThawError):
    """A whole batch failed; the Lambda invocation fails with this error, so that the batch's source retries it."""


class RequestError(ThawError):
    """The response is an error.

    Args:
        detail: one sentence for the caller: what is wrong, where, and what to do.
        row: index of the row, counted from 0, if the request is a list.
        column: name of the input column.
    """

    def __init__(self, detail: str, *, row: int | None = None, column: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.row = row
        self.column = column


class UnknownEvent(RequestError):
    """No adapter accepts this event."""


class MalformedBody(RequestError):
    """The body cannot be decoded."""


class InvalidValue(RequestError):
    """A value does not match the signature, or the model rejects the row."""


class MissingColumn(InvalidValue):
    """A required column is missing."""


class InvalidParam(InvalidValue):
    """A param does not match the signature."""


class NotFound(RequestError):
    """No such path."""


class MethodNotAllowed(RequestError):
    """The path exists, but only for the methods in `allow`."""

    def __init__(self, detail: str, allow: tuple[str, ...]) -> None:
        super().__init__(detail)
        self.allow = allow


class UnsupportedMedia(RequestError):
    """The content type is not supported."""


class TooLarge(RequestError):
    """The request or the response exceeds a size limit."""


class DeadlineExceeded(RequestError):
    """No time is left to respond."""


class EndpointFailed(RequestError):
    """The remote model's endpoint fails, or cannot be reached."""


class ModelFailed(RequestError):
    """The model raised, through no fault of the caller."""


def lookup(table: Mapping[type[RequestError], T], error: RequestError) -> T:
    """Return the entry of an error's class or, if it has none, of its nearest ancestor.

    Args:
        table: entries by class; it has one for `RequestError`.
        error: the error to look up.
    """
    return next(table[kind] for kind in type(error).__mro__ if kind in table)


_MAX_LENGTH = 2_000


def legible(text: str) -> str:
    """Return a text cut to 2,000 characters, lone surrogates escaped: paths and keys may be long and hold anything."""
    return text[:_MAX_LENGTH].encode("utf-8", "backslashreplace").decode()
