"""What can go wrong, as one tree. A protocol maps each kind to a status and a body.

ThawError
├── BundleError              at start: the bundle cannot be served
├── SettingError             at start: an environment variable has no meaning
└── RequestError             an answer that is an error
    ├── UnknownEvent         no adapter reads this event
    ├── MalformedBody        the bytes are not what they claim to be
    ├── InvalidValue         a value does not fit the signature, or the model refused the row
    │   ├── MissingColumn    a column that the signature requires is not there
    │   └── InvalidParam     a param does not fit the signature
    ├── NotFound             no such path
    ├── MethodNotAllowed     the path exists for other methods
    ├── UnsupportedMedia     a content type nobody here reads
    ├── TooLarge             the body or the answer is over the platform's limit
    ├── DeadlineExceeded     no time is left
    ├── EndpointFailed       the endpoint that the model lives behind fails
    └── ModelFailed          the model raised, and it is not the caller's doing
"""


class ThawError(Exception):
    """Base of every error raised on purpose."""


class BundleError(ThawError):
    """The bundle is missing, altered, of another format, or gives another answer than it was proved with."""


class SettingError(ThawError):
    """A `THAW_*` environment variable is unknown or has a value that means nothing."""


class RequestError(ThawError):
    """An answer that is an error.

    Args:
        detail: one sentence for the caller: what was wrong, where, what to do.
        row: index of the row it is about, counted from 0, where the request is a list.
        column: name of the input column it is about.
    """

    def __init__(self, detail: str, *, row: int | None = None, column: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.row = row
        self.column = column


class UnknownEvent(RequestError):
    """No adapter reads this event."""


class MalformedBody(RequestError):
    """The bytes are not what they claim to be."""


class InvalidValue(RequestError):
    """A value does not fit the signature, or the model refused the row."""


class MissingColumn(InvalidValue):
    """A column that the signature requires is not there."""


class InvalidParam(InvalidValue):
    """A param does not fit the signature."""


class NotFound(RequestError):
    """No such path."""


class MethodNotAllowed(RequestError):
    """The path exists for other methods, named in `allow`."""

    def __init__(self, detail: str, allow: tuple[str, ...]) -> None:
        super().__init__(detail)
        self.allow = allow


class UnsupportedMedia(RequestError):
    """A content type nobody here reads."""


class TooLarge(RequestError):
    """The body or the answer is over the platform's limit."""


class DeadlineExceeded(RequestError):
    """No time is left to answer in."""


class EndpointFailed(RequestError):
    """The endpoint that the model lives behind fails, or cannot be reached."""


class ModelFailed(RequestError):
    """The model raised, and it is not the caller's doing."""


_LONGEST = 2_000


def legible(text: str) -> str:
    """Short enough to be read, and without lone surrogates: a path or a key can be long and hold any."""
    return text[:_LONGEST].encode("utf-8", "backslashreplace").decode()
