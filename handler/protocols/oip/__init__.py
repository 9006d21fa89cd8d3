"""The Open Inference Protocol over REST, version 2.

https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""

from typing import Any
from urllib.parse import unquote

from handler import __version__, errors
from handler.answers import encode, of_model
from handler.errors import NotFound, legible
from handler.message import Request, Response
from handler.outputs import PREDICTION
from handler.predictor import Predictor
from handler.protocols import Route

_HEADERS = {"content-type": "application/json"}


def server(_request: Request, _predictor: Predictor) -> Response:
    """`GET /v2`: what serves, and which extensions of the protocol it has."""
    return _json({"name": "thaw", "version": __version__, "extensions": []})


def live(_request: Request, _predictor: Predictor) -> Response:
    """`GET /v2/health/live`."""
    return _json({"live": True})


def ready(_request: Request, _predictor: Predictor) -> Response:
    """`GET /v2/health/ready`: without its model the process would not run."""
    return _json({"ready": True})


def model(_request: Request, predictor: Predictor, name: str, version: str | None = None) -> Response:
    """`GET /v2/models/{name}`, `/versions/{version}`: the signature as tensors."""
    from handler.protocols.oip import tensors

    info = _named(predictor, name, version)
    return _json(
        {
            "name": info.name,
            "versions": [info.version],
            "platform": f"mlflow_{predictor.manifest.flavor}",
            "inputs": tensors.described(predictor.manifest.signature.inputs),
            "outputs": tensors.described(predictor.manifest.signature.outputs, PREDICTION),
        }
    )


def model_ready(_request: Request, predictor: Predictor, name: str, version: str | None = None) -> Response:
    """`GET /v2/models/{name}/ready`, `/versions/{version}/ready`."""
    return _json({"name": _named(predictor, name, version).name, "ready": True})


def infer(request: Request, predictor: Predictor, name: str, version: str | None = None) -> Response:
    """`POST /v2/models/{name}/infer`, `/versions/{version}/infer`.

    Raises:
        RequestError: as `handler.errors` names them.
    """
    from handler.protocols.oip import inference

    info = _named(predictor, name, version)
    question = inference.read(request.body, predictor.schema)
    columns = predictor.columns(question.batch, question.params, request.deadline)
    answer: dict[str, Any] = {"model_name": info.name, "model_version": info.version}
    answer["id"] = question.id or request.id
    with of_model():
        answer["outputs"] = inference.outputs(columns, predictor.manifest.signature.outputs, question.wanted)
        body = encode(answer)
    return Response(200, _HEADERS, body, rows=question.batch.count)


def _named(predictor: Predictor, name: str, version: str | None) -> Any:
    info = predictor.manifest.model
    if unquote(name) != info.name or (version is not None and unquote(version) != info.version):
        raise NotFound(f"there is no such model here; there is {info.name!r}, version {info.version!r}")
    return info


def _json(value: Any) -> Response:
    return Response(200, _HEADERS, encode(value))


STATUS: dict[type[errors.RequestError], int] = {
    errors.MalformedBody: 400,
    errors.InvalidValue: 400,
    errors.MissingColumn: 400,
    errors.InvalidParam: 400,
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.TooLarge: 413,
    errors.UnsupportedMedia: 415,
    errors.ModelFailed: 500,
    errors.EndpointFailed: 502,
    errors.DeadlineExceeded: 504,
}


def failure(error: errors.RequestError) -> Response:
    """An error in the protocol's form: one sentence, which names the row and the input that it knows."""
    allow = {"allow": ", ".join(error.allow)} if isinstance(error, errors.MethodNotAllowed) else {}
    return Response(STATUS[type(error)], _HEADERS | allow, encode({"error": legible(error.detail)}))


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
