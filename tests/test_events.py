"""The sample events in events/: one adapter claims each, its response has the expected status, the README lists it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handler import adapters
from handler.errors import UnknownEvent
from local.invoke import HANDLER
from local.runtime_api import Runtime
from local.stage import interpreter, stage

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "events"
FILES = sorted(FOLDER.glob("*.json"))

# Expected status and part of the body by file; a file without an entry is a valid request.
GOOD = (200, '"FakeNewsTrueFalse":')
OUTCOMES = {
    "alb_bad_json": (400, "JSON"),
    "alb_health": (200, "\n"),
    "alb_multi_value_wrong_type": (422, '"column":"text"'),
    "authorizer": (400, "the event of an authorizer"),
    "direct_empty": (422, '"column":"text"'),
    "direct_list": (400, "list"),
    "direct_wrong_type": (422, '"column":"text"'),
    "http_v2_add": (200, '{"total":7}'),
    "http_v2_bad_json": (400, "JSON"),
    "http_v2_empty_batch": (200, "[]"),
    "http_v2_health": (200, "\n"),
    "http_v2_missing_column": (422, '"column":"text"'),
    "http_v2_no_body": (400, "JSON"),
    "http_v2_not_found": (404, "/favicon.ico"),
    "http_v2_nulls": (400, "JSON"),
    "http_v2_ping": (200, "\n"),
    "http_v2_root": (200, '{"message":"Hello Model"}'),
    "http_v2_wrong_content_type": (415, "text/csv"),
    "http_v2_wrong_method": (405, "POST"),
    "http_v2_wrong_type": (422, '"row":1'),
    "rest_v1_missing_column": (422, '"column":"text"'),
    "rest_v1_not_found": (404, "/favicon.ico"),
    "rest_v1_nulls": (400, "JSON"),
    "scheduled": (400, "EventBridge"),
    "items": (200, '{"index":41,"key":{"id":"n-18"},"error":{'),
    "items_csv": (200, '{"index":1,"error":{'),
    "sqs": (200, '{"batchItemFailures":[{"itemIdentifier":"19dd0b57-b21e-4ac1-bd88-01bbb068cb78"}]}'),
}

ENVELOPE = {"statusCode", "body", "isBase64Encoded"}

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


@each_file
def test_one_adapter_claims_it(path: Path) -> None:
    """At most one adapter claims an event; an unsupported event is an error."""
    event = json.loads(path.read_bytes())
    claimants = [one for one in adapters.ADAPTERS if isinstance(event, dict) and one.claims(event)]

    assert len(claimants) <= 1
    if claimants:
        assert claimants[0] is adapters.find(event)
    else:
        with pytest.raises(UnknownEvent):
            adapters.find(event)


@pytest.fixture(scope="module", name="runtime")
def _runtime(bundle: Path) -> Iterator[Runtime]:
    """Lambda's own runtime client, and the handler with the bundle of the text model."""
    with stage(bundle) as (folder, variables), Runtime(interpreter(bundle), HANDLER, folder, variables) as runtime:
        yield runtime


@each_file
def test_it_gets_the_expected_response(path: Path, runtime: Runtime) -> None:
    """Each event gets the expected status and body, in the form that its source expects."""
    answer: Any = runtime.invoke(json.loads(path.read_bytes())).value
    enveloped = answer.keys() >= ENVELOPE
    status = answer["statusCode"] if enveloped else answer.get("status", 200)
    body = answer["body"] if enveloped else json.dumps(answer, separators=(",", ":"))
    expected_status, expected_part = OUTCOMES.get(path.stem, GOOD)

    assert expected_status == status
    assert expected_part in body
    assert enveloped == path.stem.startswith(("alb", "function_url", "http_v2", "rest_v1", "vpc_lattice"))


def test_every_outcome_has_its_file() -> None:
    """Every entry of the table of outcomes has its file."""
    assert set() == set(OUTCOMES) - {path.stem for path in FILES}


def test_the_readme_lists_them() -> None:
    """events/README.md lists every file once, with its status."""
    table = re.findall(
        r"^\| \[(\w+)\.json\]\(\1\.json\) \|.*\| (\d*) ?\|$", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE
    )

    assert sorted((path.stem, OUTCOMES.get(path.stem, GOOD)[0]) for path in FILES) == sorted(
        (name, int(status or 200)) for name, status in table
    )
