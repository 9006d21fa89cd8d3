"""Explain rows with a bundle, and check that explanations add up to what the model predicts from.

It takes an `ExplainRequest` and gives an `ExplainResult` (see `contract`).
"""

from __future__ import annotations

import json
import time
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .serving import Record, one_line, serve

if TYPE_CHECKING:
    from .contract import ExplainRequest, ExplainResult

PATIENCE = 10.0
"""Seconds for all rows."""


def check(request: ExplainRequest, _record: Record) -> ExplainResult:
    """Explain the rows that the model accepts, one by one."""
    from handler.backends import load
    from handler.backends.compiled.explaining import Unexplained
    from handler.bundle import read_manifest
    from handler.errors import InvalidValue
    from handler.schema import Schema

    folder = Path(request["bundle"])
    manifest = read_manifest(folder)
    schema = Schema(manifest.signature)
    backend: Any = load(manifest, folder)
    rows, greatest = 0, 0.0
    end = time.monotonic() + PATIENCE
    for row in request["rows"]:
        if rows and time.monotonic() > end:
            break
        try:
            columns = schema.decode(json.dumps([row]).encode()).columns
            [explained], [margins] = backend.explain(columns), backend.margins(columns)
        except InvalidValue:
            continue
        except Unexplained as error:
            return {"unexplained": str(error), "rows": rows, "difference": 0.0}
        except Exception as error:
            return {"unexplained": f"an explanation fails: {one_line(error)}", "rows": rows, "difference": 0.0}
        greatest = max([greatest, *map(difference, explained, margins)])
        rows += 1
    wrong = "" if greatest <= request["tolerance"] else f"contributions do not add up: they miss by {greatest:.1e}"
    return {"unexplained": wrong if rows else "no row could be explained", "rows": rows, "difference": greatest}


def difference(explanation: Any, margin: float) -> float:
    """Return by how much an explanation misses the margin, relative to its parts; numbers beyond float64 are equal."""
    parts = [explanation.expected, *explanation.contributions]
    if not isfinite(margin) or not all(map(isfinite, parts)):
        return 0.0
    size: float = sum(map(abs, parts))
    miss: float = abs(sum(parts) - margin)
    return miss / (size or 1.0)


if __name__ == "__main__":
    serve(check)
