"""Requests written by hand: what MLflow's server does, the handler does, but for the deviations, each shown here."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from asking import Asks, Question
from comparing import deviations
from deviations import DEVIATIONS
from zoo.models import MODELS

ALWAYS = {"message", "place", "no stack trace"}
"""What nearly every error shows."""

EVERY = {
    "boolean": True, "integer": 1, "long": 2, "float": 0.5, "double": 0.25, "string": "a", "datetime": "2026-01-31",
    "may be.missing": 1.5, "note": "x",
}  # fmt: skip
EVERY_COLUMN = {name: [value] for name, value in EVERY.items()}
TEXT = {"text": "one", "weight": 1.0}


def asked(body: Any, *faults: str, **more: Any) -> Question:
    """A question; what is not bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Question(raw, faults=frozenset(faults), **more)


def records(*rows: dict[str, Any]) -> dict[str, Any]:
    """Rows as dataframe_records."""
    return {"dataframe_records": list(rows)}


BLOB = json.dumps(records({"blob": "aGVsbG8="})).encode()
WITHOUT_NOTE = json.dumps(records({**EVERY, "note": None})).encode()


def csv(body: bytes, *faults: str, **more: Any) -> Question:
    """A question in CSV."""
    return Question(body, "text/csv", frozenset(faults), "csv", **more)


def got(method: str, path: str) -> Question:
    """A question without a body."""
    return Question(b"", None, method=method, path=path)


DIFFERENT = {
    "no stack trace": [("series", csv(b'text,weight\n"a', "document"))],
    "message": [("series", asked(records({"text": "a"}), "missing"))],
    "place": [("series", asked(records(TEXT, {**TEXT, "weight": "x"}), "type"))],
    "null": [("missing", asked(records(TEXT))), ("moments", asked(records({"at": None})))],
    "loss": [
        ("every type", asked(records({**EVERY, "integer": 1.9}), "loss")),
        ("every type", asked(records({**EVERY, "integer": 2**31}), "loss")),
        ("every type", asked({"inputs": {**EVERY_COLUMN, "float": [1e39]}}, "loss")),
        ("every type", asked(records({**EVERY, "boolean": None}), "null")),
    ],
    "type": [
        ("every type", asked(records({**EVERY, "long": "12"}), "type")),
        ("every type", asked(records({**EVERY, "long": True}), "type")),
        ("every type", asked(records({**EVERY, "double": True}), "type")),
        ("every type", asked(records({**EVERY, "boolean": 1}), "type")),
        ("every type", asked(records({**EVERY, "boolean": "no"}), "type")),
        ("every type", asked(records({**EVERY, "string": 1}), "type")),
    ],
    "form": [
        ("moments", asked(records({"at": "Jan 31, 2026"}), "form")),
        ("binary", asked(records({"blob": "aGVs bG8="}), "form")),
        ("binary", csv(b"blob\n!\n", "form")),
    ],
    "strict JSON": [
        ("series", asked(b'{"dataframe_records": [{"text": "a", "weight": NaN}]}', "strict")),
        ("series", asked(b'{"dataframe_records": [{"text": "a", "weight": -Infinity}]}', "strict")),
        ("unsigned mirror", asked(b'{"instances": ["\\ud800"]}', "strict")),
        ("series", asked(json.dumps(records(TEXT)).encode("utf-16"), "strict")),
    ],
    "mixed up": [
        ("unsigned mirror", asked({"instances": [{"a": 1}, {"b": 2}]}, "lengths")),
        ("unsigned mirror", csv(b"a,b\n1,2,3\n", "lengths")),
        ("unsigned mirror", asked({"dataframe_split": {"columns": ["a", "a"], "data": [[1, 2]]}}, "lengths")),
        ("unsigned mirror", asked({"inputs": {"a": [1, 2], "b": [1]}}, "lengths")),
    ],
    "two forms": [("type hint", asked({"inputs": ["a"], "instances": ["a"]}, "two forms"))],
    "size": [("unsigned mirror", asked({"inputs": {str(number): [1] for number in range(20_001)}}, "size"))],
    "failing model": [("refuses rows", asked(records({**TEXT, "weight": -1.0})))],
    "broken server": [
        ("series", asked(b'{"dataframe_records": ' + b"[" * 100_000, "document")),
        ("series", asked(b'{"dataframe_records": [{"text": "a", "weight": ' + b"9" * 5000 + b"}]}", "document")),
    ],
    "content type": [
        ("series", asked(records(TEXT), content_type=content_type))
        for content_type in (
            None,
            "",
            "Application/JSON",
            "application/json;",
            'application/json; charset="utf-8"',
            "application/x-www-form-urlencoded",
        )
    ],
    "what fits": [
        ("tensor", asked(records({"input": [[1, 2, 3], [4, 5, 6]]}))),
        ("sklearn array", csv(b"a,b,c,d\n1,2,3,4\n")),
        ("type hint", asked({"instances": ["a"]})),
        ("type hint objects", asked(records({"input": {"text": "a"}}))),
        ("sklearn unnamed columns", asked({"inputs": {"0": [1.0], "1": [2.0], "2": [3.0], "3": [4.0]}})),
        ("sklearn numbered columns", asked(records({"0": 1.0, "1": 2.0, "2": 3.0, "3": 4.0}))),
        ("nested columns", asked({"instances": [{"list": [1], "object": {"x": 1}, "map": {}, "any": None}] * 2})),
        ("moments", asked(records({"at": "2026-01-31"}, {"at": "2026-01-31T12:00"}))),
        ("moments", csv(b"at\n2026-01-31\n")),
        ("sparse", asked(records(TEXT))),
    ],
    "same rows": [
        ("binary", asked({"instances": ["aGVsbG8="]}, form="instances", twin=BLOB)),
        ("binary", csv(b"blob\naGVsbG8=\n", twin=BLOB)),
        ("every type", asked({"inputs": {**EVERY_COLUMN, "note": [None]}}, form="inputs", twin=WITHOUT_NOTE)),
    ],
    "no rows": [("dict of lists", asked({"dataframe_split": {"columns": [*TEXT], "data": []}}, rows=0))],
    "code": [
        ("every type", asked({"inputs": {**EVERY_COLUMN, "long": [[1]]}}, "type")),
        ("chat", asked({"messages": "hi"}, "type")),
        ("chat", asked({"messages": [{"role": "user"}]}, "form")),
    ],
    "methods": [("series", got("HEAD", "/ping")), ("series", got("OPTIONS", "/invocations"))],
    "elsewhere": [("series", got("GET", "/nowhere"))],
    "slash": [("series", got("GET", "/ping/"))],
}  # fmt: skip
"""Deviation -> models and questions that show it."""


