"""Batches of a Step Functions Distributed Map: `{"Items": [...], "BatchInput": {...}}`.

`BatchInput` may have `format`, `indexed`, `keep` and `params`, which `handler.bulk.items.Items` describes; other fields
belong to the state machine. The response is `{"Items": [...]}`, one result for each item.
"""

from contextlib import suppress
from functools import cache
from typing import Any

import msgspec

from handler.adapters import envelope
from handler.errors import BatchFailed, legible
from handler.marshaller import Encoded
from handler.message import BatchRequest, Response

LIMIT = envelope.LAMBDA_LIMIT

_OPTIONS = ("format", "indexed", "keep", "params", "explain")


def claims(event: dict[str, Any]) -> bool:
    """Return whether the event has a list of items, and no field that could be a model's input."""
    return envelope.is_item_batch(event)


def read_event(event: dict[str, Any], request_id: str, deadline: float | None) -> BatchRequest:
    """Return the items and their options."""
    given = event.get("BatchInput")
    options = {name: given[name] for name in _OPTIONS if name in given} if isinstance(given, dict) else {}
    return BatchRequest("items", {"items": event["Items"], **options}, id=request_id, deadline=deadline)


class Rows(list[Any]):
    """Items that are decoded already: rows of the schema's type."""


def decode_event(row: Any, event: bytes) -> Any:
    """Return an event; a batch of rows of JSON in one step, without a dict for each.

    Args:
        row: the schema's type of a row; None if it has none.
        event: the event's JSON.

    Raises:
        ValueError: the event is not JSON.
    """
    if row is not None and event.startswith(b'{"Items":'):
        with suppress(msgspec.ValidationError):
            batch = msgspec.json.decode(event, type=_batch_of(row))
            options = {name: batch.BatchInput[name] for name in _OPTIONS if name in batch.BatchInput}
            plain = options.get("format") != "csv" and not options.get("indexed") and not options.get("keep")
            if batch.Items and plain:
                return {"Items": Rows(batch.Items), "BatchInput": options}
    return msgspec.json.decode(event)


@cache
def _batch_of(row: Any) -> Any:
    fields: list[Any] = [("Items", list[row]), ("BatchInput", dict[str, Any], {})]
    return msgspec.defstruct("Batch", fields, forbid_unknown_fields=True)


def write_response(response: Response, event: dict[str, Any]) -> Any:
    """Return the results; encoded if the items came decoded.

    Raises:
        BatchFailed: the batch failed as a whole.
    """
    if response.error:
        raise BatchFailed(legible(response.error.detail))
    if isinstance(event["Items"], Rows):
        return Encoded(b'{"Items":%b}' % response.body)
    return {"Items": msgspec.json.decode(response.body)}
