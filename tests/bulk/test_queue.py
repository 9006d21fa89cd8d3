"""Messages of a queue, with moto's SQS and S3: results are delivered, bad messages go to the dead letters."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from handler.adapters import sqs as adapter
from handler.aws import queues as client
from handler.aws.queues import MAX_BYTES
from handler.core import Core
from handler.errors import MalformedBody
from handler.settings import Settings

GOOD = json.dumps({"text": "the moon is made of cheese"})
MANY = json.dumps([{"text": "one"}, {"text": 2}, {"text": "three"}])

Queues = dict[str, Any]
Deliver = Callable[..., list[str]]


@pytest.fixture(name="queues")
def _queues(account: str) -> Queues:
    """Create an empty queue for results and one for dead letters."""
    assert account
    sqs = boto3.resource("sqs")
    for queue in sqs.queues.all():
        queue.delete()
    return {name: sqs.create_queue(QueueName=name) for name in ("results", "dead")}


@pytest.fixture(name="bucket")
def _bucket(account: str) -> Any:
    """Create an empty bucket."""
    assert account
    bucket = boto3.resource("s3").Bucket("ours")
    bucket.create(CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return bucket


@pytest.fixture(name="deliver")
def _deliver(bundle: Path, queues: Queues) -> Deliver:
    """Send messages to the handler as Lambda does; return the ids of the messages that return to the queue."""

    def deliver(messages: dict[str, str], **more: str) -> list[str]:
        urls = {"results": queues["results"].url, "dead_letters": queues["dead"].url}
        core = Core(Settings(bundle, **{**urls, **more}))
        records = [{"messageId": name, "body": body, "eventSource": "aws:sqs"} for name, body in messages.items()]
        event = {"Records": records}
        answer = adapter.write_response(core.score_batch(adapter.read_event(event, "id", None)), event)
        return [one["itemIdentifier"] for one in answer["batchItemFailures"]]

    return deliver


def received(queue: Any) -> list[Any]:
    """Receive all messages of a queue."""
    found: list[Any] = []
    while more := queue.receive_messages(MaxNumberOfMessages=10, MessageAttributeNames=["All"]):
        found += more
        for message in more:
            message.delete()
    return found


def test_results_are_delivered(queues: Queues, deliver: Deliver) -> None:
    """The results of a message with one or many rows are one message, with the id of the first."""
    assert [] == deliver({"a": GOOD, "b": MANY})
    found = {one["id"]: one["results"] for one in (json.loads(x.body) for x in received(queues["results"]))}
    assert [{"output"}] == [set(result) for result in found["a"]]
    assert [{"output"}, {"error"}, {"output"}] == [set(result) for result in found["b"]]
    assert not received(queues["dead"])


def test_more_than_ten_messages_are_delivered(queues: Queues, deliver: Deliver) -> None:
    """SQS takes ten messages in a batch."""
    names = {f"m{number}" for number in range(25)}
    assert [] == deliver(dict.fromkeys(names, GOOD))
    assert names == {json.loads(one.body)["id"] for one in received(queues["results"])}


def test_results_over_a_megabyte_are_delivered(queues: Queues, deliver: Deliver) -> None:
    """Ten messages of 3,500 rows have 1.37 MB of results, more than a batch of SQS."""
    names = {f"m{number}" for number in range(10)}
    assert [] == deliver(dict.fromkeys(names, json.dumps([{"text": "a"}] * 3_500)))
    bodies = [one.body for one in received(queues["results"])]
    assert names == {json.loads(body)["id"] for body in bodies}
    assert sum(map(len, bodies)) > MAX_BYTES


LARGE = json.dumps([{"text": "a"}] * 30_000)


def test_results_too_large_for_a_message_go_to_s3(queues: Queues, bucket: Any, deliver: Deliver) -> None:
    """The results of 30,000 rows fit into no message, so the queue gets their S3 URI."""
    assert [] == deliver({"big": LARGE, "small": GOOD}, large_results="s3://ours/large")
    found = {one["id"]: one for one in (json.loads(x.body) for x in received(queues["results"]))}
    assert {"id": "big", "results_uri": "s3://ours/large/big.json"} == found["big"]
    assert "results" in found["small"]
    assert 30_000 == len(json.loads(bucket.Object("large/big.json").get()["Body"].read())["results"])


def test_results_too_large_for_a_message_go_to_the_dead_letters(queues: Queues, deliver: Deliver) -> None:
    """Without a bucket for large results, the message itself goes there with the reason."""
    assert [] == deliver({"big": LARGE, "small": GOOD})
    [dead] = received(queues["dead"])
    assert LARGE == dead.body
    assert "a message has at most 1048576: send fewer rows" in dead.message_attributes["reason"]["StringValue"]
    assert 1 == len(received(queues["results"]))


def test_large_results_without_any_destination_return(queues: Queues, deliver: Deliver) -> None:
    """Nothing is acknowledged that was not delivered."""
    assert ["big"] == deliver({"big": LARGE, "small": GOOD}, dead_letters="")
    assert 1 == len(received(queues["results"]))


@pytest.mark.parametrize("place", ["s3://none/large"])
def test_large_results_that_s3_rejects_return(place: str, queues: Queues, deliver: Deliver) -> None:
    """The queue gets no URI of a file that was not written."""
    assert ["big"] == deliver({"big": LARGE}, large_results=place)
    assert not received(queues["results"])


def test_without_a_destination_nothing_is_acknowledged(
    queues: Queues, deliver: Deliver, caplog: pytest.LogCaptureFixture
) -> None:
    """Every message returns to the queue, with one line in the log."""
    assert ["a", "b"] == deliver({"a": GOOD, "b": "no JSON"}, results="")
    assert not received(queues["dead"])
    lines = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    assert ["THAW_RESULTS is not set: 2 messages return to the queue unscored"] == lines


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("no JSON", "the message is not valid JSON"),
        ("[]", "the message has no rows"),
        ('{"text": 7}', "expected a string, got an integer"),
        ('[{"text": 7}, 3]', "expected a string, got an integer"),
        ("3", "expected an object"),
        ('{"text": "\\ud800"}', "expected Unicode text, got a lone surrogate"),
    ],
)
def test_bad_messages_go_to_the_dead_letters(body: str, reason: str, queues: Queues, deliver: Deliver) -> None:
    """They carry the reason and do not return; other messages of the batch are scored."""
    assert [] == deliver({"good": GOOD, "bad": body})
    [dead] = received(queues["dead"])
    assert body == dead.body
    assert reason in dead.message_attributes["reason"]["StringValue"]
    assert 1 == len(received(queues["results"]))


def test_a_bad_row_does_not_fail_its_message(queues: Queues, deliver: Deliver) -> None:
    """A number out of range or a lone surrogate is an error of its row."""
    assert [] == deliver({"a": '[{"text": "a"}, {"text": 1e400}, {"text": "\\ud800"}, {"text": "b"}]'})
    [message] = received(queues["results"])
    results = json.loads(message.body)["results"]
    assert ["output", "error", "error", "output"] == [key for result in results for key in result]


def test_bad_messages_return_without_dead_letters(queues: Queues, deliver: Deliver) -> None:
    """The queue's own redrive policy then counts."""
    assert ["bad"] == deliver({"good": GOOD, "bad": "no JSON"}, dead_letters="")
    assert not received(queues["dead"])


