"""The benchmark: one start of the smallest program, and what becomes of figures."""

import math
import shutil
import sys
from functools import partial
from pathlib import Path

import pytest

from bench import programs, report
from bench.measure import ProgramError, Start, measure
from bench.programs import BY_HAND, MLFLOW, NOTHING
from bench.report import NATIVE
from local.runtime_api import Runtime
from local.stage import environment

PROGRAMS = Path(programs.__file__).parent


def sandbox(folder: Path, handler: str) -> partial[Runtime]:
    """What makes a sandbox of a handler in a folder."""
    return partial(Runtime, Path(sys.executable), handler, folder, environment())


def test_a_program_is_started_and_timed(tmp_path: Path) -> None:
    """Every start gives its figures; a first one does not count."""
    shutil.copy(PROGRAMS / "nothing.py", tmp_path)
    done: list[None] = []

    results = measure(
        {NOTHING: sandbox(tmp_path, "nothing.handler")}, {}, starts=1, requests=3, done=lambda: done.append(None)
    )

    [start] = results[NOTHING]
    assert 2 == len(done)
    assert start.init > start.first > 0
    assert start.init > start.warm > 0
    assert math.isnan(start.predict)
    assert 1 < start.peak < 100


def test_bytecode_is_there_before_anything_is_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that tells Python to write no bytecode does not make every import compile."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (tmp_path / "imported.py").write_text("")
    (tmp_path / "program.py").write_text(
        "import imported\ndef handler(event, context): return {'statusCode': 200, 'headers': {}}"
    )

    measure({"program": sandbox(tmp_path, "program.handler")}, {}, starts=0, requests=1)

    assert 1 == len(list((tmp_path / "__pycache__").glob("imported.*.pyc")))


def test_a_program_that_fails_is_not_timed(tmp_path: Path) -> None:
    """An answer that is no success ends the comparison and is shown."""
    (tmp_path / "program.py").write_text("def handler(event, context): return {'statusCode': 500, 'body': 'why'}")

    with pytest.raises(ProgramError, match="program answered"):
        measure({"program": sandbox(tmp_path, "program.handler")}, {}, starts=1, requests=1)


def starts(init: float, warm: float, predict: float = math.nan) -> list[Start]:
    """Three starts around these medians, in milliseconds."""
    return [Start(init * factor, 10.0, warm * factor, predict, 100.0) for factor in (0.5, 1.0, 3.0)]


RESULTS = {
    NOTHING: starts(50, 0.3),
    NATIVE: starts(1080, 4.5),
    BY_HAND: starts(1000, 4, predict=3),
    MLFLOW: starts(2000, 5, predict=4),
}


def test_budgets_are_judged_by_medians() -> None:
    """Each budget says what was measured and whether it is kept."""
    found = report.verdicts(RESULTS)

    assert [1.08, 1.85, 1.5] == [round(verdict.value, 2) for verdict in found]
    assert [True, True, False] == [verdict.kept for verdict in found]


def test_a_budget_is_for_its_programs() -> None:
    """What was not run is not judged."""
    assert [] == report.verdicts({NATIVE: RESULTS[NATIVE]})


def test_the_figures_are_written_as_a_table() -> None:
    """Markdown holds the medians with their spread, the budgets and what they were measured on."""
    text = report.markdown(RESULTS, report.verdicts(RESULTS), {"cores": "2"})

    assert "| thaw, native | 21.6 | 1,080 (540-3,240) | 10.0 (10.0-10.0) | 4.50 (2.25-13.5) | - | 100 |" in text
    assert "- missed: native warm request: at most 1 ms above predict: 1.50" in text
    assert "- cores: 2" in text


def test_every_start_is_recorded() -> None:
    """JSON has each start, and null for what a program does not say."""
    record = report.record(RESULTS, report.verdicts(RESULTS), {})

    assert [25.0, 50.0, 150.0] == [start["init"] for start in record["programs"][NOTHING]]
    assert record["programs"][NOTHING][0]["predict"] is None
    assert 3.0 == record["programs"][BY_HAND][0]["predict"]
