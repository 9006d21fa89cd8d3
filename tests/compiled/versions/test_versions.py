"""Models of older libraries compile and answer as those libraries do."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import comparing
import environments
import pytest

HERE = Path(__file__).resolve().parent
PACKAGES = [HERE.parents[2] / "model" / name for name in ("exporters", "tracing", "writers")]

REFUSED = {
    "statsmodels 0.12, Python 3.7": [
        f"{name}: AutoReg of statsmodels 0.12.2" for name in ("AutoReg", "AutoReg, some lags", "AutoReg, season")
    ]
}
"""The time series that are refused in an environment."""


@pytest.mark.parametrize("name", environments.chosen(environments.ENVIRONMENTS, environments.QUICK))
def test_answers_are_the_libraries_own(name: str, tmp_path: Path, load: Any) -> None:
    """Each estimator is fitted and compiled there and answers here, or is refused or missing as the table says."""
    answered(environments.interpreter(name), tmp_path)
    assert [] == list(comparing.problems(tmp_path, load, partial=environments.ENVIRONMENTS[name].partial))


@pytest.mark.parametrize("name", environments.chosen(environments.SERIES, environments.QUICK_SERIES))
def test_forecasts_are_the_libraries_own(name: str, tmp_path: Path, load: Any) -> None:
    """Each time series answers as its library does, wherever a row begins and ends, and is refused where it is."""
    answered(environments.interpreter(name), tmp_path, "series_answers.py")
    written = json.loads((tmp_path / "answers.json").read_text(encoding="utf-8"))
    assert len(written) >= 39
    problems = list(comparing.series_problems(tmp_path, written, load))
    assert REFUSED.get(name, []) == [problem.partition(", which answers")[0] for problem in problems]


def answered(python: Path, folder: Path, script: str = "answers.py") -> None:
    """Run a script by an interpreter that sees the exporters and writers alone, as a build's child does."""
    alone = folder / "alone"
    alone.mkdir()
    for package in PACKAGES:
        (alone / package.name).symlink_to(package)
    for shared in ("pmdarima_models.py", "samples.py", "series_models.py"):
        (alone / shared).symlink_to(HERE.parents[1] / shared)
    given = {**os.environ, "PYTHONPATH": str(alone), "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    command = [str(python), str(HERE / script), str(folder)]
    done = subprocess.run(command, env=given, capture_output=True, text=True, timeout=1800, check=False)
    assert 0 == done.returncode, done.stderr[-2000:]
