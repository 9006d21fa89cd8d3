"""Child: how long the model itself takes for one row, compiled and through MLflow, without a service around it.

Request: `model` (MLflow's folder), `bundle` (the compiled one) and `rows`. Result: `mlflow` and `compiled`,
median seconds, each measured by itself over all rows.
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


def main(asked: str, given: str) -> None:
    """Answer the request in the file `asked` in the file `given`."""
    import mlflow
    import pandas as pd

    from handler import backends, bundle
    from handler.schema import Schema

    warnings.simplefilter("ignore")
    logging.disable()
    request = json.loads(Path(asked).read_text())
    folder = Path(request["bundle"])
    manifest = bundle.read(folder)
    backend, schema = backends.load(manifest, folder), Schema(manifest.signature)
    batches = [schema.decode(json.dumps(row).encode()) for row in request["rows"]]
    model = mlflow.pyfunc.load_model(request["model"])
    frames = [pd.DataFrame([row]) for row in request["rows"]]
    result = {
        "compiled": seconds(lambda batch: backend.predict(batch.columns, {}), batches),
        "mlflow": seconds(model.predict, frames),
    }
    Path(given).write_text(json.dumps(result))


def seconds(predict: Callable[[Any], Any], rows: Sequence[Any]) -> float:
    """The median of what each row takes, after one round that does not count."""
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
