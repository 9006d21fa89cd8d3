"""A hand-written handler for a CatBoost model: a classifier loaded from its file, lists of values, and one thread."""

import json
import os
import time
from typing import Any

from catboost import CatBoostClassifier

classifier = CatBoostClassifier().load_model(os.environ["MODEL_FILE"])


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Respond to an HTTP API event; the header `predict-ms` contains the model's time."""
    body = json.loads(event["body"])
    rows = body if isinstance(body, list) else [body]
    started = time.perf_counter()
    output = classifier.predict([list(row.values()) for row in rows], thread_count=1)
    milliseconds = (time.perf_counter() - started) * 1000
    return {
        "statusCode": 200,
        "headers": {"predict-ms": str(milliseconds)},
        "body": json.dumps(output.tolist()),
    }
