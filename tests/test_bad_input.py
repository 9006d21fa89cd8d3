"""Expensive bodies: each gets a clear 4xx in its protocol's format, in little time and memory."""

import io
import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from bombs import Bomb, bombs
from zoo.case import Case

from handler import bundle as bundles
from model import mlmodel
from model.build import candidates
from model.process import ROOT

SECONDS = 5
"""The most seconds for one body, on a busy machine."""

MEGABYTES = 300
"""The most memory that the process may add to what it used before the first body."""

FORMS = {
    "/predict": ("application/problem+json", {"type", "title", "status", "detail"}),
    "/invocations": ("application/json", {"error_code", "message", "sqlstate", "error_class"}),
    "/v2": ("application/json", {"error"}),
}
"""Content type and fields of an error, besides `row` and `column`, by prefix of the path."""

_PROGRAM = """
import base64, json, logging, pathlib, resource, sys, time
from handler.core import Core
from handler.message import Request
from handler.settings import Settings

logging.disable()
core = Core(Settings(pathlib.Path(sys.argv[1])))

def used():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

before = used()
for line in sys.stdin:
    path, headers, body = json.loads(line)
    request = Request("POST", path, headers, {}, base64.b64decode(body), id="id")
    started = time.perf_counter()
    response = core.answer(request)
    took = time.perf_counter() - started
    said = response.body.decode() if response.status != 200 else ""
    answer = response.status, response.headers["content-type"], said, took, used() - before
    print("ANSWER" + json.dumps(answer), flush=True)
"""


class Answered(NamedTuple):
    """A response: how many seconds it took, and how many megabytes the process has added so far."""

    status: int
    content_type: str
    body: str
    seconds: float
    megabytes: int


@contextmanager
def measured(bundle: Path) -> Iterator[Callable[[Bomb], Answered]]:
    """Run the handler in a process of its own; yield a function that sends it a body."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(bundle)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )

    def ask(bomb: Bomb) -> Answered:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps([bomb.path, bomb.headers, b64encode(bomb.body).decode()]) + "\n")
        process.stdin.flush()
        line = next((line for line in process.stdout if line.startswith("ANSWER")), "ANSWER[0, null, null, 0, 0]")
        return Answered(*json.loads(line.removeprefix("ANSWER")))

    try:
        yield ask
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def unsigned(saved: Callable[[str], tuple[Case, Path]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a bundle of a model without a signature, which accepts any input, served by MLflow."""
    folder = tmp_path_factory.mktemp("unsigned")
    model = mlmodel.read(saved("unsigned mirror")[1])
    return candidates.stage(model, candidates.Candidate("pyfunc", {}), None, folder).folder


def test_every_bomb_is_refused(bundle: Path) -> None:
    """A model with a signature refuses every bomb, in the protocol's format, with a short message."""
    with measured(bundle) as ask:
        for bomb in bombs(bundles.read_manifest(bundle).model.name):
            answer = ask(bomb)
            content_type, fields = next(form for path, form in FORMS.items() if bomb.path.startswith(path))
            assert 400 <= answer.status < 500, (bomb.name, bomb.path, answer)
            error: dict[str, Any] = json.loads(answer.body)
            assert (content_type, fields) == (answer.content_type, error.keys() - {"row", "column"}), (bomb.name, error)
            assert len(answer.body) < 5_000, bomb.name
            assert (True, True) == (answer.seconds < SECONDS, answer.megabytes < MEGABYTES), (bomb.name, answer)


def test_no_bomb_goes_off_without_a_signature(unsigned: Path) -> None:
    """A model without a signature accepts some of them, but never fails or takes long."""
    with measured(unsigned) as ask:
        for bomb in bombs(bundles.read_manifest(unsigned).model.name):
            answer = ask(bomb)
            assert answer.status == 200 or 400 <= answer.status < 500, (bomb.name, bomb.path, answer)
            assert (True, True) == (answer.seconds < SECONDS, answer.megabytes < MEGABYTES), (bomb.name, answer)


def test_a_small_parquet_file_of_many_rows_is_refused(unsigned: Path) -> None:
    """The number of rows in a Parquet file's footer is checked before the rows are read."""
    import pyarrow as pa
    from pyarrow import parquet

    stream = io.BytesIO()
    rows = pa.repeat(pa.scalar(1, pa.int8()), 11_000_000)
    parquet.write_table(pa.table({"x": rows}), stream)
    packed = {"content-type": "application/vnd.apache.parquet"}
    with measured(unsigned) as ask:
        answer = ask(Bomb("rows", "/invocations", packed, stream.getvalue()))
        assert (413, True) == (answer.status, answer.megabytes < MEGABYTES)
        assert "the body has 11000000 rows and 1 columns; send fewer at a time" in answer.body
