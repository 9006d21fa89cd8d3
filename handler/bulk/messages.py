"""Score messages of a queue and deliver their results."""

import msgspec

from handler.bulk.json_values import decode
from handler.bulk.results import Scored, deliver
from handler.bulk.scoring import score_rows
from handler.log import LOGGER
from handler.message import BatchRequest, Response
from handler.predictor import Predictor
from handler.response.encoding import encode
from handler.settings import Settings

_JSON = {"content-type": "application/json"}


class Message(msgspec.Struct):
    """A message of a queue, with SQS's id."""

    id: str
    body: str


def answer(request: BatchRequest, predictor: Predictor, settings: Settings) -> Response:
    """Score messages, deliver the results, and return the ids of messages to return to the queue, as a JSON list.

    A message holds one row or a list of rows. If none of its rows can be scored, it goes to the dead letters with the
    reason. Without a destination for results, every message is returned, so that none is lost.

    Raises:
        DeadlineExceeded, EndpointFailed: see `score`.
    """
    messages = [_decoded(message) for message in msgspec.convert(request.value, list[Message])]
    if not settings.results:
        LOGGER.error("THAW_RESULTS is not set: %d messages return to the queue unscored", len(messages))
        return Response(200, _JSON, encode([one.id for one in messages]))
    rows = [row for one in messages for row in one.results]
    results = iter(score_rows(predictor, rows, request.deadline, text=False, model_time=request.model_time))
    for one in messages:
        one.results = [next(results) for _ in one.results]
        if one.results and all("error" in result for result in one.results):
            one.reason = one.results[0]["error"]["detail"]
    return Response(200, _JSON, encode(deliver(messages, settings)), rows=len(rows))


def _decoded(message: Message) -> Scored:
    """Return the message with its rows in the place of results, or with the reason why it has none."""
    try:
        value = decode(message.body)
    except (ValueError, RecursionError) as error:
        return Scored(message.id, message.body, [], f"the message is not valid JSON: {error}")
    rows = value if isinstance(value, list) else [value]
    return Scored(message.id, message.body, rows, "" if rows else "the message has no rows")
