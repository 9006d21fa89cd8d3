"""A hand-written handler for the artifact of a custom model: a matrix in a .npy file, or a pickled classifier."""

import json
import os
import time
from typing import Any

file = os.environ["ARTIFACT"]
if file.endswith(".npy"):
    import numpy as np

    weights = np.load(file)

    def predict(rows: list[dict[str, Any]]) -> Any:
        """Return a list of outputs for each row."""
        return np.tanh(np.array([row["input"] for row in rows]) @ weights).tolist()
else:
    import joblib
    import pandas as pd

    classifier = joblib.load(file)

    def predict(rows: list[dict[str, Any]]) -> Any:
        """Return a dict of probabilities for each row."""
        return pd.DataFrame(classifier.predict_proba(pd.DataFrame(rows)), columns=["no", "yes"]).to_dict("records")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Respond to an HTTP API event; the header `predict-ms` contains the model's time."""
    body = json.loads(event["body"])
    started = time.perf_counter()
    output = predict(body if isinstance(body, list) else [body])
    milliseconds = (time.perf_counter() - started) * 1000
    return {"statusCode": 200, "headers": {"predict-ms": str(milliseconds)}, "body": json.dumps(output)}
