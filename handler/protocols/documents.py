"""The API described, for programs and for people: files that are read when they are asked for."""

from pathlib import Path

from handler.errors import NotFound
from handler.message import Request, Response
from handler.predictor import Predictor
from handler.problem import problem
from handler.protocols import Route

_HANDLER = Path(__file__).resolve().parent.parent

PAGES = (_HANDLER / "pages", _HANDLER.parent / "viewer", _HANDLER.parent / "build" / "viewer")
"""Our own page, and the viewer of APIs that the build puts beside the handler, or into the repository."""

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}

_POLICY = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_HOUR = {"cache-control": "public, max-age=3600"}


def openapi(_request: Request, predictor: Predictor) -> Response:
    """`GET /openapi.json`: what the bundle was built with.

    Raises:
        NotFound: a bundle without a description.
    """
    try:
        body = (predictor.folder / "openapi.json").read_bytes()
    except OSError:
        raise NotFound("this bundle has no openapi.json; build it again") from None
    return Response(200, {"content-type": "application/json"}, body)


def page(_request: Request, _predictor: Predictor) -> Response:
    """`GET /docs`: the page, which names its parts relative to itself: a stage may stand before the path."""
    return Response(200, {"content-type": TYPES[".html"], **_POLICY}, (PAGES[0] / "docs.html").read_bytes())


def part(request: Request, _predictor: Predictor, name: str) -> Response:
    """`GET /docs/{name}`: what the page is made of; the viewer's files are packed.

    Raises:
        NotFound: there is no such file, or it is of another kind.
    """
    kind = TYPES.get(Path(name).suffix)
    for folder in PAGES if kind and Path(name).name == name else ():
        plain, packed = folder / name, folder / f"{name}.gz"
        headers = {"content-type": kind or "", **_POLICY, **_HOUR}
        if plain.is_file():
            return Response(200, headers, plain.read_bytes())
        if packed.is_file() and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(200, headers | {"content-encoding": "gzip"}, packed.read_bytes())
        if packed.is_file():
            import gzip

            return Response(200, headers, gzip.decompress(packed.read_bytes()))
    raise NotFound(f"there is no {name[:100]!r} here")


ROUTES = (
    Route("GET", "/openapi.json", openapi, problem),
    Route("GET", "/docs", page, problem),
    Route("GET", "/docs/{name}", part, problem),
)
