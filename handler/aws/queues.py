"""Send messages to a queue (Amazon SQS API Reference, SendMessageBatch)."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from handler.aws import credentials
from handler.aws.endpoints import current_region
from handler.aws.signing import Target, signed
from handler.connections import Connections

MAX_BYTES = 1_048_576
"""Size limit of a message, and of all messages of a batch together: bodies and attributes."""

_MAX_MESSAGES = 10
_MAX_REASON = 1000  # characters
_ATTRIBUTE = len("reason") + len("String")
_SECONDS = 10.0  # timeout
_OK = 200
# SQS accepts the characters of XML 1.0 only.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Message(NamedTuple):
    """A message to send: an id of the caller's, its body, and the value of its attribute `reason`, if any."""

    id: str
    body: str
    reason: str = ""

    @property
    def size(self) -> int:
        """Bytes that count towards MAX_BYTES."""
        return len(self.body.encode()) + (len(self.reason.encode()) + _ATTRIBUTE if self.reason else 0)


def message(id: str, body: str, reason: str = "") -> Message:  # noqa: A002 - as SQS calls it
    """Return a message that SQS accepts: invalid characters escaped as in JSON, the reason cut to what fits."""
    found = Message(id, _escaped(body), _escaped(reason)[:_MAX_REASON])
    if reason and found.size > MAX_BYTES:
        room = MAX_BYTES - len(found.body.encode()) - _ATTRIBUTE
        found = found._replace(reason=found.reason.encode()[: max(room, 0)].decode(errors="ignore"))
    return found


def send(url: str, messages: list[Message]) -> list[str]:
    """Send messages, in as many batches as their number and size require.

    Returns:
        The ids of the messages that were not sent.

    Raises:
        OSError: a batch failed; batches before it may have been sent.
    """
    return [failed for batch in batches(messages) for failed in _send_batch(url, batch)]


def batches(messages: list[Message]) -> Iterator[list[Message]]:
    """Split messages into batches of at most ten messages and MAX_BYTES, in their order."""
    batch: list[Message] = []
    size = 0
    for one in messages:
        if batch and (len(batch) == _MAX_MESSAGES or size + one.size > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += one.size
    if batch:
        yield batch


def _send_batch(url: str, batch: list[Message]) -> list[str]:
    entries = [
        {"Id": str(index), "MessageBody": one.body, **({"MessageAttributes": _attributes(one)} if one.reason else {})}
        for index, one in enumerate(batch)
    ]
    body = msgspec.json.encode({"QueueUrl": url, "Entries": entries})
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.SendMessageBatch"}
    connections = _connections(url)
    target = Target("sqs", current_region(), connections.host)
    headers = signed("POST", "/", headers, body, target, credentials.find())
    response = connections.request("POST", "/", headers, body, _SECONDS)
    if response.status != _OK:
        hint = "; the role needs sqs:SendMessage on the queue" if response.status == 403 else ""  # noqa: PLR2004
        raise ConnectionError(f"SQS responds with {response.status}{hint}")
    failed = msgspec.json.decode(response.body).get("Failed") or []
    return [batch[int(entry["Id"])].id for entry in failed]


def _attributes(one: Message) -> dict[str, dict[str, str]]:
    return {"reason": {"DataType": "String", "StringValue": one.reason}}


def _escaped(text: str) -> str:
    return _FORBIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


@lru_cache
def _connections(url: str) -> Connections:
    parts = urlsplit(url)
    return Connections(f"{parts.scheme}://{parts.netloc}")
