"""Child process: time the explanation of one row by the compiled backend and by LightGBM, in turn.

Request: `model` (MLflow's directory), `bundle` (the compiled one) and `rows`. Result: `seconds`, the median of each
over all rows and rounds, and `difference`, the greatest of a contribution.
"""

import json
import logging
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

_ROUNDS = 7


def main(request_file: str, result_file: str) -> None:
    """Read the request from one file and write the result to the other."""
    import mlflow
    import numpy as np

    from handler import backends, bundle
    from handler.schema import Schema

    warnings.simplefilter("ignore")
    logging.disable()
    request = json.loads(Path(request_file).read_text())
    folder, rows = Path(request["bundle"]), request["rows"]
    manifest = bundle.read_manifest(folder)
    backend: Any = backends.load(manifest, folder)
    schema = Schema(manifest.signature)
    columns = [schema.decode(json.dumps(row).encode()).columns for row in rows]
    booster = mlflow.lightgbm.load_model(request["model"])
    booster = getattr(booster, "booster_", booster)
    arrays = [np.array([list(row.values())], "f8") for row in rows]
    programs: dict[str, Callable[[int], Any]] = {
        "thaw": lambda index: backend.explain(columns[index]),
        "LightGBM": lambda index: booster.predict(arrays[index], pred_contrib=True),
        "LightGBM, one thread": lambda index: booster.predict(arrays[index], pred_contrib=True, num_threads=1),
    }
    taken: dict[str, list[float]] = {name: [] for name in programs}
    difference = 0.0
    for number in range(_ROUNDS + 1):
        for index in range(len(rows)):
            for name, program in programs.items():
                began = time.perf_counter()
                answer = program(index)
                taken[name] += [time.perf_counter() - began] if number else []
                if not number and name != "thaw":
                    [[ours]], [theirs] = backend.explain(columns[index]), answer
                    difference = max(difference, float(np.abs(theirs[:-1] - ours.contributions).max()))
    seconds = {name: statistics.median(found) for name, found in taken.items()}
    Path(result_file).write_text(json.dumps({"seconds": seconds, "difference": difference}))


if __name__ == "__main__":
    main(*sys.argv[1:])
