"""The benchmark: one start of the smallest program, and how figures are compared and written."""

import json
import math
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bench import budgets, image, models, plot, report, subject, throughput
from bench.budgets import COMPILED, NATIVE
from bench.figures import Outcome
from bench.file_reads import FileReads, measure_file_reads
from bench.growth import Point
from bench.image import Contained, Measured
from bench.measure import Start, measure, warm_up
from bench.programs import BY_HAND, MLFLOW, NOTHING
from bench.throughput import SIZES, Rates, RunningProgram
from local.runtime_api import Runtime
from local.stage import environment

HAND = BY_HAND["sklearn"]


def sandbox(folder: Path, handler: str) -> Callable[..., Runtime]:
    """Return a function that creates a sandbox of a handler in a directory."""

    def make(more: Mapping[str, str] = {}) -> Runtime:
        return Runtime(Path(sys.executable), handler, folder, environment(**more))

    return make


def test_a_program_is_started_and_timed(tmp_path: Path) -> None:
    """Every start has all figures."""
    shutil.copy(subject.PROGRAMS / "nothing.py", tmp_path)
    done: list[None] = []

    results = measure(
        {NOTHING: sandbox(tmp_path, "nothing.handler")}, {}, starts=2, requests=3, done=lambda: done.append(None)
    )

    start, _ = results[NOTHING]
    assert 2 == len(done)
    assert 3 == len(start.warm)
    assert start.init > start.first > 0
    assert start.init > min(start.warm) > 0
    assert math.isnan(start.predict)
    assert 1 < start.peak < 100


def test_bytecode_is_written_before_timing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PYTHONDONTWRITEBYTECODE does not make every start compile its imports."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (tmp_path / "imported.py").write_text("")
    (tmp_path / "program.py").write_text(
        "import imported\ndef handler(event, context): return {'statusCode': 200, 'headers': {}}"
    )

    assert {} == warm_up({"program": sandbox(tmp_path, "program.handler")}, {})

    assert 1 == len(list((tmp_path / "__pycache__").glob("imported.*.pyc")))


def test_a_program_that_fails_is_left_out(tmp_path: Path) -> None:
    """A program that does not load or returns an error is left out, with its message."""
    (tmp_path / "broken.py").write_text("1 / 0")
    (tmp_path / "failing.py").write_text("def handler(event, context): return {'statusCode': 500, 'body': 'why'}")

    failed = warm_up({name: sandbox(tmp_path, f"{name}.handler") for name in ("broken", "failing")}, {})

    assert "division by zero" in failed["broken"]
    assert "failing returned" in failed["failing"]


def test_file_reads_are_counted(tmp_path: Path) -> None:
    """Each opened file counts once, and read and mapped bytes are summed."""
    (tmp_path / "data").write_bytes(bytes(3_000_000))
    (tmp_path / "mapped").write_bytes(bytes(5_000_000))
    (tmp_path / "bare.py").write_text("def handler(event, context): ...")
    (tmp_path / "program.py").write_text(
        "import mmap\nfor _ in 'twice': open('data', 'rb').read()\n"
        "file = open('mapped', 'rb')\nheld = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)\n"
        "bytes(held)\ndef handler(event, context): ..."
    )

    bare, full = (measure_file_reads(sandbox(tmp_path, f"{name}.handler")) for name in ("bare", "program"))

    assert 3 >= full.files - bare.files >= 2  # mmap may be a file of its own
    assert 15 == pytest.approx(full.read - bare.read, abs=0.5)
    assert 5 == pytest.approx(full.mapped - bare.mapped, abs=0.5)


@contextmanager
def doubling(wrong: int = 0) -> Iterator[RunningProgram]:
    """A program that doubles numbers, with errors in the first rows."""

    def send(body: bytes) -> tuple[bytes, float]:
        numbers = [row["x"] * 2 for row in json.loads(body)]
        return json.dumps([number + (i < wrong) * 0.5 for i, number in enumerate(numbers)]).encode(), 0.1 * len(numbers)

    yield RunningProgram(lambda rows: json.dumps(rows).encode(), send)


