"""`sam build` with the unmodified template and samconfig.toml, and the responses of `sam local`."""

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request

import pytest
from containers.commands import CALL_SECONDS, EVENTS, ROOT, ask, environment, run, same
from serving import free_port

INVOKED = ["http_v2", "http_v2_wrong_type", "direct"]

# What a client can ask for; `sam local` has no stages.
NOT_ASKED = {"http_v2_nulls", "http_v2_stage"}
REQUESTED = [path for path in EVENTS if path.stem.startswith("http_v2") and path.stem not in NOT_ASKED]


@pytest.fixture(scope="module", name="api")
def _api(sam: Path, built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run `sam local start-api`; yield its address."""
    port = str(free_port())
    log = tmp_path_factory.mktemp("api") / "log"
    command: list[str | Path] = [sam, "local", "start-api", "--template", built, "--port", port]
    command += ["--warm-containers", "LAZY", "--disable-authorizer"]  # as samconfig.toml, which lies elsewhere, has it
    with log.open("wb") as stream:
        server = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=stream, stderr=stream)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()  # an interrupt is not heeded
        server.wait(CALL_SECONDS)
        print(log.read_text())


@pytest.mark.parametrize("name", INVOKED)
def test_local_invoke_responds_as_in_process(name: str, sam: Path, built: Path, expected: dict[str, Any]) -> None:
    """`sam local invoke` prints the handler's response."""
    event = ROOT / "events" / f"{name}.json"
    printed = run(sam, "local", "invoke", "Thaw", "--template", built, "--event", event).stdout

    assert same(expected[event.name]) == same(json.loads(printed))


@pytest.mark.parametrize("path", REQUESTED, ids=lambda path: path.stem)
def test_start_api_responds_as_in_process(path: Path, api: str, expected: dict[str, Any]) -> None:
    """`sam local start-api` returns the status and the exact bytes of the handler's response."""
    event = json.loads(path.read_bytes())
    body = event.get("body", "").encode()
    request = Request(  # noqa: S310 - our own address
        api + event["rawPath"],
        data=(base64.b64decode(body) if event["isBase64Encoded"] else body) or None,
        method=event["requestContext"]["http"]["method"],
        headers={name: value for name, value in event["headers"].items() if name == "content-type"},
    )
    answer = expected[path.name]

    assert (answer["statusCode"], answer["body"].encode()) == ask(request)
