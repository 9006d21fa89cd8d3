"""Make a recipe's model, build it, serve it, and write down what was found."""

import importlib.metadata
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from flavors.make import RECIPES

from bench.subject import measure_size
from handler.bundle import read_manifest
from local.invoke import HANDLER
from local.runtime_api import Runtime
from local.stage import interpreter, stage
from model import environment
from model.build.bundle import Choices, build
from model.process import ROOT, child_environment

FIGURES = ROOT / "build" / "flavors"
_HERE = Path(__file__).resolve().parent
_MAKE_SECONDS = 1200
_STARTS = 3


class Made(NamedTuple):
    """A saved model.

    Attributes:
        folder: its directory.
        answer: MLflow's response to its serving example.
        versions: versions of the recipe's packages.
    """

    folder: Path
    answer: Any
    versions: dict[str, str]


def make(name: str, work: Path) -> Made:
    """Run a recipe in an environment of its own.

    Raises:
        AssertionError: the recipe or MLflow fails; with their last lines.
    """
    recipe = RECIPES[name]
    needs = work / "requirements.txt"
    needs.write_text("\n".join([f"mlflow=={importlib.metadata.version('mlflow')}", *recipe.packages]) + "\n")
    python = environment.installed_environment([needs], Path(sys.executable))
    done = subprocess.run(
        [python, _HERE / "make.py", name],
        cwd=work,
        env=child_environment(PYTHONPATH=str(_HERE.parent)),
        capture_output=True,
        text=True,
        timeout=_MAKE_SECONDS,
        check=False,
    )
    assert 0 == done.returncode, done.stdout[-2000:] + done.stderr[-4000:]
    found = json.loads((work / "answer.json").read_text())
    return Made(work / "model", found["answer"], found["versions"])


def bundle(made: Made, work: Path, choices: Choices | None = None) -> Path:
    """Build and prove the model's bundle."""
    return build(made.folder, work / "bundle", choices or Choices(), tell=lambda _: None).bundle


@contextmanager
def started(folder: Path) -> Iterator[Runtime]:
    """Run a bundle's handler under Lambda's runtime client."""
    with (
        stage(folder) as (place, variables),
        Runtime(interpreter(folder), HANDLER, place, variables, timeout=120.0) as runtime,
    ):
        yield runtime


def ask(runtime: Runtime, path: str, body: str) -> tuple[int, Any]:
    """Send a POST request; return its status and its decoded body."""
    event = json.loads((ROOT / "events" / "http_v2.json").read_bytes())
    event |= {"rawPath": path, "body": body}
    event["requestContext"]["http"]["path"] = path
    response = runtime.invoke(event).value
    return response["statusCode"], json.loads(response["body"])


def write_figures(name: str, made: Made, folder: Path, init: float) -> None:
    """Write a row of the table to build/flavors."""
    FIGURES.mkdir(parents=True, exist_ok=True)
    manifest = read_manifest(folder)
    figures = {
        "versions": made.versions,
        "backend": manifest.backend,
        "state": manifest.parity["state"],
        "rows": manifest.parity["rows"],
        "whole": manifest.answers.whole,
        "init": init,
        "megabytes": measure_size(environment.runtime_environment(folder), [folder]),
    }
    (FIGURES / f"{name}.json").write_text(json.dumps(figures, indent=1) + "\n")


def median_init(folder: Path) -> float:
    """Return the median of the seconds from the start of the process to its first poll; bytecode exists by then."""
    seconds = []
    for _ in range(_STARTS):
        with started(folder) as runtime:
            seconds.append(runtime.init_milliseconds / 1000)
    return statistics.median(seconds)


def table() -> list[str]:
    """Return the rows of docs/flavors.md from the figures that were written, in the order of the recipes."""
    found = ((name, FIGURES / f"{name}.json") for name in RECIPES)
    return [_row(name, json.loads(path.read_text())) for name, path in found if path.exists()]


def _row(name: str, figures: dict[str, Any]) -> str:
    versions = ", ".join(f"{package} {version}" for package, version in figures["versions"].items())
    proof = f"{figures['rows']:,} rows" if figures["state"] == "proved" else figures["state"]
    cells = (name, versions or "-", figures["backend"], proof, f"{figures['init']:.2f}", f"{figures['megabytes']:,.0f}")
    return f"| {' | '.join(cells)} |"
