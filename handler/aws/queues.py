"""Messages to a queue (Amazon SQS API Reference, SendMessageBatch)."""

from functools import lru_cache
from urllib.parse import urlsplit

import msgspec

from handler.aws import credentials
from handler.aws.endpoints import region
from handler.aws.signing import Target, signed
from handler.connections import Connections

_SECONDS = 10.0
_LONGEST_REASON = 1000
_OK = 200


def send(url: str, entries: list[tuple[str, str, str]]) -> list[str]:
    """Send up to ten messages, each an id, a text, and a reason or none, which becomes the attribute `reason`.

    Returns:
        The ids of those that the queue did not take.

    Raises:
        OSError: it took none.
    """
    if not entries:
        return []
    given = [
        {"Id": str(index), "MessageBody": text, **({"MessageAttributes": _attribute(reason)} if reason else {})}
        for index, (_, text, reason) in enumerate(entries)
    ]
    body = msgspec.json.encode({"QueueUrl": url, "Entries": given})
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.SendMessageBatch"}
    connections = _connections(url)
    target = Target("sqs", region(), connections.host)
    asked = signed("POST", "/", headers, body, target, credentials.find())
    answer = connections.request("POST", "/", asked, body, _SECONDS)
    if answer.status != _OK:
        raise ConnectionError(f"SQS answers {answer.status}")
    failed = msgspec.json.decode(answer.body).get("Failed") or []
    return [entries[int(one["Id"])][0] for one in failed]


def _attribute(reason: str) -> dict[str, dict[str, str]]:
    return {"reason": {"DataType": "String", "StringValue": reason[:_LONGEST_REASON]}}


@lru_cache
def _connections(url: str) -> Connections:
    parts = urlsplit(url)
    return Connections(f"{parts.scheme}://{parts.netloc}")
