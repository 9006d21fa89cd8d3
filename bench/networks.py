"""`python -m bench.networks MODEL BUNDLE`: a bundle of an exported network, next to onnxruntime by hand and to MLflow.

All three run under Lambda's own runtime client with one thread, in turn. *Init* is from the start of the process to its
first poll for work, *warm* one whole request of one row; medians, and peak resident memory.
"""

import statistics
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.measure import Start, measure, warm_up
from bench.sandbox import COMMON_VARIABLES, make_event, task_root
from bench.subject import CLIENT, LOCK, measure_size, write_pins
from handler.bundle import read_manifest
from local.invoke import HANDLER
from local.runtime_api import Runtime
from local.stage import environment
from model.build.reference import model_python
from model.environment import runtime_environment
from model.mlmodel import read

_STARTS, _REQUESTS = 5, 50
_TIMEOUT = 300.0  # seconds
_BY_HAND = {"network": "network_by_hand.handler", "texts": "texts_by_hand.handler"}
"""The hand-written handler for each form of a bundle."""


def main(model: str, bundle: str) -> None:
    """Measure and print a table."""
    console = Console(width=120)
    folder = Path(bundle).resolve()
    manifest = read_manifest(folder)
    if manifest.example is None or manifest.options.get("form") not in _BY_HAND:
        raise SystemExit(f"{bundle} is not an exported network with an example")
    with tempfile.TemporaryDirectory() as work, task_root() as root:
        pins = write_pins(Path(work), LOCK, *CLIENT)
        served, asked = runtime_environment(folder, extra=pins), model_python(read(Path(model)), pins)
        path = str(folder / "model" / manifest.options["file"])
        programs: dict[str, Callable[[], Runtime]] = {
            "thaw": partial(_runtime, served, HANDLER, root, THAW_BUNDLE=str(folder)),
            "onnxruntime, by hand": partial(_runtime, served, _BY_HAND[manifest.options["form"]], root, MODEL=path),
            "mlflow.pyfunc": partial(_runtime, asked, "mlflow_pyfunc.handler", root, MODEL=str(Path(model).resolve())),
        }
        event = make_event(manifest.example.rows[:1]) | {"rawPath": "/predict"}
        event["requestContext"]["http"]["path"] = "/predict"
        if failed := warm_up(programs, event):
            raise SystemExit(str(failed))
        results = measure(programs, event, starts=_STARTS, requests=_REQUESTS)
        sizes = {"thaw": measure_size(served, [folder]), "mlflow.pyfunc": measure_size(asked, [Path(model)])}
        console.print(_table(results, sizes))


def _runtime(python: Path, entry: str, root: Path, **variables: str) -> Runtime:
    return Runtime(python, entry, root, environment(**COMMON_VARIABLES, **variables), timeout=_TIMEOUT)


def _table(results: dict[str, list[Start]], sizes: dict[str, float]) -> Table:
    table = Table("program", "init ms", "of thaw's", "warm ms", "of thaw's", "peak MB", "packages MB")
    own = _figures(results["thaw"])
    for name, starts in results.items():
        init, warm, peak = _figures(starts)
        size = f"{sizes[name]:,.0f}" if name in sizes else "-"
        ratios = f"{init / own[0]:.2f}", f"{warm / own[1]:.2f}"
        table.add_row(name, f"{init:,.0f}", ratios[0], f"{warm:.2f}", ratios[1], f"{peak:,.0f}", size)
    return table


def _figures(starts: list[Start]) -> tuple[float, float, float]:
    warm = statistics.median(statistics.median(start.warm) for start in starts)
    return statistics.median(start.init for start in starts), warm, statistics.median(start.peak for start in starts)


if __name__ == "__main__":
    main(*sys.argv[1:])
