"""Messages of a queue."""

import os
from typing import Any

import msgspec

from handler import settings
from handler.answers import encode
from handler.bulk.results import Scored, deliver
from handler.bulk.scoring import score_rows
from handler.message import Request, Response
from handler.predictor import Predictor

_JSON = {"content-type": "application/json"}


class Message(msgspec.Struct):
    """A message of a queue."""

    id: str
    body: str


def answer(request: Request, predictor: Predictor) -> Response:
    """Score what messages hold and deliver it; the ids of those to be handed over again.

    A message is one row, or a list of them. One none of whose rows can be scored goes to the dead letters, with why.

    Raises:
        DeadlineExceeded, EndpointFailed: as `score` does.
    """
    given = msgspec.convert(request.value, list[Message])
    found: list[Scored] = []
    rows: list[Any] = []
    for message in given:
        try:
            value = msgspec.json.decode(message.body)
        except (ValueError, RecursionError) as error:
            found.append(Scored(message.id, message.body, [], f"it is no JSON: {error}"))
            continue
        inside = value if isinstance(value, list) else [value]
        found.append(Scored(message.id, message.body, inside, "" if inside else "it holds no row"))
        rows += inside
    left = iter(score_rows(predictor, rows, request.deadline, text=False))
    for one in found:
        one.results = [next(left) for _ in one.results]
        if one.results and all("error" in result for result in one.results):
            one.reason = one.results[0]["error"]["detail"]
    again = deliver(found, settings.read(os.environ))
    return Response(200, _JSON, encode(again), rows=len(rows))
