"""Rows that AWS services send outside HTTP: batches of a Distributed Map, and messages of a queue.

`handler.bulk` is imported when the first batch arrives.
"""

from collections.abc import Callable

from handler.message import BatchRequest, Response
from handler.protocols import Resources


def items(batch: BatchRequest, resources: Resources) -> Response:
    """Score the items of a Distributed Map's batch, as `handler.bulk.items` does."""
    from handler.bulk import items

    return items.answer(batch, resources.predictor)


def messages(batch: BatchRequest, resources: Resources) -> Response:
    """Score the messages of a queue and deliver their results, as `handler.bulk.messages` does."""
    from handler.bulk import messages

    return messages.answer(batch, resources.predictor, resources.settings)


SCORERS: dict[str, Callable[[BatchRequest, Resources], Response]] = {"items": items, "messages": messages}
"""Scorers by `BatchRequest.kind`."""
