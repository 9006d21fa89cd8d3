"""Direct invocation: the event is what `POST /predict` takes, the answer what it gives."""

import json
from typing import Any

import msgspec

from handler.adapters import envelope
from handler.errors import MalformedBody
from handler.message import Request, Response

LIMIT = envelope.LAMBDA_LIMIT

# Fields by which events of services are known: never a model's input.
_FOREIGN = ("Records", "requestContext", "detail-type")


def claims(event: dict[str, Any]) -> bool:
    """Any object that no service sent."""
    return not any(field in event for field in _FOREIGN) and not envelope.is_batch(event)


def read(event: dict[str, Any], request_id: str, deadline: float | None) -> Request:
    """The event as a request to `/predict`."""
    try:
        body = json.dumps(event, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise MalformedBody(f"the event has no form in JSON ({type(error).__name__})") from None
    return Request("POST", "/predict", {}, {}, body, request_id, deadline)


def write(response: Response, _event: dict[str, Any]) -> Any:
    """The answer's body as an object, which the runtime encodes."""
    return msgspec.json.decode(response.body)
