"""What one would write for one's own XGBoost model: a Booster from its file, and an array for its rows."""

import json
import os
import time
from typing import Any

import numpy as np
import xgboost

booster = xgboost.Booster(model_file=os.environ["MODEL_FILE"])


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer an HTTP API event; the header `predict-ms` says how long the model took."""
    given = json.loads(event["body"])
    rows = given if isinstance(given, list) else [given]
    started = time.perf_counter()
    output = booster.inplace_predict(np.array([list(row.values()) for row in rows], dtype=float))
    milliseconds = (time.perf_counter() - started) * 1000
    return {
        "statusCode": 200,
        "headers": {"predict-ms": str(milliseconds)},
        "body": json.dumps(np.asarray(output).tolist()),
    }
