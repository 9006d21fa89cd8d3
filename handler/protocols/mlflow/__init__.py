"""MLflow's scoring protocol, as `mlflow models serve` implements it.

https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally/#local-inference-server-specification
and, where that is silent, mlflow.pyfunc.scoring_server of MLflow 3.
"""

from typing import Any

from handler import errors
from handler.errors import UnsupportedMedia, legible
from handler.message import Request, Response
from handler.protocols import Resources, Route
from handler.response.encoding import encode, refuse_unencodable
from handler.schema.params import read_wish

_JSON = {"content-type": "application/json"}
_FORM = "application/x-www-form-urlencoded"  # curl sends it with `-d` by default


def ping(_request: Request, _resources: Resources) -> Response:
    """`GET /ping`, `GET /health`: liveness: 200 means up."""
    return Response(200, _JSON, b"\n")


def version(_request: Request, resources: Resources) -> Response:
    """`GET /version`: the MLflow version that the bundle was proved with."""
    return Response(200, _JSON, resources.predictor.manifest.built_with.get("mlflow", "").encode())


def invocations(request: Request, resources: Resources) -> Response:
    """`POST /invocations`: JSON in one of its forms, CSV, or Parquet if the image has pyarrow.

    With `"stream": true`, a model that can stream responds with server-sent events; others respond as without it.
    Params come in the body's `params` or, as CSV and Parquet have no place for them, in the query string. With
    `?explain=true`, the response has `explanations` beside `predictions`.

    Raises:
        RequestError: as `handler.errors` lists them.
    """
    from handler.protocols.mlflow import forms, predictions

    predictor = resources.predictor
    read_body = _choose_reader(request.headers.get("content-type", ""))
    scoring = read_body(request.body, predictor.schema)
    known = predictor.schema.params
    query, explained = read_wish(request.query, request.headers, known)
    params = known.join(known.from_query(query), scoring.params)
    if scoring.stream and predictor.streams:
        from handler.protocols.mlflow import streaming

        return streaming.answer(scoring.batch, params, predictor, request)
    output = predictor.predict(scoring.batch, params, request.deadline, request.model_time)
    output = predictions.in_container(output, predictor.manifest.options)
    value = predictions.to_json_value(output, wrapped=explained or scoring.form != forms.UNIFIED)
    if explained:
        value["explanations"] = predictor.explain(scoring.batch, request.deadline, request.model_time)
    with refuse_unencodable():
        body = encode(value)
    return Response(200, _JSON, body, rows=scoring.batch.count)


def _choose_reader(content_type: str) -> Any:
    """Return the function that decodes bodies of a content type."""
    from handler.protocols.mlflow import forms, tables

    media, *parameters = (part.strip() for part in content_type.lower().split(";"))
    for parameter in filter(None, parameters):
        name, _, value = parameter.partition("=")
        if name == "format":  # pandas-split and pandas-records, in MLflow 1
            raise UnsupportedMedia("parameter 'format' is that of MLflow 1; send dataframe_split without it")
        if name != "charset":
            raise UnsupportedMedia(f"parameter {name[:100]!r} is not supported; send charset=utf-8, or no parameter")
        if value.strip(' "') not in {"utf-8", "utf8"}:
            raise UnsupportedMedia(f"the charset {value[:100]!r} is not supported; send UTF-8")
    readers = {
        "": forms.read_json,
        _FORM: forms.read_json,
        "application/json": forms.read_json,
        "text/csv": tables.read_csv,
        "application/vnd.apache.parquet": tables.read_parquet,
    }
    if media not in readers:
        raise UnsupportedMedia(
            f"the content type {media[:100]!r} is not supported; "
            "send application/json, text/csv or application/vnd.apache.parquet"
        )
    return readers[media]


STATUS: dict[type[errors.RequestError], tuple[int, str, str, str]] = {
    errors.RequestError: (500, "INTERNAL_ERROR", "XXM00", "CLIENT_INTERNAL_ERROR"),
    errors.UnknownEvent: (400, "BAD_REQUEST", "KAM00", "INVALID_PARAMETER_VALUE"),
    errors.MalformedBody: (400, "BAD_REQUEST", "KAM00", "INVALID_PARAMETER_VALUE"),
    errors.InvalidValue: (400, "BAD_REQUEST", "KAM00", "INVALID_PARAMETER_VALUE"),
    errors.MissingColumn: (400, "INVALID_PARAMETER_VALUE", "KAM01", "SCHEMA_ENFORCEMENT_FAILED"),
    errors.InvalidParam: (400, "INVALID_PARAMETER_VALUE", "KAM00", "INVALID_PARAMETER_VALUE"),
    errors.TooLarge: (413, "BAD_REQUEST", "KAM00", "INVALID_PARAMETER_VALUE"),
    errors.EndpointFailed: (502, "TEMPORARILY_UNAVAILABLE", "XXM00", "CLIENT_INTERNAL_ERROR"),
    errors.DeadlineExceeded: (504, "DEADLINE_EXCEEDED", "XXM00", "DEADLINE_EXCEEDED"),
}
"""Status, and MLflow's error code, SQLSTATE and error class, by our error class or its nearest ancestor."""


def failure(error: errors.RequestError) -> Response:
    """Return an error in MLflow's format, plus `row` and `column` if they are known; never a stack trace."""
    match error:
        case errors.NotFound():
            return Response(404, _JSON, encode({"detail": "Not Found"}))
        case errors.MethodNotAllowed():
            return Response(405, {**_JSON, "allow": ", ".join(error.allow)}, encode({"detail": "Method Not Allowed"}))
        case errors.UnsupportedMedia():
            return Response(415, {"content-type": "text/plain; charset=utf-8"}, legible(error.detail).encode())
    status, code, state, kind = errors.lookup(STATUS, error)
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
