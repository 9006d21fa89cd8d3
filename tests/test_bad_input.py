"""Bodies that would cost much: a clear 4xx in its protocol's form, in little time and memory."""

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
from model import candidates, child, mlmodel

SECONDS = 5
"""For one body, on a machine that does other things too."""

MEGABYTES = 300
"""More than the process had before the first."""

FORMS = {
    "/predict": ("application/problem+json", {"type", "title", "status", "detail"}),
    "/invocations": ("application/json", {"error_code", "message", "sqlstate", "error_class"}),
    "/v2": ("application/json", {"error"}),
}
"""An error's content type and fields, beside `row` and `column`, by the beginning of the path."""

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
    request = Request("POST", path, headers, {}, base64.b64decode(body), "id")
    started = time.perf_counter()
    response = core.answer(request)
    took = time.perf_counter() - started
    said = response.body.decode() if response.status != 200 else ""
    answer = response.status, response.headers["content-type"], said, took, used() - before
    print("ANSWER" + json.dumps(answer), flush=True)
"""


class Answered(NamedTuple):
    """What was answered, in how many seconds, and how many megabytes the process has had more than at first."""

    status: int
    content_type: str
    body: str
    seconds: float
    megabytes: int


@contextmanager
def measured(bundle: Path) -> Iterator[Callable[[Bomb], Answered]]:
    """The handler in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(bundle)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=child.ROOT,
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
    """The bundle of a model without a signature, which takes what it is given, served by MLflow."""
    folder = tmp_path_factory.mktemp("unsigned")
    model = mlmodel.read(saved("unsigned mirror")[1])
    return candidates.stage(model, candidates.Candidate("pyfunc", {}), Path(sys.executable), folder).folder


def test_every_bomb_is_refused(bundle: Path) -> None:
    """By a model with a signature, in its protocol's own form, with a message that can be read."""
    with measured(bundle) as ask:
        for bomb in bombs(bundles.read(bundle).model.name):
            answer = ask(bomb)
            content_type, fields = next(form for path, form in FORMS.items() if bomb.path.startswith(path))
            assert 400 <= answer.status < 500, (bomb.name, bomb.path, answer)
            error: dict[str, Any] = json.loads(answer.body)
            assert (content_type, fields) == (answer.content_type, error.keys() - {"row", "column"}), (bomb.name, error)
            assert len(answer.body) < 5_000, bomb.name
            assert (True, True) == (answer.seconds < SECONDS, answer.megabytes < MEGABYTES), (bomb.name, answer)


def test_no_bomb_goes_off_without_a_signature(unsigned: Path) -> None:
    """Then much is allowed, but neither does it fail nor take long."""
    with measured(unsigned) as ask:
        for bomb in bombs(bundles.read(unsigned).model.name):
            answer = ask(bomb)
            assert answer.status == 200 or 400 <= answer.status < 500, (bomb.name, bomb.path, answer)
            assert (True, True) == (answer.seconds < SECONDS, answer.megabytes < MEGABYTES), (bomb.name, answer)


def test_a_small_parquet_file_of_many_rows_is_refused(unsigned: Path) -> None:
    """What it holds is known from its end, before it is read."""
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
