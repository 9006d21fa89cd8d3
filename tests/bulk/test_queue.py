"""Messages of a queue, over moto's SQS and S3: results arrive, poison goes to the dead letters, the rest comes back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from handler.adapters import sqs as adapter
from handler.core import Core
from handler.settings import Settings

GOOD = json.dumps({"text": "the moon is made of cheese"})
MANY = json.dumps([{"text": "one"}, {"text": 2}, {"text": "three"}])

Deliver = Callable[..., list[str]]


@pytest.fixture(name="queues")
def _queues(account: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """An empty queue for results and one for dead letters, named by settings."""
    assert account
    sqs = boto3.resource("sqs")
    for queue in sqs.queues.all():
        queue.delete()
    found = {name: sqs.create_queue(QueueName=name) for name in ("results", "dead")}
    monkeypatch.setenv("THAW_RESULTS", found["results"].url)
    monkeypatch.setenv("THAW_DEAD_LETTERS", found["dead"].url)
    return found


@pytest.fixture(name="deliver")
def _deliver(bundle: Path) -> Deliver:
    """Hand messages over as Lambda does; the ids of those that come back."""
    core = Core(Settings(bundle))

    def deliver(**messages: str) -> list[str]:
        event = {
            "Records": [{"messageId": name, "body": body, "eventSource": "aws:sqs"} for name, body in messages.items()]
        }
        answer = adapter.write(core.answer(adapter.read(event, "id", None)), event)
        return [one["itemIdentifier"] for one in answer["batchItemFailures"]]

    return deliver


def received(queue: Any) -> list[Any]:
    """All messages of a queue."""
    found: list[Any] = []
    while more := queue.receive_messages(MaxNumberOfMessages=10, MessageAttributeNames=["All"]):
        found += more
        for message in more:
            message.delete()
    return found


def test_results_arrive(queues: dict[str, Any], deliver: Deliver) -> None:
    """A message each, by the id of the one that asked; one row or many, of which some may be bad."""
    assert [] == deliver(a=GOOD, b=MANY)
    found = {one["id"]: one["results"] for one in (json.loads(x.body) for x in received(queues["results"]))}
    assert [{"output"}] == [set(result) for result in found["a"]]
    assert [{"output"}, {"error"}, {"output"}] == [set(result) for result in found["b"]]
    assert not received(queues["dead"])


def test_more_than_ten_arrive(queues: dict[str, Any], deliver: Deliver) -> None:
    """A queue takes ten at once."""
    names = {f"m{number}" for number in range(25)}
    assert [] == deliver(**dict.fromkeys(names, GOOD))
    assert names == {json.loads(one.body)["id"] for one in received(queues["results"])}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("no JSON", "it is no JSON"),
        ("[]", "it holds no row"),
        ('{"text": 7}', "expected a string, got an integer"),
        ('[{"text": 7}, 3]', "expected a string, got an integer"),
        ("3", "expected an object"),
    ],
)
def test_poison_goes_to_the_dead_letters(body: str, reason: str, queues: dict[str, Any], deliver: Deliver) -> None:
    """With the reason, and does not come back; its neighbours are answered."""
    assert [] == deliver(good=GOOD, bad=body)
    [dead] = received(queues["dead"])
    assert body == dead.body
    assert reason in dead.message_attributes["reason"]["StringValue"]
    assert 1 == len(received(queues["results"]))


def test_poison_comes_back_without_dead_letters(
    queues: dict[str, Any], deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue's own redrive policy then counts."""
    monkeypatch.setenv("THAW_DEAD_LETTERS", "")
    assert ["bad"] == deliver(good=GOOD, bad="no JSON")
    assert not received(queues["dead"])


def test_results_go_into_s3(queues: dict[str, Any], deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file for each message; the same message twice gives the same file."""
    assert queues
    bucket = boto3.resource("s3").Bucket("ours")
    bucket.create(CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    monkeypatch.setenv("THAW_RESULTS", "s3://ours/scored")
    for _ in range(2):
        assert [] == deliver(a=GOOD, b=MANY)
    assert ["scored/a.json", "scored/b.json"] == [one.key for one in bucket.objects.all()]
    assert 3 == len(json.loads(bucket.Object("scored/b.json").get()["Body"].read())["results"])


@pytest.mark.parametrize("place", ["s3://none/scored", "http://127.0.0.1:9/queue"])
def test_what_cannot_be_delivered_comes_back(
    place: str, queues: dict[str, Any], deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost when results find no place."""
    monkeypatch.setenv("THAW_RESULTS", place)
    assert ["a"] == deliver(a=GOOD, bad="no JSON")
    assert 1 == len(received(queues["dead"]))


def test_a_record_without_a_body_fails_the_batch(deliver: Deliver) -> None:
    """It is none of SQS."""
    assert deliver
    with pytest.raises(adapter.MalformedBody, match="the event is none of SQS"):
        adapter.read({"Records": [{"eventSource": "aws:sqs"}]}, "id", None)
