"""Event sources: one module each, and the function that picks the one that an event comes from."""

from typing import Any, Protocol

from handler.adapters import alb, direct, http_v2, items, rest_v1, sqs, unsupported, vpc_lattice
from handler.errors import UnknownEvent
from handler.message import BatchRequest, Request, Response


class Adapter(Protocol):
    """One event source. Only its adapter sees an event."""

    LIMIT: int
    """The most bytes that the platform accepts as an encoded response."""

    def claims(self, event: dict[str, Any]) -> bool:
        """Return whether the event comes from this source; at most one adapter claims an event."""

    def read_event(self, event: dict[str, Any], request_id: str, deadline: float | None) -> Request | BatchRequest:
        """Return the event as a request.

        Raises:
            MalformedBody: the event is not valid for its source.
        """

    def write_response(self, response: Response, event: dict[str, Any]) -> Any:
        """Return the response in the form that the source expects.

        Raises:
            BatchFailed: a batch failed as a whole.
        """


ADAPTERS: tuple[Adapter, ...] = (http_v2, rest_v1, alb, vpc_lattice, items, sqs, direct)


_JSON_TYPES = {list: "list", str: "string", bool: "boolean", type(None): "null"}


def find(event: Any) -> Adapter:
    """Return the adapter that claims an event.

    Raises:
        UnknownEvent: no adapter does; the message names the event's source if the event does.
    """
    if isinstance(event, dict):
        for adapter in ADAPTERS:
            if adapter.claims(event):
                return adapter
    raise UnknownEvent(
        f"{_describe(event)} is not supported; send an API Gateway, function URL, load balancer or VPC Lattice event, "
        "SQS messages, a batch of a Distributed Map, or an object with the model's input columns"
    )


def _describe(event: Any) -> str:
    if isinstance(event, dict):
        return unsupported.name(event) or "this event"
    return f"an event of JSON type {_JSON_TYPES.get(type(event), 'number')}"