def test_every_deviation_is_shown() -> None:
    """There is none in the table without a request here."""
    assert [one.name for one in DEVIATIONS] == list(DIFFERENT)


@pytest.mark.parametrize(
    ("name", "model", "question"), [(name, *case) for name, cases in DIFFERENT.items() for case in cases]
)
def test_a_deviation(name: str, model: str, question: Question, asks: Callable[..., Asks]) -> None:
    """It is what explains the difference, alone but for what nearly every error shows."""
    found = deviations(question, asks(model))
    assert name in found
    assert found <= ALWAYS | {name}


SAME = [
    ("series", got("GET", "/ping")),
    ("series", got("GET", "/health")),
    ("series", got("GET", "/invocations")),
    ("series", got("POST", "/ping")),
    ("series", asked({**records({**TEXT, "more": [1]}), "more": 1})),
    ("series", asked({"dataframe_split": {"columns": ["weight", "text"], "index": ["x"], "data": [[1, "a"]]}})),
    ("series", asked(records(TEXT), content_type="application/json; charset=UTF-8")),
    ("series", asked(b"\xef\xbb\xbf" + json.dumps(records(TEXT)).encode())),
    ("series", asked(b'{"dataframe_records": [{"text": "a", "text": "b", "weight": 1}]}')),
    ("series", csv(b'text,weight,more\n"a, ""b""\nc",1e3,x\n\nb\n')),
    ("series", csv(b"text,weight,weight\na,1,2\n")),
    ("series", csv(b",text,weight\n0,a,1\n")),
    ("series", csv(b"weight,text\n1,\n,NA\n")),
    ("unsigned mirror", csv(b"a,b,c,d,\n1,1.5,x,true,\n2,,y,false,\n")),
    ("unsigned mirror", csv(b"a,a,b\n1,x,\n,2,\n")),
    ("unsigned mirror", asked(records({"a": 1, "b": None}, {"a": 2.5, "c": "x"}))),
    ("unsigned mirror", asked({"dataframe_split": {"data": [[1, "a"], [2, "b"]]}})),
    ("unsigned mirror", asked({"instances": [[1, 2], [3, 4.5]]})),
    ("unsigned mirror", asked({"instances": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]})),
    ("unsigned mirror", asked({"inputs": [[1, 2], [3, 4.5]]})),
    ("unsigned mirror", asked({"inputs": {"a": [1, 2], "b": [[1], [2]]}})),
    ("unsigned mirror", asked({"inputs": [{"a": 1, "b": "x"}, {"a": 2}]})),
    ("unsigned mirror", asked({"inputs": 5})),
    ("unsigned mirror", asked({"inputs": "text"})),
    ("unsigned mirror", asked({"messages": [{"role": "user"}], "temperature": 1})),
    ("unsigned mirror", asked({"prompt": "a", "params": {"x": 1}})),
    ("unsigned mirror", asked({"input": ["a", "b"]})),
    ("chat", asked({"messages": [{"role": "user", "content": "hi"}]})),
    ("chat", asked({"messages": [{"role": "user", "content": "hi"}], "temperature": 1.5, "user": "me", "more": 1})),
    ("chat", asked(records({"messages": [{"role": "user", "content": "hi"}]}))),
    ("chat", asked({"messages": [{"role": "user", "content": "hi"}], "temperature": "hot"})),
    ("type hint", asked({"inputs": ["a", "bc"]})),
    ("type hint", asked({"inputs": []})),
    ("type hint objects", asked({"inputs": [{"text": "a", "times": 3}, {"text": "b"}]})),
    ("sklearn unnamed columns", asked(records({"w": 1.0, "x": 2.0, "y": 3.0, "z": 4.0, "more": 5.0}))),
    ("sklearn unnamed columns", asked({"inputs": [[1.0, 2.0, 3.0, 4.0]]})),
    ("sklearn array", asked({"dataframe_split": {"columns": [*"abcd"], "data": [[1, 2, 3, 4], [5, 6, 7, 8]]}})),
    ("sklearn array", asked(records({"a": 1, "b": 2, "c": 3, "d": 4}))),
    ("sklearn array", asked({"instances": [[1, 2, 3, 4]]})),
    ("tensor", asked(records({"x": [1, 2, 3, 4, 5, 6]}))),
    ("onnx columns", asked(records({"rooms": 1, "area": 2}))),
    ("params", asked({**records(TEXT), "params": {"limit": 0, "levels": [3], "unknown": 1, "mode": None}})),
    ("params", asked({**records(TEXT), "params": None})),
    # Errors, with the code that each has there.
    ("series", asked(b"")),
    ("series", asked(b"{")),
    ("series", asked(b"[]")),
    ("series", asked(b"1")),
    ("series", asked(b"\xff")),
    ("series", asked({})),
    ("series", asked({"data": [1]})),
    ("series", asked({**records(TEXT), "instances": []})),
    ("series", asked({"dataframe_records": {}})),
    ("series", asked({"dataframe_split": []})),
    ("series", asked({"dataframe_split": {"columns": ["text"]}})),
    ("series", asked({"dataframe_split": {"columns": ["text"], "data": [["a"]], "more": 1}})),
    ("series", asked({"dataframe_split": {"columns": ["text"], "data": [["a", 1]]}})),
    ("series", asked(records({"weight": 1.0}))),
    ("series", asked({"inputs": {"weight": [1.0]}})),
    ("series", asked({"instances": [{"weight": 1.0}]})),
    ("series", asked({"instances": [1.0]})),
    ("series", asked({"inputs": [[1.0, 2.0]]})),
    ("series", asked({"inputs": 1.0})),
    ("series", asked({"dataframe_records": []})),
    ("series", asked(records(TEXT | {"weight": "x"}))),
    ("series", csv(b"")),
    ("series", csv(b"text\na\n")),
    ("series", csv(b"text,weight\na,x\n")),
    ("series", csv(b"text,weight\n\xff,1\n")),
    ("series", asked(b"PAR1", content_type="application/vnd.apache.parquet")),
    ("series", asked(records(TEXT), content_type="text/plain")),
    ("series", asked(records(TEXT), content_type="application/json; charset=latin-1")),
    ("series", asked(records(TEXT), content_type="application/json; version=1")),
    ("params", asked({**records(TEXT), "params": []})),
    ("params", asked({**records(TEXT), "params": {"limit": "x"}})),
    ("params", asked({**records(TEXT), "params": {"levels": 1}})),
    ("params", asked({**records(TEXT), "params": {"count": 2.5}})),
    ("tensor", asked({"inputs": [[[1, 2, 3], [4, 5]]]})),
]
"""Models and questions that both answer alike."""


