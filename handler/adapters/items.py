"""Batches of a Step Functions Distributed Map: `{"Items": [...], "BatchInput": {...}}`.

`BatchInput` may have `format`, `indexed`, `keep` and `params`, which `handler.bulk.items.Items` describes; other fields
belong to the state machine. The response is `{"Items": [...]}`, one result for each item.
"""

from typing import Any

import msgspec

from handler.adapters import envelope
from handler.errors import BatchFailed, legible
from handler.marshaller import Encoded
from handler.message import BatchRequest, Response

LIMIT = envelope.LAMBDA_LIMIT

_OPTIONS = ("format", "indexed", "keep", "params")


def claims(event: dict[str, Any]) -> bool:
    """Return whether the event has a list of items, and no field that could be a model's input."""
    return envelope.is_item_batch(event)


def read_event(event: dict[str, Any], request_id: str, deadline: float | None) -> BatchRequest:
    """Return the items and their options."""
    given = event.get("BatchInput")
    options = {name: given[name] for name in _OPTIONS if name in given} if isinstance(given, dict) else {}
    return BatchRequest("items", {"items": event["Items"], **options}, id=request_id, deadline=deadline)


def write_response(response: Response, event: dict[str, Any]) -> Any:
    """Return the results; encoded if the items came encoded.

    Raises:
        BatchFailed: the batch failed as a whole.
    """
    if response.error:
        raise BatchFailed(legible(response.error.detail))
    if isinstance(event["Items"], msgspec.Raw):
        return Encoded(b'{"Items":%b}' % response.body)
    return {"Items": msgspec.json.decode(response.body)}
