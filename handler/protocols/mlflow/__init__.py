"""MLflow's scoring protocol, as `mlflow models serve` speaks it.

https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally/#local-inference-server-specification
and, for what it does not say, mlflow.pyfunc.scoring_server of MLflow 3.
"""

from typing import Any

from handler import errors
from handler.answers import encode, of_model
from handler.errors import UnsupportedMedia, legible
from handler.message import Request, Response
from handler.predictor import Predictor
from handler.protocols import Route

_JSON = {"content-type": "application/json"}
_FORM = "application/x-www-form-urlencoded"  # what curl sends with `-d` unless told otherwise


def ping(_request: Request, _predictor: Predictor) -> Response:
    """`GET /ping`, `GET /health`: that there is an answer is the answer."""
    return Response(200, _JSON, b"\n")


def version(_request: Request, predictor: Predictor) -> Response:
    """`GET /version`: that of the MLflow which the bundle was proved with."""
    return Response(200, _JSON, predictor.manifest.built_with.get("mlflow", "").encode())


def invocations(request: Request, predictor: Predictor) -> Response:
    """`POST /invocations`: JSON in one of its forms, CSV, or Parquet where the image can read it.

    Raises:
        RequestError: as `handler.errors` names them.
    """
    from handler.protocols.mlflow import forms, predictions

    read = _reader(request.headers.get("content-type", ""))
    asked = read(request.body, predictor.schema)
    output = predictor.predict(asked.batch, asked.params, request.deadline)
    with of_model():
        body = encode(predictions.of(output, wrapped=asked.form != forms.UNIFIED))
    return Response(200, _JSON, body, rows=asked.batch.count)


def _reader(content_type: str) -> Any:
    """What reads a body of this type."""
    from handler.protocols.mlflow import forms, tables

    media, *parameters = (part.strip() for part in content_type.lower().split(";"))
    for parameter in filter(None, parameters):
        name, _, value = parameter.partition("=")
        if name != "charset":
            raise UnsupportedMedia(f"the content type has the parameter {name[:100]!r}; only charset=utf-8 is read")
        if value.strip(' "') not in {"utf-8", "utf8"}:
            raise UnsupportedMedia(f"the body's charset is {value[:100]!r}; send UTF-8")
    readers = {
        "": forms.read,
        _FORM: forms.read,
        "application/json": forms.read,
        "text/csv": tables.csv,
        "application/vnd.apache.parquet": tables.parquet,
    }
    if media not in readers:
        raise UnsupportedMedia(
            f"the body is {media[:100]!r}; send application/json, text/csv or application/vnd.apache.parquet"
        )
    return readers[media]


STATUS: dict[type[errors.RequestError], tuple[int, str, str, str]] = {
    errors.MalformedBody: (400, "BAD_REQUEST", "KAM00", "INVALID_PARAMETER_VALUE"),
    errors.InvalidValue: (400, "BAD_REQUEST", "KAM00", "INVALID_PARAMETER_VALUE"),
    errors.MissingColumn: (400, "INVALID_PARAMETER_VALUE", "KAM01", "SCHEMA_ENFORCEMENT_FAILED"),
    errors.InvalidParam: (400, "INVALID_PARAMETER_VALUE", "KAM00", "INVALID_PARAMETER_VALUE"),
    errors.TooLarge: (413, "BAD_REQUEST", "KAM00", "INVALID_PARAMETER_VALUE"),
    errors.ModelFailed: (500, "INTERNAL_ERROR", "XXM00", "CLIENT_INTERNAL_ERROR"),
    errors.EndpointFailed: (502, "TEMPORARILY_UNAVAILABLE", "XXM00", "CLIENT_INTERNAL_ERROR"),
    errors.DeadlineExceeded: (504, "DEADLINE_EXCEEDED", "XXM00", "DEADLINE_EXCEEDED"),
}
"""The status, and what MLflow calls the error: its code, SQLSTATE and class."""


def failure(error: errors.RequestError) -> Response:
    """An error as MLflow has it, with `row` and `column` besides where they are known; never a stack trace."""
    match error:
        case errors.NotFound():
            return Response(404, _JSON, encode({"detail": "Not Found"}))
        case errors.MethodNotAllowed():
            return Response(405, {**_JSON, "allow": ", ".join(error.allow)}, encode({"detail": "Method Not Allowed"}))
        case errors.UnsupportedMedia():
            return Response(415, {"content-type": "text/plain; charset=utf-8"}, legible(error.detail).encode())
    status, code, state, kind = STATUS[type(error)]
    body: dict[str, Any] = {
        "error_code": code,
        "message": legible(error.detail),
        "sqlstate": state,
        "error_class": kind,
    }
    if error.row is not None:
        body["row"] = error.row
    if error.column is not None:
        body["column"] = legible(error.column)
    return Response(status, _JSON, encode(body))


ROUTES = (
    Route("GET", "/ping", ping, failure),
    Route("GET", "/health", ping, failure),
    Route("GET", "/version", version, failure),
    Route("POST", "/invocations", invocations, failure),
)
