"""A hand-written handler for a network as ONNX: a session of one thread, one array in and one out."""

import json
import os
import time
from typing import Any

import numpy as np
import onnxruntime

settings = onnxruntime.SessionOptions()
settings.intra_op_num_threads = 1
settings.log_severity_level = 3
session = onnxruntime.InferenceSession(os.environ["MODEL"], settings, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Respond to an HTTP API event; the header `predict-ms` contains the model's time."""
    rows = [next(iter(row.values())) if len(row) == 1 else list(row.values()) for row in json.loads(event["body"])]
    started = time.perf_counter()
    [output] = session.run(None, {name: np.array(rows, dtype=np.float32)})
    milliseconds = (time.perf_counter() - started) * 1000
    return {
        "statusCode": 200,
        "headers": {"predict-ms": str(milliseconds)},
        "body": json.dumps(output.tolist()),
    }
