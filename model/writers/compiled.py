"""Write `graph.json` and `arrays.bin`: operations and their numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from writers import Unsupported, Written


def write(estimator: Any, bundle: Path, request: dict[str, Any]) -> Written:
    """Export an estimator, or what a custom model does with some, and write the result."""
    from exporters.forms import Tables

    tables = Tables()
    root, options = (_traced if hasattr(estimator, "_model_impl") else _exported)(estimator, request, tables)
    graph = {"tables": tables.described, "root": root}
    (bundle / "graph.json").write_text(json.dumps(graph, ensure_ascii=False, allow_nan=False), encoding="utf-8")
    (bundle / "arrays.bin").write_bytes(tables.data)
    if tables.covers:
        (bundle / "covers.bin").write_bytes(tables.covers)
    for spec in request["columns"] if tables.near else []:
        tables.hints.setdefault(spec["name"], {})["near"] = []
    noted = {"batches": "whole"} if tables.whole else {}
    if tables.absent:
        noted["absent"] = "passed on"
    return Written([], {**noted, **options}, tables.hints)


def _exported(estimator: Any, request: dict[str, Any], tables: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    from exporters import as_answers, export, statsmodels
    from exporters.forms import Origin, Rows

    columns = request["columns"]
    types = tuple(spec["type"] for spec in columns)
    rows = Rows(len(types), "columns", types, tuple(Origin(spec["name"]) for spec in columns))
    exported = export(estimator, request["predict_fn"], rows, tables)
    kind = type(estimator)
    series = kind.__module__.startswith("statsmodels.") and kind.__name__ in statsmodels.SERIES
    return as_answers(exported), {"output": "series"} if series else {}


def _traced(model: Any, request: dict[str, Any], tables: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    from thaw_child.mlflow_input import input_reader
    from tracing import Untraceable, trace

    rows = request["example"] or _made_up(request["inputs"])
    try:
        table = input_reader(model)((rows * 3)[:9])
        answer = trace(model, table, request["columns"], tables)
    except Untraceable as error:
        raise Unsupported(f"its code is not traced: {error}") from None
    return answer.operation, answer.options


def _made_up(inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row of a signature; tracing needs the types of its values alone.

    Raises:
        Unsupported: an input has a type for which there is no such value.
    """
    strange = [spec["type"] for spec in inputs if spec["type"] not in _VALUES]
    if strange:
        raise Unsupported(f"without an input example, a custom model with an input of type {strange[0]} is not traced")
    return [{spec["name"]: _VALUES[spec["type"]] for spec in inputs}]


_VALUES = {"double": 1.5, "float": 1.5, "integer": 1, "long": 1, "boolean": True, "string": "text"}

WRITERS = {"compiled": write}
