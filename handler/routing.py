"""From a method and a path to the route that answers. A slash at the end of a path makes no difference."""

from collections.abc import Callable

from handler.errors import MethodNotAllowed, NotFound, RequestError
from handler.message import Response
from handler.protocols import Route, documents, hello, mlflow, oip, predict
from handler.response.problem import problem

ROUTES: tuple[Route, ...] = (
    *predict.ROUTES,
    *mlflow.ROUTES,
    *oip.ROUTES,
    *hello.ROUTES,
    *documents.ROUTES,
)

Matches = list[tuple[Route, dict[str, str]]]
"""The routes of a path, each with its path parameters."""

_FIXED: dict[str, Matches] = {}
for _route in ROUTES:
    if "{" not in _route.path:
        _FIXED.setdefault(_route.path, []).append((_route, {}))

_PATTERNS = [(route, route.path.split("/")) for route in ROUTES if "{" in route.path]


def without_base(path: str, method: str, base: str) -> str:
    """Return a path without the base path in front of the routes; a path without it stays, as health checks send it.

    Args:
        path: the request's path.
        method: the request's method: a base path `/predict` does not hide `POST /predict`.
        base: the base path; empty for none.
    """
    if not base or not f"{path}/".startswith(f"{base}/"):
        return path
    rest = path[len(base) :] or "/"
    return path if _allows(path, method) and not _allows(rest, method) else rest


def _allows(path: str, method: str) -> bool:
    return any(method in _methods(route) for route, _ in match_routes(path))


def find_routes(path: str) -> Matches:
    """Return the routes of a path, all of one protocol, each with its path parameters.

    Raises:
        NotFound: the path has no route.
    """
    matches = match_routes(path)
    if not matches:
        place = "/v2/models/{name}/infer" if _is_of_oip(path) else "/predict"
        raise NotFound(f"{path[:200]} not found; predictions are at POST {place}")
    return matches


def choose_problem(path: str) -> Callable[[RequestError], Response]:
    """Return the function that writes errors for a path: its protocol's, which all that begins with `/v2/` has."""
    matches = match_routes(path)
    if matches:
        return matches[0][0].problem
    return oip.failure if _is_of_oip(path) else problem


def _is_of_oip(path: str) -> bool:
    return path.startswith("/v2/")


def choose_route(method: str, path: str, routes: Matches) -> tuple[Route, dict[str, str]]:
    """Return the route of a method among those of its path; OPTIONS lists the methods of the path.

    Raises:
        MethodNotAllowed: no route of the path has this method.
    """
    for route, parameters in routes:
        if method in _methods(route):
            return route, parameters
    allow = tuple(sorted({"OPTIONS", *(name for route, _ in routes for name in _methods(route))}))
    if method == "OPTIONS":
        return _options_route(allow), {}
    raise MethodNotAllowed(f"method {method[:20]} is not allowed for {path[:200]}; use {', '.join(allow)}", allow)


def _options_route(allow: tuple[str, ...]) -> Route:
    return Route("OPTIONS", "*", lambda *_: Response(204, {"allow": ", ".join(allow)}, b""), problem)


def _methods(route: Route) -> tuple[str, ...]:
    """A GET route also responds to HEAD; whoever sends the response leaves out its body."""
    return ("GET", "HEAD") if route.method == "GET" else (route.method,)


def match_routes(path: str) -> Matches:
    """Return the routes of a path, each with its path parameters; none if the path is unknown."""
    if path.endswith("/") and path[-2:] not in {"/", "//"}:
        path = path[:-1]
    if path in _FIXED:
        return _FIXED[path]
    given = path.split("/")
    return [(route, found) for route, segments in _PATTERNS if (found := _match(segments, given)) is not None]


def _match(segments: list[str], given: list[str]) -> dict[str, str] | None:
    """Return the path parameters; None if the path does not match the route's segments."""
    if len(segments) != len(given):
        return None
    parameters = {}
    for segment, text in zip(segments, given, strict=True):
        if segment.startswith("{"):
            parameters[segment[1:-1]] = text
        elif segment != text:
            return None
    return parameters