def test_rows_per_second_are_measured_for_every_size() -> None:
    """The predictions of all programs are compared with the first one's."""
    found, failed = throughput.measure({"right": doubling, "other": partial(doubling, 3)}, [{"x": 0.25}] * SIZES[-1])

    assert {} == failed
    assert dict.fromkeys(SIZES, 10.0) == pytest.approx(found["right"].rows)
    assert (0, 0.0) == found["right"][1:]
    assert (3, 0.5) == found["other"][1:]


def test_missing_predictions_are_an_error() -> None:
    """A program that returns fewer predictions than rows has no rate."""

    @contextmanager
    def lazy() -> Iterator[RunningProgram]:
        yield RunningProgram(lambda rows: json.dumps(rows).encode(), lambda _: (b"[]", 0.1))

    assert ({}, {"lazy": "lazy returned 0 predictions for 1 rows"}) == throughput.measure(
        {"lazy": lazy}, [{"x": 1}] * SIZES[-1]
    )


@pytest.mark.parametrize(
    "answer",
    [[1.5, 2.5], {"predictions": [1.5, 2.5]}, [{"y": 1.5}, {"y": 2.5}], {"predictions": [{"0": 1.5}, {"0": 2.5}]}],
)
def test_predictions_are_found_in_every_format(answer: Any) -> None:
    """Programs differ in the shape of their responses."""
    assert [1.5, 2.5] == throughput.to_values(answer)


def test_rows_fit_into_a_request(tmp_path: Path) -> None:
    """Texts are shortened if 10,000 of them exceed Lambda's limit, with a note."""
    (tmp_path / "MLmodel").write_text(
        'flavors: {python_function: {loader_module: x}}\nsignature: {inputs: \'[{"type": "string", "name": "t"}]\'}\n'
        "saved_input_example_info: {artifact_path: example.json, type: dataframe, pandas_orient: split}\n"
    )
    (tmp_path / "requirements.txt").touch()
    (tmp_path / "example.json").write_text(json.dumps({"columns": ["t"], "data": [["word " * 1000]]}))

    model = models.load_model(str(tmp_path), tmp_path)

    assert 10_000 == len(model.rows)
    assert models.PAYLOAD * 0.8 < len(json.dumps(json.dumps(model.rows))) <= models.PAYLOAD
    assert model.note.startswith("texts are cut to 5")


def starts(init: float, warm: float, predict: float = math.nan) -> list[Start]:
    """Return three starts with these medians, in milliseconds."""
    return [Start(init * factor, 10.0, (warm * factor,) * 3, predict, 100.0) for factor in (0.5, 1.0, 3.0)]


def rates(slope: float) -> Rates:
    """Return rows per second that grow with the size of a request."""
    return Rates({size: 1000 * size**slope for size in SIZES}, 0, 0.0)


def outcome(name: str = "text") -> Outcome:
    """Return the measurements of a model."""
    return Outcome(
        name=name,
        title="a model",
        starts={
            NOTHING: starts(50, 0.3),
            NATIVE: starts(1080, 4.5),
            HAND: starts(1000, 4, predict=3),
            MLFLOW: starts(2000, 5, predict=4),
        },
        reads={NATIVE: FileReads(250, 30.0, 12.0)},
        installed={NATIVE: 123.0},
        rates={COMPILED: rates(0.2), NATIVE: rates(0.25)},
        notes=["left out: nobody"],
    )


def test_budgets_compare_medians() -> None:
    """Each budget has its figure, and whether it is kept."""
    found = budgets.check_budgets(outcome())

    assert [1.08, 1.85, 1.5, 0.63] == [round(verdict.value, 2) for verdict in found]
    assert [True, True, False, False] == [verdict.kept for verdict in found]


