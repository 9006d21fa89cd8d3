"""Where results of messages go: to another queue, or into S3; and where messages go that cannot be scored."""

from typing import Any

import msgspec

from handler.answers import encode
from handler.aws import queues
from handler.aws.s3 import Bucket
from handler.log import LOGGER
from handler.settings import Settings

_BATCH = 10
"""Messages that a queue takes at once."""


class Scored(msgspec.Struct):
    """A message: its id, its text, the results of its rows, and why none of them could be scored."""

    id: str
    body: str
    results: list[Any]
    reason: str = ""


def deliver(found: list[Scored], settings: Settings) -> list[str]:
    """Send results where THAW_RESULTS says, and messages with a reason to THAW_DEAD_LETTERS.

    Returns:
        The ids of messages to be handed over again: those whose delivery failed, and, where there are no dead letters,
        those with a reason.
    """
    poison = [one for one in found if one.reason]
    again = [one.id for one in poison]
    if settings.dead_letters:
        again = _to_queue(settings.dead_letters, [(one.id, one.body, one.reason) for one in poison])
    good = [(one.id, encode({"id": one.id, "results": one.results}).decode(), "") for one in found if not one.reason]
    if settings.results.startswith("s3://"):
        return again + _to_bucket(settings.results, good)
    return again + (_to_queue(settings.results, good) if settings.results else [])


def _to_queue(url: str, entries: list[tuple[str, str, str]]) -> list[str]:
    """Send messages, each an id, a text and a reason or none; the ids of those that were not taken."""
    failed = []
    for start in range(0, len(entries), _BATCH):
        part = entries[start : start + _BATCH]
        try:
            failed += queues.send(url, part)
        except OSError as error:
            LOGGER.error("queue %s does not take messages: %s", url, error)
            failed += [name for name, _, _ in part]
    return failed


def _to_bucket(place: str, entries: list[tuple[str, str, str]]) -> list[str]:
    """Write a JSON file for each message, named by its id: the same message twice gives the same file."""
    name, _, prefix = place.removeprefix("s3://").rstrip("/").partition("/")
    bucket, failed = Bucket(name), []
    for key, text, _ in entries:
        try:
            bucket.put(f"{prefix}/{key}.json" if prefix else f"{key}.json", text.encode())
        except OSError as error:
            LOGGER.error("%s does not take results: %s", place, error)
            failed.append(key)
    return failed
