"""Errors as `application/problem+json` (RFC 9457), with `row` and `column` if they are known."""

from typing import Any

from handler import errors
from handler.message import Response
from handler.response.encoding import encode

STATUS: dict[type[errors.RequestError], tuple[int, str]] = {
    errors.RequestError: (500, "Internal Server Error"),
    errors.UnknownEvent: (400, "Bad Request"),
    errors.MalformedBody: (400, "Bad Request"),
    errors.NotFound: (404, "Not Found"),
    errors.MethodNotAllowed: (405, "Method Not Allowed"),
    errors.TooLarge: (413, "Content Too Large"),
    errors.UnsupportedMedia: (415, "Unsupported Media Type"),
    errors.InvalidValue: (422, "Unprocessable Content"),
    errors.EndpointFailed: (502, "Bad Gateway"),
    errors.DeadlineExceeded: (504, "Gateway Timeout"),
}
"""Status and title by error class; a class without an entry has its ancestor's."""


def problem(error: errors.RequestError) -> Response:
    """Return the problem details of an error."""
    status, title = errors.lookup(STATUS, error)
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": errors.legible(error.detail),
    }
    if error.row is not None:
        body["row"] = error.row
    if error.column is not None:
        body["column"] = errors.legible(error.column)
    headers = {"content-type": "application/problem+json"}
    if isinstance(error, errors.MethodNotAllowed):
        headers["allow"] = ", ".join(error.allow)
    return Response(status, headers, encode(body))
