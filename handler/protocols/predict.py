"""`POST /predict`: rows of the signature's input columns in, rows of its output columns out."""

from typing import Any

import msgspec

from handler.errors import InvalidValue, UnsupportedMedia
from handler.message import Request, Response
from handler.protocols import Resources, Route
from handler.response import encoding
from handler.response.problem import problem
from handler.schema import BYTE_ORDER_MARK, Schema
from handler.schema.batch import Batch
from handler.schema.params import read_wish

# curl sends a form's content type with `-d` by default.
_DECODED_AS_JSON = {"", "application/json", "application/x-www-form-urlencoded"}

_FORMS: dict[str, Any] = {"dataframe_split": dict, "dataframe_records": list, "instances": list, "inputs": (dict, list)}
"""Fields of a body for MLflow's scoring server, and the types of their values."""


def predict(request: Request, resources: Resources) -> Response:
    """`POST /predict`: one JSON object or a list of them; `[]` returns `[]`.

    An output that is not one value per row is returned whole, as `{"predictions": ...}`. With `?explain=true`, the
    response is `{"predictions": ..., "explanations": ...}`.

    Raises:
        RequestError: as `handler.errors` lists them.
    """
    _require_json(request.headers.get("content-type", ""))
    predictor = resources.predictor
    batch = _decode(request.body, predictor.schema)
    known = predictor.schema.params
    query, explained = read_wish(request.query, request.headers, known)
    params = known.join(known.from_query(query), batch.params)
    answer = predictor.answer(batch, params, request.deadline, request.model_time)
    value = answer.to_json_value(single=batch.single)
    if explained:
        explanations = predictor.explain(batch, request.deadline, request.model_time)
        value = {"predictions": value, "explanations": explanations[0] if batch.single else explanations}
    with encoding.refuse_unencodable():
        body = encoding.encode(value)
    return Response(200, {"content-type": "application/json"}, body, rows=batch.count)


def _decode(body: bytes, schema: Schema) -> Batch:
    try:
        batch = schema.decode(body)
    except InvalidValue as error:
        try:
            given = msgspec.json.decode(body.removeprefix(BYTE_ORDER_MARK))
        except (msgspec.DecodeError, RecursionError):  # such as 1e400, or nested too deeply
            raise error from None
        _refuse_forms(given if isinstance(given, dict) else {}, schema)
        raise
    if batch.single and not schema.columns:
        _refuse_forms({name: values[0] for name, values in batch.columns.items()}, schema)
    return batch


def _refuse_forms(given: dict[str, Any], schema: Schema) -> None:
    """Refuse a body for MLflow's scoring server, and name the route that takes it.

    Raises:
        InvalidValue: the body has a field of such a body, and the model has no column of that name.
    """
    known = {column.name for column in schema.columns}
    for name, kind in _FORMS.items():
        if name not in known and isinstance(given.get(name), kind):
            row = "{" + ", ".join(f'"{column.name}": ...' for column in schema.columns[:3]) + "}"
            raise InvalidValue(
                f"a body with {name!r} belongs to POST /invocations; POST /predict takes rows, such as "
                f"{row if known else 'an object with the input columns'}"
            )


def _require_json(content_type: str) -> None:
    media, _, parameters = content_type.lower().partition(";")
    media = media.strip()
    if media not in _DECODED_AS_JSON and not media.endswith("+json"):
        raise UnsupportedMedia(f"the content type {media!r} is not supported; send application/json")
    charset = parameters.partition("charset=")[2].split(";")[0].strip(' "')
    if charset not in {"", "utf-8", "utf8", "us-ascii"}:
        raise UnsupportedMedia(f"the charset {charset!r} is not supported; send UTF-8")


ROUTES = (Route("POST", "/predict", predict, problem),)
