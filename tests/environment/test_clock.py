"""The clock that the build sets ahead, to find answers that depend on it."""

import subprocess
import sys
from pathlib import Path

import pytest

CHILD = Path(__file__).resolve().parents[2] / "model" / "child"

PROGRAM = """
import datetime, sys, time
from datetime import date, datetime as moment
import pandas
sys.path.insert(0, {folder!r})
import clock
def days():
    return ({expression})
before = days()
clock.set_ahead()
print(round((days() - before) / 86_400, 3))
"""


@pytest.mark.parametrize(
    "expression",
    [
        "time.time()",
        "moment.combine(date.today(), datetime.time()).timestamp()",
        "moment.combine(datetime.date.today(), datetime.time()).timestamp()",
        "moment.now().timestamp()",
        "datetime.datetime.today().timestamp()",
        "moment.utcnow().timestamp()",
        "moment.now(datetime.timezone.utc).timestamp()",
        "pandas.Timestamp.now().timestamp()",
        "pandas.Timestamp.today().timestamp()",
        "pandas.Timestamp.utcnow().timestamp()",
    ],
)
def test_every_way_to_read_the_clock_is_ahead_by_the_same(expression: str) -> None:
    """They give a time that is 401 days later, once."""
    program = PROGRAM.format(folder=str(CHILD), expression=expression)
    command = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert pytest.approx(401, abs=0.1) == float(done.stdout)
