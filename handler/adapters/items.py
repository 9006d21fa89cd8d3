"""A batch of a Step Functions Distributed Map: `{"Items": [...], "BatchInput": {...}}`.

`BatchInput` may have `format`, `indexed` and `keep`, as `handler.protocols.rows.Items` describes them; anything else in
it is the state machine's own. The answer is `{"Items": [...]}`, one result an item.
"""

from typing import Any

import msgspec

from handler.adapters import envelope
from handler.adapters.envelope import BatchFailed
from handler.message import Request, Response

LIMIT = envelope.LAMBDA_LIMIT

_OWN = ("format", "indexed", "keep")


def claims(event: dict[str, Any]) -> bool:
    """An object with a list of items, and nothing else that a model could take for its own."""
    return envelope.is_batch(event)


def read(event: dict[str, Any], request_id: str, deadline: float | None) -> Request:
    """The batch."""
    given = event.get("BatchInput")
    own = {name: given[name] for name in _OWN if name in given} if isinstance(given, dict) else {}
    return Request("POST", "rows/items", {}, {}, b"", request_id, deadline, {"items": event["Items"], **own})


def write(response: Response, _event: dict[str, Any]) -> Any:
    """The results.

    Raises:
        BatchFailed: the batch as a whole failed.
    """
    value = msgspec.json.decode(response.body)
    if response.status != 200:  # noqa: PLR2004
        raise BatchFailed(value["detail"])
    return {"Items": value}
