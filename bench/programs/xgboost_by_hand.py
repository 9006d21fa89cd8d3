"""A hand-written handler for a XGBoost model: a Booster loaded from its file, and an array of rows."""

import json
import os
import time
from typing import Any

import numpy as np
import xgboost

booster = xgboost.Booster(model_file=os.environ["MODEL_FILE"])


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Respond to an HTTP API event; the header `predict-ms` contains the model's time."""
    body = json.loads(event["body"])
    rows = body if isinstance(body, list) else [body]
    started = time.perf_counter()
    output = booster.inplace_predict(np.array([list(row.values()) for row in rows], dtype=float))
    milliseconds = (time.perf_counter() - started) * 1000
    return {
        "statusCode": 200,
        "headers": {"predict-ms": str(milliseconds)},
        "body": json.dumps(np.asarray(output).tolist()),
    }
