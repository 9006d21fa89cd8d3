"""Messages of an SQS queue, for an event source mapping with `ReportBatchItemFailures`."""

from typing import Any

import msgspec

from handler.adapters import envelope
from handler.adapters.envelope import BatchFailed
from handler.errors import MalformedBody
from handler.message import Request, Response

LIMIT = envelope.LAMBDA_LIMIT


def claims(event: dict[str, Any]) -> bool:
    """Records, the first of them of SQS."""
    records = event.get("Records")
    first = records[0] if isinstance(records, list) and records else None
    return isinstance(first, dict) and first.get("eventSource") == "aws:sqs" and "requestContext" not in event


def read(event: dict[str, Any], request_id: str, deadline: float | None) -> Request:
    """The messages, each with its id.

    Raises:
        MalformedBody: a record has none.
    """
    try:
        messages = [{"id": str(record["messageId"]), "body": str(record["body"])} for record in event["Records"]]
    except (TypeError, KeyError) as error:
        raise MalformedBody(f"the event is none of SQS ({type(error).__name__}: {error})") from None
    return Request("POST", "rows/messages", {}, {}, b"", request_id, deadline, messages)


def write(response: Response, _event: dict[str, Any]) -> Any:
    """The messages to be handed over again (Lambda Developer Guide, "Reporting batch item failures").

    Raises:
        BatchFailed: none was scored.
    """
    value = msgspec.json.decode(response.body)
    if response.status != 200:  # noqa: PLR2004
        raise BatchFailed(value["detail"])
    return {"batchItemFailures": [{"itemIdentifier": name} for name in value]}
