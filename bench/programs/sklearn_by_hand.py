"""What one would write for one's own scikit-learn model: un-pickle it, give it a row."""

import json
import os
import pickle
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

with Path(os.environ["MODEL_FILE"]).open("rb") as stream:
    predict = getattr(pickle.load(stream), os.environ["PREDICT_FN"])  # noqa: S301 - our own bundle's

frame = import_module("pandas").DataFrame if os.environ["INPUT"] == "dataframe" else None


def table(rows: list[dict[str, Any]]) -> Any:
    """Rows as the model was fitted on them; of text or numbers as one finds them."""
    if frame:
        return frame(rows)
    values = [list(row.values()) for row in rows]
    return np.array(values, dtype=object if any(isinstance(value, str) for value in values[0]) else float)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer an HTTP API event; the header `predict-ms` says how long the model took."""
    given = json.loads(event["body"])
    rows = table(given if isinstance(given, list) else [given])
    started = time.perf_counter()
    output = predict(rows)
    milliseconds = (time.perf_counter() - started) * 1000
    return {
        "statusCode": 200,
        "headers": {"predict-ms": str(milliseconds)},
        "body": json.dumps(output.tolist()),
    }
