"""Deliver the results of queue messages to a queue or to S3, and messages that cannot be scored to the dead letters."""

from collections.abc import Iterable
from typing import Any

import msgspec

from handler.aws import queues
from handler.aws.queues import MAX_BYTES, Message, batches
from handler.aws.s3 import Bucket
from handler.log import LOGGER
from handler.response.encoding import encode
from handler.settings import Settings


class Scored(msgspec.Struct):
    """A message and its outcome.

    Attributes:
        id: the message's id.
        body: the message's body.
        results: one result for each row.
        reason: why the message cannot be scored, or its results not delivered; empty if they can.
    """

    id: str
    body: str
    results: list[Any]
    reason: str = ""


def deliver(messages: list[Scored], settings: Settings) -> list[str]:
    """Send results to THAW_RESULTS, and messages with a reason to THAW_DEAD_LETTERS.

    Results that exceed the size limit of a message go to THAW_LARGE_RESULTS, and the queue gets a message with their
    S3 URI. Without THAW_LARGE_RESULTS, the original message goes to the dead letters.

    Returns:
        The ids of messages to return to the source queue: those whose delivery failed and, without dead letters, those
        with a reason.
    """
    good = [(one, encode({"id": one.id, "results": one.results})) for one in messages if not one.reason]
    if settings.results.startswith("s3://"):
        returned = _to_bucket(settings.results, ((one.id, body) for one, body in good))
    else:
        returned = _to_results_queue(good, settings)
    rejected = [queues.message(one.id, one.body, one.reason) for one in messages if one.reason]
    if settings.dead_letters:
        return returned + _to_queue(settings.dead_letters, rejected)
    return returned + [one.id for one in rejected]


def _to_results_queue(good: list[tuple[Scored, bytes]], settings: Settings) -> list[str]:
    """Send results to the queue; sets the reason of messages whose results are too large for every destination."""
    returned: list[str] = []
    fitting: list[Message] = []
    for one, body in good:
        sent = queues.message(one.id, body.decode())
        if sent.size <= MAX_BYTES:
            fitting.append(sent)
        elif not settings.large_results:
            one.reason = (
                f"the results of {len(one.results)} rows have {sent.size} bytes, a message has at most {MAX_BYTES}: "
                "send fewer rows in a message, or set THAW_LARGE_RESULTS"
            )
        elif _to_bucket(settings.large_results, [(one.id, body)]):
            returned.append(one.id)
        else:
            place = encode({"id": one.id, "results_uri": _uri(settings.large_results, one.id)})
            fitting.append(queues.message(one.id, place.decode()))
    return returned + _to_queue(settings.results, fitting)


def _to_queue(url: str, messages: list[Message]) -> list[str]:
    """Send messages; return the ids of those that were not sent."""
    failed: list[str] = []
    for batch in batches(messages):
        try:
            failed += queues.send(url, batch)
        except OSError as error:
            LOGGER.error("cannot send %d messages to %s: %s", len(batch), url, error)
            failed += [one.id for one in batch]
    return failed


def _to_bucket(prefix: str, results: Iterable[tuple[str, bytes]]) -> list[str]:
    """Write a JSON file for each message, named after its id, so that a repeated message overwrites it.

    Returns:
        The ids of the messages whose file was not written.
    """
    failed = []
    for name, body in results:
        bucket, _, key = _uri(prefix, name).removeprefix("s3://").partition("/")
        try:
            Bucket(bucket).put(key, body)
        except OSError as error:
            LOGGER.error("cannot write results to %s: %s", prefix, error)
            failed.append(name)
    return failed


def _uri(prefix: str, name: str) -> str:
    return f"{prefix.rstrip('/')}/{name}.json"
