"""The API described, for programs and for people: files that are read when they are asked for."""

from handler.errors import NotFound
from handler.message import Request, Response
from handler.predictor import Predictor
from handler.problem import problem
from handler.protocols import Route


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


ROUTES = (Route("GET", "/openapi.json", openapi, problem),)
