"""Event sources: one file each, and the table that picks the one whose event it is."""

from typing import Any, Protocol

from handler.adapters import alb, direct, http_v2, items, rest_v1, sqs
from handler.errors import UnknownEvent
from handler.message import Request, Response


class Adapter(Protocol):
    """One event source. Nothing past it sees the event."""

    LIMIT: int
    """Bytes the encoded answer may have before the platform refuses it."""

    def claims(self, event: dict[str, Any]) -> bool:
        """Whether the event is of this source; at most one adapter says so."""

    def read(self, event: dict[str, Any], request_id: str, deadline: float | None) -> Request:
        """The event as a request.

        Raises:
            MalformedBody: the event claims to be of this source and is not of its shape.
        """

    def write(self, response: Response, event: dict[str, Any]) -> Any:
        """The response in the form the source expects."""


ADAPTERS: tuple[Adapter, ...] = (http_v2, rest_v1, alb, items, sqs, direct)


# What json makes of what is no object.
_KINDS = {list: "list", str: "string", bool: "boolean", type(None): "null"}


def find(event: Any) -> Adapter:
    """The adapter whose event this is.

    Raises:
        UnknownEvent: there is none; the message names the event's source where it has one.
    """
    if isinstance(event, dict):
        for adapter in ADAPTERS:
            if adapter.claims(event):
                return adapter
    raise UnknownEvent(
        f"{_name(event)} is not answered here; send an API Gateway, function URL or load balancer event, "
        "messages of SQS, a batch of a Distributed Map, or an object with the model's input columns"
    )


def _name(event: Any) -> str:
    if not isinstance(event, dict):
        return f"an event that is no object ({_KINDS.get(type(event), 'number')})"
    if "detail-type" in event:
        return f"an EventBridge event ({str(event['detail-type'])[:100]!r})"
    records = event.get("Records")
    if isinstance(records, list) and records and isinstance(records[0], dict):
        source = records[0].get("eventSource", records[0].get("EventSource", "unknown source"))
        return f"a batch of records from {str(source)[:100]}"
    return "a batch of records" if "Records" in event else "an event with this requestContext"
