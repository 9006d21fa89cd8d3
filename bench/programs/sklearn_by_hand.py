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


def table(row: dict[str, Any]) -> Any:
    """One row as the model was fitted on it."""
    return frame([row]) if frame else np.array([list(row.values())], dtype=object)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer an HTTP API event; the header `predict-ms` says how long the model took."""
    given = table(json.loads(event["body"]))
    started = time.perf_counter()
    output = predict(given)
    milliseconds = (time.perf_counter() - started) * 1000
    return {
        "statusCode": 200,
        "headers": {"predict-ms": str(milliseconds)},
        "body": json.dumps(output.tolist()),
    }