@pytest.mark.parametrize(("model", "question"), SAME)
def test_nothing_differs(model: str, question: Question, asks: Callable[..., Asks]) -> None:
    """Status, content type, body and an error's code are MLflow's; only an error's words may be others."""
    assert deviations(question, asks(model)) <= ALWAYS | {"null"}


@pytest.mark.parametrize("name", MODELS)
def test_a_models_own_rows_in_every_form(name: str, asks: Callable[..., Asks], case_of: Callable[[str], Any]) -> None:
    """Every kind of output has MLflow's form; where its server refuses rows, the answer is that to other forms."""
    both, case = asks(name), case_of(name)
    names, rows = list(case.rows[0]), case.rows
    params = {"params": case.params} if case.params else {}
    split = {"columns": names, "data": [[row.get(column) for column in names] for row in rows]}
    columns = {column: [row.get(column) for row in rows] for column in names}
    forms = {"dataframe_records": rows, "dataframe_split": split, "instances": rows, "inputs": columns}
    if names == ["input"]:
        forms |= {"instances": columns["input"], "inputs": columns["input"]}
    twin = json.dumps({"dataframe_records": rows, **params}).encode()
    expected = both.ours(Question(twin))
    assert 200 == expected.status
    for form, data in forms.items():
        question = asked({form: data, **params}, form=form, rows=len(rows), twin=twin)
        assert deviations(question, both) <= {"what fits", "same rows", "null", "failing model"}
        if not name.startswith("unsigned"):
            assert expected == both.ours(question)
