"""The bundle in build/bundle, whatever model it serves: it is proved again, and its own requests are answered.

`make test-quick` and `make verify` build it first from model/artifact, which holds the sample model or a user's own.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handler.bundle import read_manifest
from local.invoke import HANDLER
from local.runtime_api import Runtime
from local.stage import interpreter, stage
from model.build import events
from model.build.verify import verify

BUNDLE = Path(__file__).resolve().parent.parent / "build" / "bundle"

pytestmark = pytest.mark.skipif(not BUNDLE.exists(), reason="there is no build/bundle: run `make bundle`")


@pytest.fixture(scope="module", name="runtime")
def _runtime() -> Iterator[Runtime]:
    """Lambda's own runtime client, and the handler with the bundle."""
    with stage(BUNDLE) as (folder, variables), Runtime(interpreter(BUNDLE), HANDLER, folder, variables) as runtime:
        yield runtime


@pytest.fixture(scope="module", name="own_events")
def _own_events(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The events with the model's own example, by source."""
    paths = events.write(BUNDLE, tmp_path_factory.mktemp("events"))
    return {path.stem: json.loads(path.read_bytes()) for path in paths}


def test_the_bundle_gives_mlflows_answers() -> None:
    """Every file is the one that was proved, and the recorded answers are reproduced."""
    state = read_manifest(BUNDLE).parity["state"]
    if state == "unproved":
        pytest.skip("the bundle was built without a proof")
    assert verify(BUNDLE).verdict.rows


def test_it_is_healthy(runtime: Runtime) -> None:
    """GET /health is 200."""
    event = {"version": "2.0", "rawPath": "/health", "requestContext": {"http": {"method": "GET"}}}
    assert 200 == runtime.invoke(event).value["statusCode"]


@pytest.mark.parametrize("source", [name for name in events.SOURCES if name != "sqs"])
def test_it_answers_its_own_example(source: str, own_events: dict[str, Any], runtime: Runtime) -> None:
    """The input example is predicted, whatever event it arrives in."""
    if source not in own_events:
        pytest.skip("the model has no input example, or none that is one object")
    answer = runtime.invoke(own_events[source]).value
    if source == "items":
        assert [] == [item for item in answer["Items"] if "error" in item]
    elif source == "direct":
        assert not {"status", "title", "detail"} <= answer.keys(), answer
    else:
        assert 200 == answer["statusCode"], answer["body"]