def test_results_go_to_s3(bucket: Any, deliver: Deliver) -> None:
    """Each message has a file; a repeated message overwrites it."""
    for _ in range(2):
        assert [] == deliver({"a": GOOD, "b": MANY}, results="s3://ours/scored")
    assert ["scored/a.json", "scored/b.json"] == [one.key for one in bucket.objects.all()]
    assert 3 == len(json.loads(bucket.Object("scored/b.json").get()["Body"].read())["results"])


@pytest.mark.parametrize("place", ["s3://none/scored", "http://127.0.0.1:9/queue"])
def test_messages_return_if_results_cannot_be_delivered(place: str, queues: Queues, deliver: Deliver) -> None:
    """Bad messages go to the dead letters all the same."""
    assert ["a"] == deliver({"a": GOOD, "bad": "no JSON"}, results=place)
    assert 1 == len(received(queues["dead"]))


@pytest.mark.parametrize("record", [{}, {"messageId": "a"}, {"messageId": "\ud800", "body": "{}"}])
def test_a_record_without_a_body_or_a_valid_id_fails_the_batch(record: dict[str, str]) -> None:
    """It is not an SQS event."""
    with pytest.raises(MalformedBody, match="not a valid SQS event"):
        adapter.read_event({"Records": [{"eventSource": "aws:sqs", **record}]}, "id", None)


def test_batches_are_split_by_number_and_size() -> None:
    """Ten messages, or a megabyte of bodies and attributes."""
    messages = [client.message(str(size), "x" * size, "why") for size in (MAX_BYTES - 100, 500, 500, *[1] * 12)]
    assert [1, 10, 4] == [len(batch) for batch in client.batches(messages)]
    assert all(sum(one.size for one in batch) <= MAX_BYTES for batch in client.batches(messages))


def test_a_reason_is_cut_to_fit() -> None:
    """The message's body stays whole, up to the largest that SQS takes."""
    for body in (MAX_BYTES, MAX_BYTES - 14, MAX_BYTES - 5, 10):
        message = client.message("a", "x" * body, "é\x00" * 2_000)
        assert body == len(message.body)
        assert message.size <= MAX_BYTES
        assert "\x00" not in message.reason
