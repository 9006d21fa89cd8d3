"""A hand-written handler for a model converted to ONNX: a session, and arrays of inputs."""

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

folder = Path(os.environ["MODEL"])
options = json.loads((folder / "options.json").read_text())
settings = onnxruntime.SessionOptions()
settings.log_severity_level = 4
session = onnxruntime.InferenceSession(str(folder / "model.onnx"), settings)
inputs = session.get_inputs()


def feeds(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the session's inputs: one matrix, or one column per input."""
    if inputs[0].name == "input" and len(inputs) == 1:
        return {"input": np.array([list(row.values()) for row in rows], dtype=np.float32)}
    return {spec.name: column(spec.type, [row[spec.name] for row in rows]) for spec in inputs}


def column(kind: str, values: list[Any]) -> Any:
    """Return one column; the converted model expects "nan" for a missing text."""
    if kind == "tensor(string)":
        return np.array([["nan" if value is None else value] for value in values], dtype=object)
    return np.array(values, dtype=np.float32 if kind == "tensor(float)" else np.int64).reshape(-1, 1)


def numbers(rows: list[dict[str, Any]]) -> Any:
    """Return probabilities if the model has them, else predictions."""
    *_, last = session.run(None, feeds(rows))
    return last[:, 1] if options.get("probability") else last


def predict(rows: list[dict[str, Any]]) -> Any:
    """Return the outputs of the original model's `predict`."""
    if "threshold" in options:
        chosen = numbers(rows)[:, 1] >= options["threshold"]
        return np.array(options["classes"])[chosen.astype(int)]
    return numbers(rows) if options.get("probability") else session.run(None, feeds(rows))[0].ravel()


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Respond to an HTTP API event; the header `predict-ms` contains the model's time."""
    body = json.loads(event["body"])
    rows = body if isinstance(body, list) else [body]
    started = time.perf_counter()
    output = predict(rows)
    milliseconds = (time.perf_counter() - started) * 1000
    return {
        "statusCode": 200,
        "headers": {"predict-ms": str(milliseconds)},
        "body": json.dumps(output.tolist()),
    }
