"""Ask a bundle, through the handler's own code, for its answers to the rows that the model was asked.

It takes an `AskBundleRequest` and gives an `AskBundleResult` (see `contract`).
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .answering import Predict, ask_all
from .distributions import imported_distributions, installed_distributions, required
from .serving import Record, serve

if TYPE_CHECKING:
    from .contract import AskBundleRequest, AskBundleResult


def answer(request: AskBundleRequest, record: Record) -> AskBundleResult:
    """Load the bundle and ask it."""
    start = time.perf_counter()
    predict = bundle_predict(request["bundle"], request["params"], whole=bool(request.get("whole")))
    seconds = time.perf_counter() - start
    result = ask_all(predict, request, record)
    roots = request["roots"]
    imported, installed = [], []
    if roots is not None:  # what a model imports when it is asked is unknown where nothing was asked
        installed = installed_distributions()
        imported = imported_distributions(roots, installed) if request["rows"] else installed
    needed = required(imported, roots or [])
    return {
        **result,
        "seconds": seconds,
        "imported": [distribution.pin for distribution in imported],
        "required": [distribution.pin for distribution in needed],
        "installed": [distribution.pin for distribution in installed],
    }


def bundle_predict(folder: str, params: dict[str, Any], *, whole: bool = False) -> Predict:
    """Return a function that predicts as the handler does."""
    from handler.predictor import Predictor
    from handler.response import encoding, whole_output

    predictor = Predictor(Path(folder), log_input=True)

    def predict(rows: list[Any]) -> Any:
        batch = predictor.schema.decode(json.dumps(rows).encode())
        if whole:
            return json.loads(encoding.encode(whole_output.to_json_value(predictor.predict(batch, params))))
        answer = predictor.answer(batch, params)
        if answer.columns is None:
            raise ValueError(f"the model did not return one value for each of {len(rows)} rows")
        return json.loads(encoding.encode(answer.to_json_value(single=False)))

    return predict


if __name__ == "__main__":
    serve(answer)
