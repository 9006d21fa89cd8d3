"""Generate requests from a model's signature: in every form, about half of them with a fault."""

import csv
import io
import json
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime
from typing import Any

from hypothesis import strategies as st
from scoring_protocol import judging, values
from scoring_protocol.asking import Question
from scoring_protocol.judging import NONE, Faults

from handler.bundle import Signature
from handler.schema import fields

Row = dict[str, Any]
Made = tuple[Any, set[str]]
"""A body's value, and its faults."""

_WITHOUT_SIGNATURE = [{"type": "double", "name": "weight"}, {"type": "string", "name": "mixed"}]


class Rows:
    """The rows of a request, and their faults.

    Attributes:
        inputs: the signature's inputs; empty if the model has no signature.
        names: names of the columns.
        unnamed: whether the only input has no name.
        rows: dicts by column name.
        sent: names of the columns that are sent.
    """

    def __init__(self, inputs: list[dict[str, Any]], rows: list[Row]) -> None:
        self.inputs = inputs
        self.names = fields(inputs or _WITHOUT_SIGNATURE)
        self.unnamed = len(inputs) == 1 and "name" not in inputs[0]
        self.rows = rows
        self.sent = self.names

    def faults(self, *, table: bool = True) -> set[str]:
        """Return the faults of the rows under the signature."""
        return set(judging.of_rows(self.inputs, self.names, self.rows, table=table))

    def twin(self, **more: Any) -> bytes | None:
        """Return the same rows as dataframe_records."""
        rows = [{name: row.get(name) for name in self.sent} for row in self.rows]
        return json.dumps({"dataframe_records": rows, **more}).encode() if self.inputs and rows else None


@st.composite
def questions(draw: st.DrawFn, signature: Signature, *, hinted: bool = False) -> Question:
    """Generate a request to `/invocations`; a type hint's text is never missing."""
    inputs = [{"type": "text"}] if hinted else signature.inputs or []
    given = Rows(inputs, draw(_rows(inputs or _WITHOUT_SIGNATURE)))
    form = draw(st.sampled_from([*_DATA, "csv", "parquet"]))
    if form == "csv":
        return draw(_of_csv(given))
    if form == "parquet" and (question := _of_parquet(given)):
        return question
    return draw(_of_json(given, form if form in _DATA else "dataframe_split", signature.params or []))


@st.composite
def _rows(draw: Any, inputs: list[dict[str, Any]]) -> list[Row]:
    names = fields(inputs)
    rows = []
    for _ in range(draw(st.sampled_from([1, 1, 2, 3, 3, 0]))):
        given = [spec.get("required", True) or draw(st.integers(0, 3)) > 0 for spec in inputs]
        rows.append({n: draw(values.of(spec)) for n, spec, here in zip(names, inputs, given, strict=True) if here})
    if rows and draw(st.integers(0, 2)) == 0:
        draw(st.sampled_from(rows))[draw(st.sampled_from(names))] = draw(values.odd)
    return rows


@st.composite
def _of_json(draw: Any, given: Rows, form: str, params: list[dict[str, Any]]) -> Question:
    data, faults = draw(_DATA[form](given))
    document: Any = {form: data}
    if draw(st.integers(0, 4)) == 0:
        document["params"], wrong = draw(_params(params))
        faults |= wrong
    twin = given.twin(params=document.get("params"))
    content_type = "application/json"
    change = draw(st.sampled_from([""] * 8 + ["two forms", "no form", "broken", "type"]))
    if change == "two forms":
        document[draw(st.sampled_from([other for other in _DATA if other != form]))] = []
        faults.add("two forms")
    if change == "no form":
        document = {"data": data}
        faults.add("document")
    if change == "type":
        content_type, wrong = draw(st.sampled_from(_CONTENT_TYPES))
        faults |= wrong
    raw = json.dumps(document).encode()
    if change == "broken":
        raw = draw(
            st.sampled_from([raw[:-1], raw + b"}", b"", b"[]", b"null", b"\xff" + raw, b"1", raw.replace(b":", b"", 1)])
        )
        faults.add("document")
    return Question(raw, content_type, frozenset(faults), form, len(given.rows), twin)


