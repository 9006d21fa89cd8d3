"""`python -m bench.peers`: evaluators of trees side by side: one row, batches, errors, and what they take to get ready.

Compares the compiled backend with the training library, pylignum (interpreted, and with code per model), treelite,
tl2cgen, lleaves, timber-compiler and onnxruntime on the benchmark's boosters. All take turns in one process, on one
thread, in an environment with the packages of `requirements/peers.txt`. `programs.py` says how each is called.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bench import machine, models
from bench.sandbox import COMMON_VARIABLES
from model import process
from model.build.bundle import Choices, build
from model.environment import installed_environment
from model.errors import ModelError
from model.process import ROOT, Limits

FILES = {"lightgbm": "*.lgb", "xgboost": "*.ubj", "catboost": "*.cb"}
"""The models that are measured, and the names of their native files."""

_ROWS = 1000
_SECONDS = 3600.0
_CACHE = ROOT / "build" / "bench"


def main() -> int:
    """Measure and print a table for each model; return 0 unless a measurement fails."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("--model", choices=FILES, action="append", help="measure this model only (repeatable)")
    names = parser.parse_args().model or list(FILES)
    console = Console(width=130)
    try:
        with console.status("installing the peers"):
            python = installed_environment([ROOT / "requirements" / "peers.txt"], Path(sys.executable))
        console.print(", ".join(f"{name}: {value}" for name, value in machine.describe().items()), markup=False)
        for name in names:
            with console.status(f"{name}: peers generate code, then all are measured"):
                console.print(_table(name, python))
    except ModelError as error:
        console.print(str(error), markup=False)
        return 1
    return 0


def _table(name: str, python: Path) -> Table:
    """Measure all programs on one model."""
    model, bundle = models.load_model(name, _CACHE), _CACHE / f"bulk-{name}"
    build(model.model.folder, bundle, Choices("compiled"), tell=lambda _: None)
    [file] = model.model.folder.rglob(FILES[name])
    request = {
        "kind": name,
        "file": str(file.resolve()),
        "bundle": str(bundle.resolve()),
        "rows": model.rows[:_ROWS],
    }
    found = process.run(
        python,
        str(Path(__file__).with_name("times.py")),
        request,
        packages=[process.HANDLER, Path(__file__).parent],
        limits=Limits(_SECONDS),
        variables=COMMON_VARIABLES,
    )
    table = Table(
        "program", "ready s", "one row µs", "rows/s", "of thaw's", "error", title=model.title, box=SIMPLE_HEAD
    )
    for peer in found:
        table.add_row(*_cells(peer, found[0]))
    return table


def _cells(peer: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    if "reason" in peer:
        return [peer["name"], "", "", "", "", peer["reason"]]
    return [
        peer["name"],
        f"{peer['ready']:.1f}",
        f"{1e6 * peer['one']:.1f}",
        f"{peer['rate']:,.0f}",
        f"{peer['rate'] / ours['rate']:.2f}",
        f"{peer['error']:.1g}",
    ]


if __name__ == "__main__":
    raise SystemExit(main())
