"""Child process: time the prediction of one row by the compiled backend and by MLflow, without a service.

Request: `model` (MLflow's directory), `bundle` (the compiled one) and `rows`. Result: `mlflow` and `compiled`, the
median seconds over all rows.
"""

import json
import logging
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


def main(request_file: str, result_file: str) -> None:
    """Read the request from one file and write the result to the other."""
    import mlflow
    import pandas as pd

    from handler import backends, bundle
    from handler.schema import Schema

    warnings.simplefilter("ignore")
    logging.disable()
    request = json.loads(Path(request_file).read_text())
    folder = Path(request["bundle"])
    manifest = bundle.read_manifest(folder)
    backend, schema = backends.load(manifest, folder), Schema(manifest.signature)
    batches = [schema.decode(json.dumps(row).encode()) for row in request["rows"]]
    model = mlflow.pyfunc.load_model(request["model"])
    frames = [pd.DataFrame([row]) for row in request["rows"]]
    result = {
        "compiled": median_seconds(lambda batch: backend.predict(batch.columns, {}), batches),
        "mlflow": median_seconds(model.predict, frames),
    }
    Path(result_file).write_text(json.dumps(result))


def median_seconds(predict: Callable[[Any], Any], rows: Sequence[Any]) -> float:
    """Return the median time of a row, after a warm-up round."""
    for row in rows:
        predict(row)
    taken = []
    for row in rows:
        began = time.perf_counter()
        predict(row)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


if __name__ == "__main__":
    main(*sys.argv[1:])
