"""Write `graph.json` and `arrays.bin`: operations and their numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from writers import Written


def write(estimator: Any, bundle: Path, request: dict[str, Any]) -> Written:
    """Export an estimator and write the result."""
    from exporters import as_answers, export
    from exporters.forms import Origin, Rows, Tables

    columns = request["columns"]
    types = tuple(spec["type"] for spec in columns)
    tables = Tables()
    rows = Rows(len(types), "columns", types, tuple(Origin(spec["name"]) for spec in columns))
    exported = export(estimator, request["predict_fn"], rows, tables)
    graph = {"tables": tables.described, "root": as_answers(exported)}
    (bundle / "graph.json").write_text(json.dumps(graph, ensure_ascii=False, allow_nan=False), encoding="utf-8")
    (bundle / "arrays.bin").write_bytes(tables.data)
    if tables.covers:
        (bundle / "covers.bin").write_bytes(tables.covers)
    series = type(estimator).__module__.startswith("statsmodels.")  # others return arrays
    return Written([], {"output": "series"} if series else {}, tables.hints)


WRITERS = {"compiled": write}
