"""The API's documentation: `openapi.json` for programs, a page for people. Files are read on request."""

from pathlib import Path

from handler import bundle
from handler.errors import NotFound
from handler.message import Request, Response
from handler.protocols import Resources, Route
from handler.response.problem import problem

_HANDLER = Path(__file__).resolve().parent.parent

PAGES = (_HANDLER / "pages", _HANDLER.parent / "viewer", _HANDLER.parent / "build" / "viewer")
"""Our own page, and the API viewer: the build puts it beside the handler, or into the repository."""

FILES = {
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


def page(_request: Request, _resources: Resources) -> Response:
    """`GET /docs`: the page. Its links are relative, since a stage may precede the path."""
    return Response(200, {"content-type": "text/html; charset=utf-8", **_POLICY}, (PAGES[0] / "docs.html").read_bytes())


def part(request: Request, _resources: Resources, file: str) -> Response:
    """`GET /docs/{file}`: a file of the page; the viewer's files are stored compressed.

    Raises:
        NotFound: the page has no such file.
    """
    import gzip

    from handler.response import compression

    for folder in PAGES if file in FILES else ():
        plain, compressed = folder / file, folder / f"{file}.gz"
        headers = {"content-type": FILES[file], **_POLICY, **_HOUR}
        if plain.is_file():
            return Response(200, headers, plain.read_bytes())
        if compressed.is_file() and compression.accepts_gzip(request):
            return Response(200, headers | {"content-encoding": "gzip"}, compressed.read_bytes())
        if compressed.is_file():
            return Response(200, headers, gzip.decompress(compressed.read_bytes()))
    raise NotFound(f"{file[:100]!r} not found; the page is at GET /docs")


ROUTES = (
    Route("GET", f"/{DESCRIPTION}", openapi, problem),
    Route("GET", "/docs", page, problem),
    Route("GET", "/docs/{file}", part, problem),
)
