"""CORS headers, which let pages of other origins read responses: https://fetch.spec.whatwg.org/#http-cors-protocol"""

import msgspec

from handler.message import Request, Response

ANY = "*"

_EXPOSED = "x-request-id, x-model-version"
_DAY = "86400"  # seconds for which a browser may cache a preflight's response


def allow_origin(request: Request, response: Response, origins: tuple[str, ...]) -> Response:
    """Return the response with CORS headers if the request's origin is one of `origins`.

    The response to a preflight also lists what may be sent: the path's methods and the headers that were asked for.
    """
    origin = request.headers.get("origin", "")
    if ANY not in origins:
        varies = ", ".join(filter(None, [response.headers.get("vary"), "origin"]))
        response = _with_headers(response, {"vary": varies})
        if origin not in origins:
            return response
    headers = {
        "access-control-allow-origin": ANY if ANY in origins else origin,
        "access-control-expose-headers": _EXPOSED,
    }
    if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
        headers["access-control-allow-methods"] = response.headers.get("allow", "")
        headers["access-control-allow-headers"] = request.headers.get("access-control-request-headers", "")
        headers["access-control-max-age"] = _DAY
    return _with_headers(response, headers)


def _with_headers(response: Response, headers: dict[str, str]) -> Response:
    return msgspec.structs.replace(response, headers=response.headers | headers)