def test_budgets_limit_what_a_start_reads() -> None:
    """Files opened, and bytes read and mapped together."""
    reads = {NOTHING: FileReads(80, 1.0, 10.0), COMPILED: FileReads(101, 3.0, 10.5)}
    found = budgets.check_budgets(outcome()._replace(starts={}, reads=reads, rates={}))

    assert [(101, False), (13.5, True)] == [(verdict.value, verdict.kept) for verdict in found]


def test_the_size_from_which_native_is_faster_is_reported() -> None:
    """The sentence names a request size."""
    assert "native is faster from 10 rows per request" == budgets.compare_compiled_and_native(outcome())


def test_budgets_need_their_programs() -> None:
    """A budget is skipped if one of its programs was not measured."""
    alone = outcome()._replace(starts={NATIVE: starts(1080, 4.5)}, rates={})

    assert [] == budgets.check_budgets(alone)
    assert "" == budgets.compare_compiled_and_native(alone)


def test_the_figures_are_written_as_tables() -> None:
    """The Markdown contains medians with their spread, rates, notes and budgets."""
    text = report.format_section(outcome(), budgets.check_budgets(outcome()))

    row = "1,080 (540-3,240) | 10.0 (10.0-10.0) | 4.50 (2.25-13.5) | 13.5 | 100 | 250 | 42.0 | 123 |"
    assert f"| thaw, native | 21.6 | {row}" in text
    assert "| thaw, compiled | 1,000 | 1,600 | 4,000 | 6,300 | 0 |" in text
    assert "- missed: native warm request: at most 1 ms above predict: 1.50" in text
    assert "- left out: nobody" in text


def test_every_start_is_recorded() -> None:
    """The JSON has each start, and null for figures that a program does not report."""
    record = json.loads(json.dumps(outcome().record(), allow_nan=False))

    assert [25.0, 50.0, 150.0] == [start["init"] for start in record["starts"][NOTHING]]
    assert record["starts"][NOTHING][0]["predict"] is None
    assert 4.0 == record["starts"][HAND][1]["warm"]


def test_images_are_compared_at_every_size() -> None:
    """The table has a row for each image under each of Lambda's limits."""
    found = {1769: {NOTHING: Measured([Contained(40.0, 50.0, (1.0, 2.0, 3.0), 10.0)], FileReads(80, 1.0, 10.1))}}

    assert [
        [
            "1,769",
            "1.0",
            NOTHING,
            "40.0 (40.0-40.0)",
            "50.0 (50.0-50.0)",
            "2.00 (2.00-2.00)",
            "3.00",
            "10.0",
            "80",
            "11.1",
        ]
    ] == (report.container_rows(found))


def test_the_base_image_is_that_of_the_dockerfile() -> None:
    """The name is read from the Dockerfile."""
    assert "public.ecr.aws/lambda/python:3.13" == image.base_image()


def test_plots_are_reproducible(tmp_path: Path) -> None:
    """The same figures give the same files."""
    points = [Point("text", size, {NOTHING: starts(50, 1), HAND: starts(900, 1)}) for size in (1e3, 1e6)]
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        plot.plot_starts(outcome(), folder / "starts.svg")
        plot.plot_rates([outcome(), outcome("forest")], folder / "rates.svg")
        plot.plot_growth(points, folder / "growth.svg")

    for name in ("starts.svg", "rates.svg", "growth.svg"):
        assert (tmp_path / "one" / name).read_text() == (tmp_path / "two" / name).read_text()


def test_programs_get_the_locked_versions(tmp_path: Path) -> None:
    """Entries are copied whole, with their hashes, and no others."""
    lock = tmp_path / "requirements.txt"
    lock.write_text("one==1 \\\n    --hash=sha256:1\n    # via two\none-more==2 \\\n    --hash=sha256:2\n")

    assert "one==1 \\\n    --hash=sha256:1\n    # via two\n" == subject.write_pins(tmp_path, lock, "one").read_text()
