"""The API's documentation: `openapi.json` for programs, a page for people. Files are read on request."""

import os

from handler import bundle
from handler.errors import NotFound
from handler.files import read_bytes
from handler.message import Request, Response
from handler.protocols import Resources, Route
from handler.response.problem import problem

_HANDLER = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))

PAGES = tuple(os.path.join(_HANDLER, *names) for names in (["pages"], ["..", "viewer"], ["..", "build", "viewer"]))
"""Our own page, and the API viewer: the build puts it beside the handler, or into the repository."""

FILES = {
    "chart.js": "text/javascript; charset=utf-8",
    "docs.css": "text/css; charset=utf-8",
    "docs.js": "text/javascript; charset=utf-8",
    "fields.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
}
"""The page's files and their content types."""

DESCRIPTION = "openapi.json"
"""The bundle's file with the API description."""

_POLICY = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_HOUR = {"cache-control": "public, max-age=3600", "vary": "accept-encoding"}


def openapi(_request: Request, resources: Resources) -> Response:
    """`GET /openapi.json`: the API description in the bundle.

    Raises:
        NotFound: the bundle has no API description.
        BundleError: the file is not the one that the build wrote.
    """
    body = bundle.read_file(resources.predictor.folder, resources.predictor.manifest, DESCRIPTION)
    if body is None:
        raise NotFound("openapi.json not found: the bundle has none; build it again")
    return Response(200, {"content-type": "application/json"}, body)


def page(request: Request, _resources: Resources) -> Response:
    """`GET /docs`: the page. Its links are relative, since a stage may precede the path; a slash would break them."""
    if request.path.endswith("/"):
        return Response(307, {"location": "../docs"}, b"")
    return Response(200, {"content-type": "text/html; charset=utf-8", **_POLICY}, read_bytes(PAGES[0], "docs.html"))


def part(request: Request, _resources: Resources, file: str) -> Response:
    """`GET /docs/{file}`: a file of the page; the viewer's files are stored compressed.

    Raises:
        NotFound: the page has no such file.
    """
    import gzip

    from handler.response import compression

    for folder in PAGES if file in FILES else ():
        plain, compressed = os.path.join(folder, file), os.path.join(folder, f"{file}.gz")
        headers = {"content-type": FILES[file], **_POLICY, **_HOUR}
        if os.path.isfile(plain):
            return Response(200, headers, read_bytes(plain))
        if os.path.isfile(compressed) and compression.accepts_gzip(request):
            return Response(200, headers | {"content-encoding": "gzip"}, read_bytes(compressed))
        if os.path.isfile(compressed):
            return Response(200, headers, gzip.decompress(read_bytes(compressed)))
    raise NotFound(f"{file[:100]!r} not found; the page is at GET /docs")


ROUTES = (
    Route("GET", f"/{DESCRIPTION}", openapi, problem),
    Route("GET", "/docs", page, problem),
    Route("GET", "/docs/{file}", part, problem),
)
