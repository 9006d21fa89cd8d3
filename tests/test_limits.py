"""Limits of memory and rows: derived from the memory there is, and kept before a model predicts."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from handler.core import Core
from handler.limits import memory
from handler.limits.memory import Limits
from handler.limits.reservations import Reservations
from handler.message import Request
from handler.settings import Settings

MB = 1024**2
ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("variables", "files", "expected"),
    [
        ({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512"}, {}, 512 * MB),
        ({}, {"memory.max": "1048576"}, MB),
        ({}, {"memory/memory.limit_in_bytes": "1048576"}, MB),
        ({}, {"memory.max": "max"}, None),
        ({}, {"memory.max": str(2**60)}, None),
    ],
)
def test_memory_is_the_containers(
    variables: dict[str, str], files: dict[str, str], expected: int | None, tmp_path: Path
) -> None:
    """It is the function's or the container's limit, else the machine's memory."""
    (tmp_path / "memory").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(f"{text}\n")
    machine = memory.total_memory({}, tmp_path / "none")
    assert (expected or machine) == memory.total_memory(variables, tmp_path)


def test_workers_share_the_memory() -> None:
    """Two workers have half of it each, less what the process uses already."""
    one, two = (memory.of_process({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "2048", "WEB_CONCURRENCY": n}) for n in "12")
    assert two.memory < one.memory < 2048 * MB
    assert two.body <= one.body <= memory.MAX_BODY


def test_a_request_costs_at_most_all_memory() -> None:
    """A request that fits the limits can always be admitted, however little memory there is."""
    for size in (0, 64 * MB, 512 * MB, 64 * 1024 * MB):
        limits = memory.of_memory(size)
        assert 0 < limits.cost(1_000, 2) <= limits.cost(limits.body, 2) <= limits.memory
        assert limits.rows(2) >= 10_000


@pytest.fixture(scope="module", name="core")
def _core(bundle: Path) -> Core:
    """A core whose requests may have 1,000 rows."""
    core = Core(Settings(bundle))
    core.predictor.schema.max_rows = 1_000
    return core


@pytest.mark.parametrize(
    ("path", "body", "media"),
    [
        ("/predict", json.dumps([{"text": ""}] * 1_001), "application/json"),
        ("/invocations", json.dumps({"dataframe_records": [{"text": ""}] * 1_001}), "application/json"),
        ("/invocations", json.dumps({"dataframe_split": {"data": [[""]] * 1_001}}), "application/json"),
        ("/invocations", json.dumps({"instances": [""] * 1_001}), "application/json"),
        ("/invocations", json.dumps({"inputs": {"text": [""] * 1_001}}), "application/json"),
        ("/invocations", "text\n" + "a\n" * 1_001, "text/csv"),
        (
            "/v2/models/{}/infer",
            json.dumps({"inputs": [{"name": "text", "shape": [1_001], "datatype": "BYTES", "data": [""] * 1_001}]}),
            "application/json",
        ),
    ],
)
def test_too_many_rows_are_not_predicted(
    path: str, body: str, media: str, core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every form of every protocol gets 413."""
    monkeypatch.setattr(core.predictor, "predict", None)
    path = path.format(core.predictor.manifest.model.name)
    response = core.answer(Request("POST", path, {"content-type": media}, {}, body.encode(), id="id"))
    assert 413 == response.status
    assert b"more than 1000 rows" in response.body


PROGRAM = """
import logging, pathlib, resource, sys
from handler.core import Core
from handler.message import Request
from handler.settings import Settings
logging.disable()
core = Core(Settings(pathlib.Path(sys.argv[1])))
body = sys.stdin.buffer.read()
used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = used()
request = Request("POST", "/invocations", {"content-type": sys.argv[2]}, {}, body, id="id")
status = core.answer(request).status
print(status, used() - before, core.limits.cost(len(body), core.predictor.width))
"""


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("text/csv", "text\n" + "0\n" * 100_000),
        ("application/json", json.dumps({"dataframe_split": {"data": [[""]] * 100_000}}, separators=(",", ":"))),
        ("application/json", json.dumps({"dataframe_records": [{"text": ""}] * 100_000}, separators=(",", ":"))),
        ("application/json", "[" * 1_000_000),
        ("application/json", '{"inputs":{"text":[' + "{}," * 300_000 + "{}]}}"),
    ],
    ids=["csv", "split", "records", "nested", "objects"],
)
def test_the_cost_of_a_request_is_an_upper_bound(media: str, body: str, bundle: Path) -> None:
    """The worst bodies use no more memory than is reserved for them."""
    command = [sys.executable, "-c", PROGRAM, str(bundle), media]
    done = subprocess.run(command, cwd=ROOT, input=body.encode(), capture_output=True, check=True, timeout=120)
    _, used, cost = map(int, done.stdout.split())
    assert used < cost


def test_reservations_stay_within_the_total() -> None:
    """Others wait, in their order; one that is cancelled leaves its place."""
    order: list[int] = []

    async def hold(number: int, size: int, reservations: Reservations) -> None:
        async with reservations.reserve(size):
            order.append(number)
            await asyncio.sleep(0.01)

    async def run() -> None:
        reservations = Reservations(10)
        tasks = [asyncio.create_task(hold(number, size, reservations)) for number, size in enumerate((6, 6, 4, 99))]
        await asyncio.sleep(0)
        assert [0] == order
        tasks[1].cancel()
        await asyncio.sleep(0.001)
        assert [0, 2] == order
        await asyncio.gather(*tasks, return_exceptions=True)
        assert [0, 2, 3] == order
        async with asyncio.timeout(1), reservations.reserve(10):
            pass

    asyncio.run(run())


def test_the_defaults_are_those_of_much_memory() -> None:
    """Without a process to measure, only the fixed limits hold."""
    assert Limits().body == memory.MAX_BODY
