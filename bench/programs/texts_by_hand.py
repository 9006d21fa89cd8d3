"""A hand-written handler for a text classifier as ONNX: a tokenizer, a session of one thread, softmax."""

import json
import os
import time
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

settings = onnxruntime.SessionOptions()
settings.intra_op_num_threads = 1
settings.log_severity_level = 3
session = onnxruntime.InferenceSession(os.environ["MODEL"], settings, providers=["CPUExecutionProvider"])
tokenizer = Tokenizer.from_file(os.path.join(os.path.dirname(os.environ["MODEL"]), "tokenizer.json"))  # noqa: PTH118, PTH120
tokenizer.enable_truncation(512)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Respond to an HTTP API event; the header `predict-ms` contains the model's time."""
    [row] = json.loads(event["body"])
    [text] = row.values()
    started = time.perf_counter()
    tokens = tokenizer.encode(text)
    parts = {"input_ids": tokens.ids, "attention_mask": tokens.attention_mask, "token_type_ids": tokens.type_ids}
    feed = {node.name: np.array([parts[node.name]], dtype=np.int64) for node in session.get_inputs()}
    [[scores]] = session.run(None, feed)
    powers = np.exp(scores - scores.max())
    best = int(scores.argmax())
    answer = {"label": best, "score": float(powers[best] / powers.sum())}
    milliseconds = (time.perf_counter() - started) * 1000
    return {"statusCode": 200, "headers": {"predict-ms": str(milliseconds)}, "body": json.dumps([answer])}
