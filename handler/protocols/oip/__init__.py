"""The Open Inference Protocol over REST, version 2.

https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""

from typing import Any

from handler import __version__, errors
from handler.bundle import ModelInfo
from handler.errors import NotFound, legible
from handler.message import Request, Response
from handler.protocols import Resources, Route
from handler.response.encoding import encode, refuse_unencodable
from handler.response.output_columns import PREDICTION

_HEADERS = {"content-type": "application/json"}


def server(_request: Request, _resources: Resources) -> Response:
    """`GET /v2`: the server's name, its version, and the protocol's extensions that it supports."""
    return _json({"name": "thaw", "version": __version__, "extensions": []})


def live(_request: Request, _resources: Resources) -> Response:
    """`GET /v2/health/live`: liveness."""
    return _json({"live": True})


def ready(_request: Request, _resources: Resources) -> Response:
    """`GET /v2/health/ready`: readiness; the process does not start without its model."""
    return _json({"ready": True})


def model(_request: Request, resources: Resources, name: str, version: str | None = None) -> Response:
    """`GET /v2/models/{name}`, `/versions/{version}`: the signature as tensors."""
    from handler.protocols.oip import tensors

    info = _find_model(resources, name, version)
    manifest = resources.predictor.manifest
    return _json(
        {
            "name": info.name,
            "versions": [info.version],
            "platform": f"mlflow_{manifest.flavor}",
            "inputs": tensors.describe(manifest.signature.inputs),
            "outputs": tensors.describe(manifest.signature.outputs, PREDICTION),
        }
    )


def model_ready(_request: Request, resources: Resources, name: str, version: str | None = None) -> Response:
    """`GET /v2/models/{name}/ready`, `/versions/{version}/ready`."""
    return _json({"name": _find_model(resources, name, version).name, "ready": True})


def infer(request: Request, resources: Resources, name: str, version: str | None = None) -> Response:
    """`POST /v2/models/{name}/infer`, `/versions/{version}/infer`.

    Raises:
        RequestError: as `handler.errors` lists them.
    """
    from handler.protocols.oip import inference

    info = _find_model(resources, name, version)
    predictor = resources.predictor
    asked = inference.read_request(request, predictor.schema)
    known = predictor.schema.params
    params = known.join(known.from_query(request.query), asked.params)
    answer = predictor.answer(asked.batch, params, request.deadline, request.model_time)
    found: dict[str, Any] = {"model_name": info.name, "model_version": info.version, "id": asked.id or request.id}
    with refuse_unencodable():
        columns = predictor.output_columns(answer)
        found["outputs"] = inference.output_tensors(columns, predictor.manifest.signature.outputs, asked.outputs)
        body = encode(found)
    return Response(200, _HEADERS, body, rows=asked.batch.count)


def _find_model(resources: Resources, name: str, version: str | None) -> ModelInfo:
    from urllib.parse import unquote

    info = resources.predictor.manifest.model
    if unquote(name) != info.name or (version is not None and unquote(version) != info.version):
        raise NotFound(f"model not found; this service has {info.name!r}, version {info.version!r}")
    return info


def _json(value: Any) -> Response:
    return Response(200, _HEADERS, encode(value))


STATUS: dict[type[errors.RequestError], int] = {
    errors.RequestError: 500,
    errors.UnknownEvent: 400,
    errors.MalformedBody: 400,
    errors.InvalidValue: 400,
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.TooLarge: 413,
    errors.UnsupportedMedia: 415,
    errors.EndpointFailed: 502,
    errors.DeadlineExceeded: 504,
}
"""Status by error class; a class without an entry has its ancestor's."""


def failure(error: errors.RequestError) -> Response:
    """Return an error in the protocol's format: one sentence, with row and input if they are known."""
    allow = {"allow": ", ".join(error.allow)} if isinstance(error, errors.MethodNotAllowed) else {}
    return Response(errors.lookup(STATUS, error), _HEADERS | allow, encode({"error": legible(error.detail)}))


_MODEL = "/v2/models/{name}"
_VERSION = f"{_MODEL}/versions/{{version}}"

ROUTES = (
    Route("GET", "/v2", server, failure),
    Route("GET", "/v2/health/live", live, failure),
    Route("GET", "/v2/health/ready", ready, failure),
    *(
        route
        for path in (_MODEL, _VERSION)
        for route in (
            Route("GET", path, model, failure),
            Route("GET", f"{path}/ready", model_ready, failure),
            Route("POST", f"{path}/infer", infer, failure),
        )
    ),
)
