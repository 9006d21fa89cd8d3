"""Direct invocation: the event is the JSON body of `POST /predict`, the response is the body of its response."""

import json
from contextlib import suppress
from typing import Any

import msgspec

from handler.adapters import envelope
from handler.errors import MalformedBody
from handler.message import Request, Response

LIMIT = envelope.LAMBDA_LIMIT

# Fields that identify events of AWS services, and are never a model's input.
_SERVICE_FIELDS = ("Records", "requestContext", "detail-type")


def claims(event: dict[str, Any]) -> bool:
    """Return whether the event is an object that no AWS service sent."""
    sent_by_a_service = any(field in event for field in _SERVICE_FIELDS) or envelope.is_lattice_version_1(event)
    return not sent_by_a_service and not envelope.is_item_batch(event)


def read_event(event: dict[str, Any], request_id: str, deadline: float | None) -> Request:
    """Return the event as a request to `POST /predict`.

    Raises:
        MalformedBody: the event cannot be encoded as JSON.
    """
    try:
        body = _encode(event)
    except (TypeError, ValueError, RecursionError) as error:
        raise MalformedBody(f"the event cannot be encoded as JSON ({type(error).__name__})") from None
    return Request("POST", "/predict", {}, {}, body, id=request_id, deadline=deadline)


def _encode(event: dict[str, Any]) -> bytes:
    """Return an event as JSON.

    msgspec takes a fifth of the time, but writes NaN as null, and no lone surrogates.
    """
    with suppress(UnicodeEncodeError):
        body = msgspec.json.encode(event)
        if b"null" not in body:
            return body
    return json.dumps(event, allow_nan=False).encode()


def write_response(response: Response, _event: dict[str, Any]) -> Any:
    """Return the response's body as an object, which the runtime encodes."""
    return msgspec.json.decode(response.body)
