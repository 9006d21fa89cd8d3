"""From a request to its response: find the route, call it, and turn every error into the route's own error format."""

import gc
import os
import time
from collections.abc import Callable, Generator
from contextlib import closing
from functools import partial
from typing import Any

import msgspec

from handler import log
from handler.errors import ModelFailed, RequestError, TooLarge
from handler.limits import memory
from handler.message import BatchRequest, Request, Response
from handler.predictor import Predictor
from handler.protocols import Resources, rows
from handler.response.problem import problem
from handler.routing import choose_problem, choose_route, find_routes, without_base
from handler.settings import Settings
from handler.startup import bundle_folder

Fits = Callable[[Response], bool]
"""Whether the platform accepts a response of this size."""


class Core:
    """Responds to requests with one model, which it loads.

    Raises:
        BundleError: as `Predictor` does.
    """

    def __init__(self, settings: Settings) -> None:
        started = time.perf_counter()
        self._settings = settings
        self._cold = True
        folder = bundle_folder.locate(settings.bundle)
        self.predictor = Predictor(folder, log_input=settings.log_input, token=settings.token)
        self.limits = memory.of_process(os.environ)
        self.predictor.schema.max_rows = self.limits.rows(self.predictor.width)
        self._resources = Resources(self.predictor, settings)
        manifest = self.predictor.manifest
        self._version = manifest.model.version
        if manifest.parity.get("state") == "unproved":
            log.unproved(manifest.model.name, self._version)
        self._allow_origin: Callable[[Request, Response], Response] | None = None
        if settings.cors_origins:
            from handler.response import cors

            self._allow_origin = partial(cors.allow_origin, origins=settings.cors_origins)
        self._metrics: Callable[[dict[str, float], str], dict[str, Any]] | None = None
        if settings.metrics:
            from handler.metrics import metric_fields

            self._metrics = partial(metric_fields, settings.metrics, manifest.model.name)
        self._init_ms = _milliseconds_since(started)

    @property
    def row(self) -> Any:
        """Type of the model's rows, as `Schema.row` is."""
        return self._resources.predictor.schema.row

    def answer(self, request: Request, fits: Fits = lambda _: True, *, streams: bool = False) -> Response:
        """Return the response to an HTTP request; every error becomes a response too.

        Args:
            request: the request.
            fits: whether the platform accepts a response of this size.
            streams: whether the caller sends a response's stream; otherwise it is collected into the body.
        """
        started = time.perf_counter()
        name, kind = "none", ""
        path = without_base(request.path, request.method, self._settings.base_path)
        try:
            route, parameters = choose_route(request.method, path, find_routes(path))
            name = f"{route.method} {route.path}"
            if "content-encoding" in request.headers:
                from handler.response import compression

                request = compression.decompress_body(request, self.limits.body)
            response = route.answer(request, self._resources, **parameters)
            if response.stream is not None and not streams:
                response = msgspec.structs.replace(response, body=b"".join(response.stream), stream=None)
            response = self._finish(response, request)
            _require_fit(response, fits)
        except Exception as error:  # noqa: BLE001 - the last line of defence
            kind = type(error).__name__
            response = self._finish(_failure(choose_problem(path), self._as_request_error(error)), request)
        if response.stream is not None:
            return msgspec.structs.replace(response, stream=self._logged(response, request, name, started))
        self._log(request, request.body, name, response, started, kind)
        return response

    def _logged(self, response: Response, request: Request, route: str, started: float) -> Generator[bytes, None, None]:
        """Yield a response's stream, and log the request when it ends."""
        if response.stream is None:
            return
        kind = "Disconnected"
        try:
            with closing(response.stream):
                yield from response.stream
            kind = ""
        finally:
            self._log(request, request.body, route, response, started, kind)

    def score_batch(self, batch: BatchRequest, fits: Fits = lambda _: True) -> Response:
        """Score rows that a service of AWS sends outside HTTP.

        Args:
            batch: the rows.
            fits: whether the platform accepts a response of this size.

        Returns:
            The results as JSON; if the batch failed as a whole, a response whose `error` is set.
        """
        started = time.perf_counter()
        kind = ""
        try:
            response = rows.SCORERS[batch.kind](batch, self._resources)
            _require_fit(response, fits)
        except Exception as error:  # noqa: BLE001 - the last line of defence
            kind = type(error).__name__
            response = _failure(problem, self._as_request_error(error))
        self._log(batch, b"", f"POST rows/{batch.kind}", response, started, kind)
        return response

    def refuse(self, error: RequestError, request_id: str, path: str = "") -> Response:
        """Return the response to what is not a valid request, in the error format of its path's protocol if known."""
        fail = choose_problem(without_base(path, "", self._settings.base_path))
        response = self._with_ids(_failure(fail, error), request_id)
        request = Request("", path, {}, {}, b"", id=request_id)
        self._log(request, b"", "none", response, time.perf_counter(), type(error).__name__)
        return response

    def _as_request_error(self, error: Exception) -> RequestError:
        """Return the error that the caller may see; log any other."""
        if isinstance(error, RequestError):
            return error
        log.failure(error, quote=self._settings.log_input)
        return ModelFailed("the service failed; the log has the details")

    def _finish(self, response: Response, request: Request) -> Response:
        """Return the response with its ids; compressed if the caller accepts that; with CORS headers if configured."""
        response = self._with_ids(response, request.id)
        if "accept-encoding" in request.headers and response.stream is None:
            from handler.response import compression

            response = compression.compress(request, response)
        return self._allow_origin(request, response) if self._allow_origin else response

    def _with_ids(self, response: Response, request_id: str) -> Response:
        headers = {**response.headers, "x-request-id": request_id, "x-model-version": self._version}
        return msgspec.structs.replace(response, headers=headers)

    def _log(
        self,
        request: Request | BatchRequest,
        body: bytes,
        route: str,
        response: Response,
        started: float,
        kind: str = "",
    ) -> None:
        cold, self._cold = self._cold, False
        metrics: dict[str, Any] = {}
        if self._metrics:
            predict_ms = round(request.model_time.seconds * 1000, 3)
            figures: dict[str, float] = {"PredictMs": predict_ms, "Rows": response.rows} if response.rows else {}
            figures |= {"ColdStart": 1, "InitMs": self._init_ms} if cold else {}
            figures |= {"Errors": 1} if kind else {}
            metrics = self._metrics(figures, kind) if figures else {}
        log.request(
            metrics,
            request_id=request.id,
            route=route,
            status=response.status,
            rows=response.rows,
            ms=_milliseconds_since(started),
            cold=cold,
            model_version=self._version,
            **({"error": kind} if kind else {}),
            **({"input": repr(body[:4096])} if self._settings.log_input else {}),
        )
        if self._settings.capture and response.rows and response.stream is None:
            from random import random

            if random() < self._settings.capture:  # noqa: S311 - a sample
                log.capture(request.id, self._version, body, response.body)


def load(settings: Settings) -> Core:
    """Load the core with garbage collection off, which saves a tenth of the time: what is loaded stays.

    Later collections skip what is loaded.

    Raises:
        BundleError: as `Predictor` does.
    """
    gc.disable()
    try:
        return Core(settings)
    finally:
        gc.freeze()
        gc.enable()


def _require_fit(response: Response, fits: Fits) -> None:
    if not fits(response):
        raise TooLarge(f"the response of {len(response.body)} bytes exceeds the platform's limit; send fewer rows")


def _failure(fail: Callable[[RequestError], Response], error: RequestError) -> Response:
    return msgspec.structs.replace(fail(error), error=error)


def _milliseconds_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)
