"""`python -m bench.peers`: rows per second of evaluators of trees on one thread, and their errors.

Measures what is installed: the kernel, LightGBM, XGBoost, treelite, pylignum (`lignum`, interpreted and compiled) and
lleaves. All take arrays and return arrays or lists: decoding and encoding are not included. An error is the greatest
difference from the library's own prediction.
"""

import time
from array import array
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bench import models
from handler.backends.compiled import CompiledModel
from handler.bundle import read_manifest
from model import process
from model.build.bundle import Choices, build

CACHE = process.ROOT / "build" / "bench"
ROUNDS = 7
_FILES = {"lightgbm": "*.lgb", "xgboost": "*.ubj"}

Predict = Callable[[Any], Any]


def main() -> None:
    """Measure and print."""
    console = Console()
    for name, pattern in _FILES.items():
        model = models.load_model(name, CACHE)
        bundle = CACHE / f"bulk-{name}"
        build(model.model.folder, bundle, Choices("compiled"), tell=lambda _: None)
        rows = np.array([list(row.values()) for row in model.rows])
        [file] = model.model.folder.rglob(pattern)
        table = Table("program", "rows per second", "error", title=f"{name}: {len(rows):,} rows, one thread")
        for program, rate, error in measure({"thaw": _kernel(bundle), **dict(_peers(name, str(file)))}, name, rows):
            table.add_row(program, f"{rate:,.0f}", f"{error:.1g}")
        console.print(table)


def measure(programs: dict[str, Predict], reference: str, rows: Any) -> Iterator[tuple[str, float, float]]:
    """Yield each program with its rows per second of processor time, the best of several rounds, and its error."""
    answers = {program: np.ravel(predict(rows)) for program, predict in programs.items()}
    seconds = dict.fromkeys(programs, float("inf"))
    for _ in range(ROUNDS):
        for program, predict in programs.items():
            began = time.process_time()
            predict(rows)
            seconds[program] = min(seconds[program], time.process_time() - began)
    for program, taken in seconds.items():
        yield program, len(rows) / taken, float(np.max(np.abs(answers[program] - answers[reference])))


def _kernel(bundle: Path) -> Predict:
    manifest = read_manifest(bundle)
    model = CompiledModel(manifest, bundle)
    names = [spec["name"] for spec in manifest.signature.inputs or []]

    def predict(rows: Any) -> list[Any]:
        parts = [rows[start : start + 1000] for start in range(0, len(rows), 1000)]
        columns = [{name: array("d", part[:, place].tobytes()) for place, name in enumerate(names)} for part in parts]
        return [answer for part in columns for answer in model.predict(part, {})]  # type: ignore[arg-type]

    return predict


def _peers(name: str, file: str) -> Iterator[tuple[str, Predict]]:
    if name == "lightgbm":
        import lightgbm

        booster = lightgbm.Booster(model_file=file)
        yield name, lambda rows: booster.predict(rows, num_threads=1)
    else:
        import xgboost

        trained = xgboost.Booster({"nthread": 1}, model_file=file)
        names = trained.feature_names
        yield name, lambda rows: trained.predict(xgboost.DMatrix(rows, feature_names=names))
    if find_spec("treelite"):
        treelite = import_module("treelite")

        found = getattr(treelite.frontend, f"load_{name}_model")(file)
        kind = "f8" if name == "lightgbm" else "f4"
        yield "treelite", lambda rows: treelite.gtil.predict(found, rows.astype(kind), nthread=1)
    if find_spec("lignum"):
        lignum = import_module("lignum")

        interpreted, compiled = lignum.load(file), lignum.load(file)
        yield "pylignum", lambda rows: interpreted.predict(rows, n_jobs=1)
        compiled.compile()
        yield "pylignum, code per model", lambda rows: compiled.predict(rows, n_jobs=1)
    if name == "lightgbm" and find_spec("lleaves"):
        lleaves = import_module("lleaves")

        generated = lleaves.Model(model_file=file)
        generated.compile()
        yield "lleaves, code per model", lambda rows: generated.predict(rows, n_jobs=1)


if __name__ == "__main__":
    main()