_CONTENT_TYPES = [
    ("application/json; charset=utf-8", NONE),
    ("application/json;", NONE),
    ("Application/JSON", NONE),
    ("application/x-www-form-urlencoded", NONE),
    ("", NONE),
    (None, NONE),
    ("text/plain", {"media"}),
    ("application/json; charset=latin-1", {"media"}),
    ("application/json; x=1", {"media"}),
]


@st.composite
def _without_column(draw: Any, given: Rows, *, table: bool = True) -> tuple[list[str], list[Row], set[str]]:
    """Generate names and rows, sometimes with a missing or an additional column."""
    change = draw(st.sampled_from([""] * 8 + ["less", "more"]))
    names, rows, faults = given.names, given.rows, given.faults(table=table)
    if change == "more":
        names, rows = [*names, "another"], [{**row, "another": 1} for row in rows]
        if table and rows and given.unnamed and given.inputs[0]["type"] == "tensor":
            faults.add("form")  # a table of several columns counts as a matrix
    if change == "less" and rows and given.inputs:
        gone = draw(st.sampled_from(names))
        names = given.sent = [name for name in names if name != gone]
        rows = [{name: value for name, value in row.items() if name != gone} for row in rows]
        faults = set(judging.of_rows(given.inputs, given.names, rows, table=table)) | (set() if names else {"missing"})
    return names, rows, faults


@st.composite
def _records(draw: Any, given: Rows) -> Made:
    _, rows, faults = draw(_without_column(given))
    if not rows and any(spec.get("required", True) for spec in given.inputs):
        faults.add("missing")
    return rows, faults


@st.composite
def _split(draw: Any, given: Rows) -> Made:
    names, rows, faults = draw(_without_column(given))
    data = {"columns": names, "data": [[row.get(name) for name in names] for row in rows]}
    change = draw(st.sampled_from([""] * 8 + ["index", "index", "columns", "rows"]))
    if change == "index":
        data["index"] = list(range(5, 5 + len(rows)))
    if change == "columns" and rows and names:
        data["columns"] = names[:-1] if draw(st.booleans()) else [*names, "one more"]
        faults.add("lengths")
    if change == "rows" and rows:
        data["data"][0].append(None)
        faults.add("lengths")
    return data, faults


@st.composite
def _instances(draw: Any, given: Rows) -> Made:
    if given.unnamed:
        return _values(given)
    names, rows, faults = draw(_without_column(given, table=False))
    rows = [{name: row.get(name) for name in names} for row in rows]
    if len(rows) > 1 and draw(st.integers(0, 11)) == 0:
        rows = [*rows[:-1], {"another": 1}]
        faults.add("lengths")
    return rows, faults | ({"missing"} if not rows and len(given.inputs) > 1 else set())


@st.composite
def _inputs(draw: st.DrawFn, given: Rows) -> Made:
    if given.unnamed:
        return _values(given)
    if given.rows and given.inputs and draw(st.integers(0, 3)) == 0:
        return draw(_records(given))
    names, rows, faults = draw(_without_column(given, table=False))
    data = {name: [row.get(name) for row in rows] for name in names}
    if len(rows) > 1 and len(names) > 1 and names[0] in given.names and draw(st.integers(0, 11)) == 0:
        del data[names[0]][0]
        faults.add("lengths")
    return data, faults


def _values(given: Rows) -> Made:
    return [row.get("input") for row in given.rows], given.faults(table=False)


_DATA: dict[str, Callable[[Rows], st.SearchStrategy[Made]]] = {
    "dataframe_records": _records,
    "dataframe_split": _split,
    "instances": _instances,
    "inputs": _inputs,
}


