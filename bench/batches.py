"""Child process: rows per second of Distributed Map batches through the handler, and of a loop over MLflow.

Both times include decoding the event's JSON and encoding the result's: as Lambda's runtime client does it for Thaw, and
by Python's `json` for MLflow. Request: `model`, `rows`, `sizes`; THAW_BUNDLE
names the bundle. Result: `thaw` and `mlflow`, each with rows per second by size, the best of several rounds.
"""

import json
import logging
import sys
import time
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

_ROUNDS = 5
_SECONDS = 1.0


def main(request_file: str, result_file: str) -> None:
    """Read the request from one file and write the result to the other."""
    import mlflow
    import pandas as pd

    from handler import app, marshaller
    from handler.bulk import items

    items.LIMIT = 2**40  # the result of 10,000 rows exceeds the limit of a Distributed Map batch
    warnings.simplefilter("ignore")
    logging.disable()
    request = json.loads(Path(request_file).read_text())
    model = mlflow.pyfunc.load_model(request["model"])
    context = types.SimpleNamespace(aws_request_id="id")
    client = marshaller.Marshaller(None, app.decode_large)

    def thaw(text: bytes) -> Any:
        return client.marshal_response(app.handler(client.unmarshal_request(text), context))[0]

    def loop(text: bytes) -> str:
        frame = pd.DataFrame(json.loads(text)["Items"])
        return json.dumps({"Items": [{"output": output} for output in model.predict(frame).tolist()]})

    programs: dict[str, Callable[[bytes], Any]] = {"thaw": thaw, "mlflow": loop}
    rates: dict[str, dict[str, float]] = {name: {} for name in programs}
    for size in request["sizes"]:
        rows = (request["rows"] * (size // len(request["rows"]) + 1))[:size]
        text = json.dumps({"Items": rows, "BatchInput": {}}).encode()
        if b"error" in thaw(text):
            raise ValueError("a row is refused")
        for _ in range(_ROUNDS):
            for name, program in programs.items():
                rate = size / seconds_per_batch(program, text)
                rates[name][str(size)] = max(rate, rates[name].get(str(size), 0.0))
    Path(result_file).write_text(json.dumps(rates))


def seconds_per_batch(program: Callable[[bytes], Any], text: bytes) -> float:
    """Repeat a batch for a second; return the mean time."""
    count, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < _SECONDS or not count:
        program(text)
        count += 1
    return spent / count if count > 1 else spent


if __name__ == "__main__":
    main(*sys.argv[1:])
