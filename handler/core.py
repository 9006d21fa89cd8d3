"""A request to its answer: find the route, answer, and turn every error into the route's own."""

import gc
import time
from collections.abc import Callable
from typing import Any

from handler import bundle, log
from handler.errors import MethodNotAllowed, ModelFailed, NotFound, RequestError, TooLarge
from handler.message import Request, Response
from handler.predictor import SPENT, Predictor
from handler.problem import problem
from handler.protocols import Route, documents, hello, mlflow, oip, predict, rows
from handler.settings import Settings

ROUTES: tuple[Route, ...] = (
    *predict.ROUTES,
    *mlflow.ROUTES,
    *oip.ROUTES,
    *hello.ROUTES,
    *documents.ROUTES,
    *rows.ROUTES,
)


class Core:
    """Answers requests with one predictor, which it loads.

    Raises:
        BundleError: as `Predictor` does.
    """

    def __init__(self, settings: Settings) -> None:
        started = time.perf_counter()
        self._settings = settings
        self._log_input = settings.log_input
        self._origins = settings.cors_origins
        self._cold = True
        self.predictor = Predictor(bundle.located(settings.bundle), log_input=settings.log_input)
        self._version = self.predictor.manifest.model.version
        self._init_ms = _ms(started)

    def answer(self, request: Request, fits: Callable[[Response], bool] = lambda _: True) -> Response:
        """Answer one request; whatever goes wrong is an answer too.

        Args:
            request: the question.
            fits: whether the platform would take an answer of this size.
        """
        started = time.perf_counter()
        SPENT.set(0.0)
        kind = ""
        fail: Callable[[RequestError], Response] = problem
        name = "none"
        try:
            routes = at(request.path)
            fail = routes[0][0].problem
            route, parameters = choose(request.method, request.path, routes)
            name = f"{route.method} {route.path}"
            if "content-encoding" in request.headers:
                from handler import compression

                request = compression.unpacked(request)
            response = self._sent(route.answer(request, self.predictor, **parameters), request)
            if not fits(response):
                raise TooLarge(  # noqa: TRY301 - an answer that is too large is answered as any error
                    f"the answer of {len(response.body)} bytes is over the platform's limit; ask for fewer rows"
                )
        except RequestError as error:
            kind = type(error).__name__
            response = self._sent(fail(error), request)
        except Exception as error:  # noqa: BLE001 - the last line of defence
            log.failure(error, quote=self._log_input)
            kind = type(error).__name__
            hidden = ModelFailed("the service failed; the log has the details")
            response = self._sent(fail(hidden), request)
        self._log(request, name, response, started, kind)
        return response

    def _sent(self, response: Response, request: Request) -> Response:
        """A response as it leaves: signed, and packed and marked for other origins where that is asked for."""
        response = self._signed(response, request.id)
        if "accept-encoding" in request.headers:
            from handler import compression

            response = compression.packed(request, response)
        if self._origins:
            from handler import cors

            response = cors.allowed(request, response, self._origins)
        return response

    def refuse(self, error: RequestError, request_id: str, path: str = "") -> Response:
        """Answer what could not be read as a request at all, in the form of its path's protocol where it has one."""
        found = _found(path)
        response = self._signed((found[0][0].problem if found else problem)(error), request_id)
        SPENT.set(0.0)
        asked = Request("", path, {}, {}, b"", request_id)
        self._log(asked, "none", response, time.perf_counter(), type(error).__name__)
        return response

    def _signed(self, response: Response, request_id: str) -> Response:
        headers = {**response.headers, "x-request-id": request_id, "x-model-version": self._version}
        return Response(response.status, headers, response.body, response.rows)

    def _log(self, request: Request, route: str, response: Response, started: float, kind: str) -> None:
        cold, self._cold = self._cold, False
        metrics: dict[str, Any] = {}
        if self._settings.metrics:
            from handler.metrics import embedded

            figures = {"PredictMs": round(SPENT.get() * 1000, 3), "Rows": response.rows} if response.rows else {}
            figures |= {"ColdStart": 1, "InitMs": self._init_ms} if cold else {}
            figures |= {"Errors": 1} if kind else {}
            if figures:
                metrics = embedded(self._settings.metrics, self.predictor.manifest.model.name, figures, kind)
        log.request(
            metrics,
            request_id=request.id,
            route=route,
            status=response.status,
            rows=response.rows,
            ms=_ms(started),
            cold=cold,
            model_version=self._version,
            **({"error": kind} if kind else {}),
            **({"input": repr(request.body[:4096])} if self._log_input else {}),
        )
        if self._settings.capture and response.rows:
            from random import random

            if random() < self._settings.capture:  # noqa: S311 - a sample
                log.capture(request.id, self._version, request.body, response.body)


def _ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)


def load(settings: Settings) -> Core:
    """A core, loaded without garbage collection: nothing is garbage yet, and looking for it takes a tenth of the time.

    What is loaded stays, so it is not looked at later either.

    Raises:
        BundleError: as `Predictor` does.
    """
    gc.disable()
    try:
        return Core(settings)
    finally:
        gc.freeze()
        gc.enable()


def at(path: str) -> list[tuple[Route, dict[str, str]]]:
    """The routes of a path, of one protocol, each with the path's parameters.

    Raises:
        NotFound: there is none.
    """
    found = _found(path)
    if not found:
        raise NotFound(f"there is no {path[:200]}; predictions are at POST /predict")
    return found


def _found(path: str) -> list[tuple[Route, dict[str, str]]]:
    segments = path.split("/")
    return [(route, parameters) for route in ROUTES if (parameters := _match(route.path, segments)) is not None]


def choose(method: str, path: str, routes: list[tuple[Route, dict[str, str]]]) -> tuple[Route, dict[str, str]]:
    """The route of a method among those of its path. OPTIONS asks which there are.

    Raises:
        MethodNotAllowed: there is none.
    """
    for route, parameters in routes:
        if method in _methods(route):
            return route, parameters
    allow = tuple(sorted({"OPTIONS", *(name for route, _ in routes for name in _methods(route))}))
    if method == "OPTIONS":
        return _options(allow), {}
    raise MethodNotAllowed(f"{path[:200]} answers {', '.join(allow)}, not {method[:20]}", allow)


def _options(allow: tuple[str, ...]) -> Route:
    return Route("OPTIONS", "*", lambda *_: Response(204, {"allow": ", ".join(allow)}, b""), problem)


def _methods(route: Route) -> tuple[str, ...]:
    """HEAD asks as GET does; whoever carries the answer leaves out its body."""
    return ("GET", "HEAD") if route.method == "GET" else (route.method,)


def _match(template: str, segments: list[str]) -> dict[str, str] | None:
    parts = template.split("/")
    if len(parts) != len(segments):
        return None
    found = {}
    for part, segment in zip(parts, segments, strict=True):
        if part.startswith("{"):
            found[part[1:-1]] = segment
        elif part != segment:
            return None
    return found
