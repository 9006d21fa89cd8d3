"""Our own dialect: rows as the signature names them in, rows as the signature names them out."""

from handler import answers
from handler.errors import UnsupportedMedia
from handler.message import Request, Response
from handler.predictor import Predictor
from handler.problem import problem
from handler.protocols import Route

# A form's type is what curl sends with `-d` unless told otherwise.
_READ_AS_JSON = {"", "application/json", "application/x-www-form-urlencoded"}


def predict(request: Request, predictor: Predictor) -> Response:
    """`POST /predict`: one JSON object or a list of them; `[]` answers `[]`.

    Raises:
        RequestError: as `handler.errors` names them.
    """
    _require_json(request.headers.get("content-type", ""))
    batch = predictor.schema.decode(request.body)
    params = predictor.schema.params.of_query(request.query)
    rows = answers.rows(predictor.columns(batch, params, request.deadline))
    with answers.of_model():
        body = answers.encode(rows[0] if batch.single else rows)
    return Response(200, {"content-type": "application/json"}, body, rows=batch.count)


def _require_json(content_type: str) -> None:
    media, _, parameters = content_type.lower().partition(";")
    media = media.strip()
    if media not in _READ_AS_JSON and not media.endswith("+json"):
        raise UnsupportedMedia(f"the body is {media!r}; send application/json")
    charset = parameters.partition("charset=")[2].split(";")[0].strip(' "')
    if charset not in {"", "utf-8", "utf8", "us-ascii"}:
        raise UnsupportedMedia(f"the body's charset is {charset!r}; send UTF-8")


ROUTES = (Route("POST", "/predict", predict, problem),)