@st.composite
def _params(draw: Any, specs: list[dict[str, Any]]) -> Made:
    if not specs or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from([None, {}, {"unknown": 1}])), set()
    found: Row = {}
    faults: set[str] = set()
    for spec in draw(st.lists(st.sampled_from(specs), max_size=3, unique_by=lambda spec: spec["name"])):
        kind: dict[str, Any] = {"type": spec["type"]}
        if spec.get("shape"):
            kind = {"type": "array", "items": kind}
        given = draw(values.odd if draw(st.integers(0, 3)) == 0 else values.of(kind))
        found[spec["name"]] = given
        null = (
            {"null"} if given is None or isinstance(given, list) else set()
        )  # null, alone or in a list, is not a fault
        required = {"null"} if given is None and spec.get("shape") else set()
        faults |= {f"params {fault}" for fault in judging.of_value(kind, given) - null | required}
    return found, faults


@st.composite
def _of_csv(draw: Any, given: Rows) -> Question:
    for spec, name in zip(given.inputs, given.names, strict=False):
        if spec["type"] == "binary":  # CSV has no difference between empty and missing bytes
            given.rows = [{**row, name: row[name] or ""} for row in given.rows]
    header, lines = list(given.names), [[_field(row.get(name)) for name in given.names] for row in given.rows]
    faults = set().union(
        *(_of_texts(spec, texts) for spec, texts in zip(given.inputs, zip(*lines, strict=True), strict=False))
    )
    change = draw(st.sampled_from([""] * 8 + ["longer", "bytes", "quote", "less", "again", "blank"]))
    if change == "longer" and lines:
        lines[-1].append("1")
        faults.add("lengths")
    if change == "less" and not faults and len(given.inputs) > 1:
        gone = draw(st.integers(0, len(header) - 1))
        for line in (header, *lines):
            del line[gone]
        faults |= {"missing"} if given.inputs[gone].get("required", True) else set()
    if change == "again":
        header, lines = [*header, header[0]], [[*line, "1"] for line in lines]
        if lines and given.unnamed and given.inputs[0]["type"] == "tensor":
            faults.add("form")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=draw(st.sampled_from(["\n", "\r\n"])))
    writer.writerows([header, *lines])
    raw = out.getvalue().encode() + {"blank": b"\n\n", "quote": b'"', "bytes": b"\xff"}.get(change, b"")
    faults |= {"document"} if change in {"bytes", "quote"} else set()
    unclear = any("" in row.values() for row in given.rows) and "binary" not in {spec["type"] for spec in given.inputs}
    return Question(raw, "text/csv", frozenset(faults), "csv", len(given.rows), None if unclear else given.twin())


def _of_texts(spec: dict[str, Any], texts: tuple[str, ...]) -> Faults:
    all_or_none = spec["type"] in {"integer", "long"}
    if not spec.get("required", True) and not (all_or_none and any(texts)):
        texts = tuple(filter(None, texts))
    return NONE.union(*(judging.of_text(spec, text) for text in texts))


def _field(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _of_parquet(given: Rows) -> Question | None:
    """Return the rows as a Parquet file; None if a column cannot hold its values' types."""
    import pandas as pd
    from pyarrow import parquet
    from pyarrow.lib import ArrowException

    out = io.BytesIO()
    frame = pd.DataFrame(given.rows, columns=given.names)
    for name, spec in zip(given.names, given.inputs, strict=False):
        if not given.faults() and spec["type"] in _STORED:
            frame[name] = _STORED[spec["type"]](frame[name])
    try:
        frame.to_parquet(out)
    except (ArrowException, OverflowError):
        return None
    # The stored values: pandas turns booleans into numbers, and adds to an object the fields of other rows.
    stored = Rows(given.inputs, [values.as_json(row) for row in parquet.read_table(out).to_pylist()])
    faults, count = frozenset(stored.faults()), len(stored.rows)
    return Question(out.getvalue(), "application/vnd.apache.parquet", faults, "parquet", count, stored.twin())


_STORED: dict[str, Callable[[Any], Any]] = {
    "datetime": lambda texts: texts.map(
        lambda text: datetime.fromisoformat(text) if isinstance(text, str) else None
    ).astype("datetime64[us]"),
    "binary": lambda texts: texts.map(lambda text: text if text is None else b64decode(text)),
    "integer": lambda numbers: numbers if numbers.isna().any() else numbers.astype("int32"),
    "float": lambda numbers: numbers.astype("float32"),
}
