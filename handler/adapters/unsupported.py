"""Events of AWS services that ask for no prediction: who sends them, and whether the function must fail for them."""

from typing import Any

# Fields that identify a service's event, and are never a model's input together; and who sends it.
_BATCHES = {
    ("invocationId", "records"): "Firehose",
    ("invocationSchemaVersion", "tasks"): "S3 Batch Operations",
    ("awslogs",): "CloudWatch Logs",
}
_UNKNOWN = "an unknown source"
_AUTHORIZERS = (("type", "methodArn"), ("type", "routeArn"))


def name(event: dict[str, Any]) -> str | None:
    """Return the name of a service's event; None if the event may be a model's input."""
    if is_batch(event):
        return f"a batch of records from {_sender(event)}"
    if "detail-type" in event:
        return f"an EventBridge event ({str(event['detail-type'])[:100]!r})"
    if any(_has(event, fields) for fields in _AUTHORIZERS):
        return "the event of an authorizer"
    context = event.get("requestContext")
    if isinstance(context, dict) and "connectionId" in context:
        return "an event of a WebSocket API"
    return "an event with this requestContext" if "requestContext" in event else None


def is_batch(event: Any) -> bool:
    """Return whether an event is a batch of records, which are lost if the function does not fail."""
    return isinstance(event, dict) and ("Records" in event or _sender(event) != _UNKNOWN)


def _sender(event: dict[str, Any]) -> str:
    records = event.get("Records")
    if isinstance(records, list) and records and isinstance(records[0], dict):
        return str(records[0].get("eventSource", records[0].get("EventSource", _UNKNOWN)))[:100]
    given = event.get("eventSource")  # of Kafka, Amazon MQ and DocumentDB
    if isinstance(given, str) and given.startswith(("aws:", "SelfManagedKafka")):
        return given[:100]
    return next((sender for fields, sender in _BATCHES.items() if _has(event, fields)), _UNKNOWN)


def _has(event: dict[str, Any], fields: tuple[str, ...]) -> bool:
    return all(field in event for field in fields)
