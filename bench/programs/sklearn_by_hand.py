"""A hand-written handler for a scikit-learn model: unpickle it, and pass it rows."""

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


def to_model_input(rows: list[dict[str, Any]]) -> Any:
    """Return rows as the model was fitted on them: a DataFrame, or an array of text or numbers."""
    if frame:
        return frame(rows)
    values = [list(row.values()) for row in rows]
    return np.array(values, dtype=object if any(isinstance(value, str) for value in values[0]) else float)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Respond to an HTTP API event; the header `predict-ms` contains the model's time."""
    body = json.loads(event["body"])
    rows = to_model_input(body if isinstance(body, list) else [body])
    started = time.perf_counter()
    output = predict(rows)
    milliseconds = (time.perf_counter() - started) * 1000
    return {
        "statusCode": 200,
        "headers": {"predict-ms": str(milliseconds)},
        "body": json.dumps(output.tolist()),
    }
