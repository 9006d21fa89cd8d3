"""Messages of an SQS queue, for an event source mapping with `ReportBatchItemFailures`."""

from typing import Any

import msgspec

from handler.adapters import envelope
from handler.errors import BatchFailed, MalformedBody, legible
from handler.message import BatchRequest, Response

LIMIT = envelope.LAMBDA_LIMIT


def claims(event: dict[str, Any]) -> bool:
    """Return whether the event has records, the first of them from SQS."""
    records = event.get("Records")
    first = records[0] if isinstance(records, list) and records else None
    return isinstance(first, dict) and first.get("eventSource") == "aws:sqs" and "requestContext" not in event


def read_event(event: dict[str, Any], request_id: str, deadline: float | None) -> BatchRequest:
    """Return the messages, each with its id and body.

    Raises:
        MalformedBody: a record has no id or no body, or its id is not Unicode.
    """
    try:
        messages = [{"id": str(record["messageId"]), "body": str(record["body"])} for record in event["Records"]]
        for message in messages:
            message["id"].encode()
    except (TypeError, KeyError, UnicodeEncodeError) as error:
        raise MalformedBody(f"not a valid SQS event: {type(error).__name__}: {error}") from None
    return BatchRequest("messages", messages, id=request_id, deadline=deadline)


def write_response(response: Response, _event: dict[str, Any]) -> Any:
    """Return the ids of the messages to retry (Lambda Developer Guide, "Reporting batch item failures").

    Raises:
        BatchFailed: the batch failed as a whole: every message is retried.
    """
    if response.error:
        raise BatchFailed(legible(response.error.detail))
    return {"batchItemFailures": [{"itemIdentifier": name} for name in msgspec.json.decode(response.body)]}
