"""Answers that pages of other origins may read: https://fetch.spec.whatwg.org/#http-cors-protocol"""

import msgspec

from handler.message import Request, Response

ANY = "*"

_READABLE = "x-request-id, x-model-version"
_DAY = "86400"  # seconds that a browser may remember an answer for


def allowed(request: Request, response: Response, origins: tuple[str, ...]) -> Response:
    """The response, readable by the page that asks if its origin is one of `origins`.

    A preflight's answer also says what may be sent: the methods that the path answers, and the headers asked for.
    """
    origin = request.headers.get("origin", "")
    if ANY not in origins:
        varies = ", ".join(filter(None, [response.headers.get("vary"), "origin"]))
        response = _with(response, {"vary": varies})
        if origin not in origins:
            return response
    granted = {
        "access-control-allow-origin": ANY if ANY in origins else origin,
        "access-control-expose-headers": _READABLE,
    }
    if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
        granted["access-control-allow-methods"] = response.headers.get("allow", "")
        granted["access-control-allow-headers"] = request.headers.get("access-control-request-headers", "")
        granted["access-control-max-age"] = _DAY
    return _with(response, granted)


def _with(response: Response, headers: dict[str, str]) -> Response:
    return msgspec.structs.replace(response, headers=response.headers | headers)
