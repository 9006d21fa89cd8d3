"""The API described, for programs and for people: files that are read when they are asked for."""

from pathlib import Path

from handler import bundle
from handler.errors import NotFound
from handler.message import Request, Response
from handler.predictor import Predictor
from handler.problem import problem
from handler.protocols import Route

_HANDLER = Path(__file__).resolve().parent.parent

PAGES = (_HANDLER / "pages", _HANDLER.parent / "viewer", _HANDLER.parent / "build" / "viewer")
"""Our own page, and the viewer of APIs that the build puts beside the handler, or into the repository."""

FILES = {
    "docs.css": "text/css; charset=utf-8",
    "docs.js": "text/javascript; charset=utf-8",
    "fields.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
}
"""What the page is made of, and each file's type."""

DESCRIPTION = "openapi.json"
"""The bundle's file."""

_POLICY = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_HOUR = {"cache-control": "public, max-age=3600", "vary": "accept-encoding"}


def openapi(_request: Request, predictor: Predictor) -> Response:
    """`GET /openapi.json`: what the bundle was built with.

    Raises:
        NotFound: a bundle without a description.
        BundleError: the description is not the one that was built.
    """
    body = bundle.content(predictor.folder, predictor.manifest, DESCRIPTION)
    if body is None:
        raise NotFound("this bundle has no openapi.json; build it again")
    return Response(200, {"content-type": "application/json"}, body)


def page(_request: Request, _predictor: Predictor) -> Response:
    """`GET /docs`: the page, which names its parts relative to itself: a stage may stand before the path."""
    return Response(200, {"content-type": "text/html; charset=utf-8", **_POLICY}, (PAGES[0] / "docs.html").read_bytes())


def part(request: Request, _predictor: Predictor, file: str) -> Response:
    """`GET /docs/{file}`: what the page is made of; the viewer's files are packed.

    Raises:
        NotFound: there is no such file.
    """
    import gzip

    from handler import compression

    for folder in PAGES if file in FILES else ():
        plain, packed = folder / file, folder / f"{file}.gz"
        headers = {"content-type": FILES[file], **_POLICY, **_HOUR}
        if plain.is_file():
            return Response(200, headers, plain.read_bytes())
        if packed.is_file() and compression.accepted(request):
            return Response(200, headers | {"content-encoding": "gzip"}, packed.read_bytes())
        if packed.is_file():
            return Response(200, headers, gzip.decompress(packed.read_bytes()))
    raise NotFound(f"there is no {file[:100]!r} here")


ROUTES = (
    Route("GET", f"/{DESCRIPTION}", openapi, problem),
    Route("GET", "/docs", page, problem),
    Route("GET", "/docs/{file}", part, problem),
)
