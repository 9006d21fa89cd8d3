"""Child: rows a second of batches, through the handler as Step Functions hands them over, and by a loop over MLflow.

Both begin with the event's JSON and end with the answer's. Request: `model`, `rows`, `sizes`; THAW_BUNDLE says which
bundle is served. Result: `thaw` and `mlflow`, each with rows a second by size; measured in turn, the best of several.
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


def main(asked: str, given: str) -> None:
    """Answer the request in the file `asked` in the file `given`."""
    import mlflow
    import pandas as pd

    from handler.app import handler
    from handler.bulk import items

    items.LIMIT = 2**40  # 10,000 rows are more than a child of a Distributed Map may answer
    warnings.simplefilter("ignore")
    logging.disable()
    request = json.loads(Path(asked).read_text())
    model = mlflow.pyfunc.load_model(request["model"])
    context = types.SimpleNamespace(aws_request_id="id")

    def thaw(text: str) -> str:
        return json.dumps(handler(json.loads(text), context))

    def loop(text: str) -> str:
        frame = pd.DataFrame(json.loads(text)["Items"])
        return json.dumps({"Items": [{"output": answer} for answer in model.predict(frame).tolist()]})

    ways: dict[str, Callable[[str], str]] = {"thaw": thaw, "mlflow": loop}
    found: dict[str, dict[str, float]] = {name: {} for name in ways}
    for size in request["sizes"]:
        rows = (request["rows"] * (size // len(request["rows"]) + 1))[:size]
        text = json.dumps({"Items": rows, "BatchInput": {}})
        if "error" in thaw(text):
            raise ValueError("a row is refused")
        for _ in range(_ROUNDS):
            for name, way in ways.items():
                rate = size / seconds(way, text)
                found[name][str(size)] = max(rate, found[name].get(str(size), 0.0))
    Path(given).write_text(json.dumps(found))


def seconds(way: Callable[[str], Any], text: str) -> float:
    """What one batch takes, of as many as a second has room for."""
    count, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < _SECONDS or not count:
        way(text)
        count += 1
    return spent / count if count > 1 else spent


if __name__ == "__main__":
    main(*sys.argv[1:])
