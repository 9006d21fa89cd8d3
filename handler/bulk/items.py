"""Batches of a Distributed Map."""

from typing import Any

import msgspec

from handler.answers import encode
from handler.bulk.scoring import score_rows
from handler.errors import MalformedBody, TooLarge
from handler.message import Request, Response
from handler.predictor import Predictor

LIMIT = 256 * 1024 - 2048
"""Bytes that a child of a Distributed Map may answer, with room for what Step Functions adds."""

_JSON = {"content-type": "application/json"}


class Items(msgspec.Struct):
    """A batch of a Distributed Map (Step Functions Developer Guide, "ItemBatcher").

    Attributes:
        items: rows, or `{"index": n, "row": {...}}` where `indexed`.
        format: `csv` where all values are texts, to be read by the signature's types; else they are JSON's.
        indexed: whether each item says its place in the file.
        keep: names of columns that results repeat.
    """

    items: list[Any]
    format: str = "json"
    indexed: bool = False
    keep: list[str] = []


def answer(request: Request, predictor: Predictor) -> Response:
    """One result an item, in their order, each with its index.

    Raises:
        MalformedBody: it is no such batch.
        TooLarge: the results are more than Step Functions takes.
        DeadlineExceeded, EndpointFailed: as `score` does.
    """
    try:
        asked = msgspec.convert(request.value, Items)
        places = [item["index"] for item in asked.items] if asked.indexed else list(range(len(asked.items)))
        rows = [item["row"] for item in asked.items] if asked.indexed else asked.items
    except (msgspec.ValidationError, TypeError, KeyError) as error:
        raise MalformedBody(f"the batch is none of a Distributed Map ({type(error).__name__}: {error})") from None
    scored = score_rows(predictor, rows, request.deadline, text=asked.format == "csv")
    found = []
    for index, row, result in zip(places, rows, scored, strict=True):
        kept = {name: row.get(name) for name in asked.keep} if isinstance(row, dict) else {}
        found.append({"index": index, **({"key": kept} if asked.keep else {}), **result})
    body = encode(found)
    if len(body) > LIMIT:
        raise TooLarge(f"the results of {len(rows)} items are {len(body)} bytes, over 256 KB: make smaller batches")
    return Response(200, _JSON, body, rows=len(rows))
