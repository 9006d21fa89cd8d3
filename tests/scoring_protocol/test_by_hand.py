"""Requests written by hand: the handler does what MLflow's server does, except for the deviations, all shown here."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from scoring_protocol.asking import Question, Servers
from scoring_protocol.comparing import deviations
from scoring_protocol.deviations import DEVIATIONS
from zoo.models import MODELS

ALWAYS = {"message", "place", "no stack trace"}
"""Deviations of nearly every error."""

EVERY = {
    "boolean": True, "integer": 1, "long": 2, "float": 0.5, "double": 0.25, "string": "a", "datetime": "2026-01-31",
    "may be.missing": 1.5, "note": "x",
}  # fmt: skip
EVERY_COLUMN = {name: [value] for name, value in EVERY.items()}
TEXT = {"text": "one", "weight": 1.0}


def request(body: Any, *faults: str, **more: Any) -> Question:
    """Return a request; a body that is not bytes is encoded as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Question(raw, faults=frozenset(faults), **more)


def records(*rows: dict[str, Any]) -> dict[str, Any]:
    """Return rows as dataframe_records."""
    return {"dataframe_records": list(rows)}


BLOB = json.dumps(records({"blob": "aGVsbG8="})).encode()
WITHOUT_NOTE = json.dumps(records({**EVERY, "note": None})).encode()


def csv(body: bytes, *faults: str, **more: Any) -> Question:
    """Return a request in CSV."""
    return Question(body, "text/csv", frozenset(faults), "csv", **more)


WHOLE = ",".join(EVERY) + "\n" + ",".join(map(str, {**EVERY, "long": "1e3"}.values())) + "\n"


def bodyless(method: str, path: str) -> Question:
    """Return a request without a body."""
    return Question(b"", None, method=method, path=path)


DIFFERENT = {
    "no stack trace": [("series", csv(b'text,weight\n"a', "document"))],
    "message": [("series", request(records({"text": "a"}), "missing"))],
    "place": [("series", request(records(TEXT, {**TEXT, "weight": "x"}), "type"))],
    "null": [("missing", request(records(TEXT))), ("moments", request(records({"at": None})))],
    "loss": [
        ("every type", request(records({**EVERY, "integer": 1.9}), "loss")),
        ("every type", request(records({**EVERY, "integer": 2**31}), "loss")),
        ("every type", request({"inputs": {**EVERY_COLUMN, "float": [1e39]}}, "loss")),
        ("every type", request({"inputs": {**EVERY_COLUMN, "float": [float("inf")]}}, "loss")),
        ("every type", request(records({**EVERY, "boolean": None}), "null")),
    ],
    "type": [
        ("every type", request(records({**EVERY, "long": "12"}), "type")),
        ("every type", request(records({**EVERY, "long": True}), "type")),
        ("every type", request(records({**EVERY, "double": True}), "type")),
        ("every type", request(records({**EVERY, "boolean": 1}), "type")),
        ("every type", request(records({**EVERY, "boolean": "no"}), "type")),
        ("every type", request(records({**EVERY, "string": 1}), "type")),
    ],
    "form": [
        ("moments", request(records({"at": "Jan 31, 2026"}), "form")),
        ("binary", request(records({"blob": "aGVs bG8="}), "form")),
        ("binary", csv(b"blob\n!\n", "form")),
    ],
    "strict JSON": [
        ("unsigned mirror", request(b'{"instances": ["\\ud800"]}', "strict")),
        ("series", request(json.dumps(records(TEXT)).encode("utf-16"), "strict")),
    ],
    "mixed up": [
        ("unsigned mirror", request({"instances": [{"a": 1}, {"b": 2}]}, "lengths")),
        ("unsigned mirror", csv(b"a,b\n1,2,3\n", "lengths")),
        ("unsigned mirror", request({"dataframe_split": {"columns": ["a", "a"], "data": [[1, 2]]}}, "lengths")),
        ("unsigned mirror", request({"inputs": {"a": [1, 2], "b": [1]}}, "lengths")),
    ],
    "two forms": [("type hint", request({"inputs": ["a"], "instances": ["a"]}, "two forms"))],
    "size": [("unsigned mirror", request({"inputs": {str(number): [1] for number in range(20_001)}}, "size"))],
    "failing model": [("refuses rows", request(records({**TEXT, "weight": -1.0})))],
    "broken server": [
        ("series", request(b'{"dataframe_records": ' + b"[" * 100_000, "document")),
        ("series", request(b'{"dataframe_records": [{"text": "a", "weight": ' + b"9" * 5000 + b"}]}", "document")),
    ],
    "content type": [
        ("series", request(records(TEXT), content_type=content_type))
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
        ("every type", csv(WHOLE.encode())),
        ("tensor", request(records({"input": [[1, 2, 3], [4, 5, 6]]}))),
        ("sklearn array", csv(b"a,b,c,d\n1,2,3,4\n")),
        ("type hint", request({"instances": ["a"]})),
        ("type hint objects", request(records({"input": {"text": "a"}}))),
        ("sklearn unnamed columns", request({"inputs": {"0": [1.0], "1": [2.0], "2": [3.0], "3": [4.0]}})),
        ("sklearn numbered columns", request(records({"0": 1.0, "1": 2.0, "2": 3.0, "3": 4.0}))),
        ("nested columns", request({"instances": [{"list": [1], "object": {"x": 1}, "map": {}, "any": None}] * 2})),
        ("moments", request(records({"at": "2026-01-31"}, {"at": "2026-01-31T12:00"}))),
        ("moments", csv(b"at\n2026-01-31\n")),
        ("sparse", request(records(TEXT))),
    ],
    "same rows": [
        ("binary", request({"instances": ["aGVsbG8="]}, form="instances", twin=BLOB)),
        ("binary", csv(b"blob\naGVsbG8=\n", twin=BLOB)),
        ("every type", request({"inputs": {**EVERY_COLUMN, "note": [None]}}, form="inputs", twin=WITHOUT_NOTE)),
    ],
    "missing boolean": [
        ("optional boolean", request(records({"weight": 1.0, "flag": None}))),
        ("optional boolean", request(records({"weight": 1.0, "flag": True}, {"weight": 1.0}))),
        ("optional boolean", request({"inputs": {"weight": [1.0, 2.0], "flag": [True, None]}})),
        ("optional boolean", request({"instances": [{"weight": 1.0, "flag": None}]})),
    ],
    "no rows": [("dict of lists", request({"dataframe_split": {"columns": [*TEXT], "data": []}}, rows=0))],
    "code": [
        ("every type", request({"inputs": {**EVERY_COLUMN, "long": [[1]]}}, "type")),
        ("chat", request({"messages": "hi"}, "type")),
        ("chat", request({"messages": [{"role": "user"}]}, "form")),
    ],
    "methods": [("series", bodyless("HEAD", "/ping")), ("series", bodyless("OPTIONS", "/invocations"))],
    "elsewhere": [("series", bodyless("GET", "/nowhere"))],
}  # fmt: skip
"""Models and requests that show a deviation, by its name."""


def test_every_deviation_is_shown() -> None:
    """Every deviation in the table has a request here."""
    assert [one.name for one in DEVIATIONS] == list(DIFFERENT)


@pytest.mark.parametrize(
    ("name", "model", "question"), [(name, *case) for name, cases in DIFFERENT.items() for case in cases]
)
def test_a_deviation(name: str, model: str, question: Question, asks: Callable[..., Servers]) -> None:
    """A deviation explains the difference, alone or with those of nearly every error."""
    found = deviations(question, asks(model))
    assert name in found
    assert found <= ALWAYS | {name}


SAME = [
    ("series", bodyless("GET", "/ping")),
    ("series", bodyless("GET", "/health")),
    ("series", bodyless("GET", "/invocations")),
    ("series", bodyless("GET", "/ping/")),
    ("series", request(records(TEXT))._replace(path="/invocations/")),
    ("series", bodyless("POST", "/ping")),
    ("series", request({**records({**TEXT, "more": [1]}), "more": 1})),
    ("series", request({"dataframe_split": {"columns": ["weight", "text"], "index": ["x"], "data": [[1, "a"]]}})),
    ("series", request(records(TEXT), content_type="application/json; charset=UTF-8")),
    ("series", request(b"\xef\xbb\xbf" + json.dumps(records(TEXT)).encode())),
    ("series", request(b'{"dataframe_records": [{"text": "a", "text": "b", "weight": 1}]}')),
    ("series", csv(b'text,weight,more\n"a, ""b""\nc",1e3,x\n\nb\n')),
    ("series", csv(b"text,weight,weight\na,1,2\n")),
    ("series", csv(b",text,weight\n0,a,1\n")),
    ("series", csv(b"weight,text\n1,\n,NA\n")),
    ("unsigned mirror", csv(b"a,b,c,d,\n1,1.5,x,true,\n2,,y,false,\n")),
    ("unsigned mirror", csv(b"a,a,b\n1,x,\n,2,\n")),
    ("unsigned mirror", request(records({"a": 1, "b": None}, {"a": 2.5, "c": "x"}))),
    ("unsigned mirror", request({"dataframe_split": {"data": [[1, "a"], [2, "b"]]}})),
    ("unsigned mirror", request({"instances": [[1, 2], [3, 4.5]]})),
    ("unsigned mirror", request({"instances": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]})),
    ("unsigned mirror", request({"inputs": [[1, 2], [3, 4.5]]})),
    ("unsigned mirror", request({"inputs": {"a": [1, 2], "b": [[1], [2]]}})),
    ("unsigned mirror", request({"inputs": [{"a": 1, "b": "x"}, {"a": 2}]})),
    ("unsigned mirror", request({"inputs": 5})),
    ("unsigned mirror", request({"inputs": "text"})),
    ("unsigned mirror", request({"messages": [{"role": "user"}], "temperature": 1})),
    ("unsigned mirror", request({"prompt": "a", "params": {"x": 1}})),
    ("unsigned mirror", request({"input": ["a", "b"]})),
    ("chat", request({"messages": [{"role": "user", "content": "hi"}]})),
    ("chat", request({"messages": [{"role": "user", "content": "hi"}], "temperature": 1.5, "user": "me", "more": 1})),
    ("chat", request(records({"messages": [{"role": "user", "content": "hi"}]}))),
    ("chat", request({"messages": [{"role": "user", "content": "hi"}], "temperature": "hot"})),
    ("type hint", request({"inputs": ["a", "bc"]})),
    ("type hint", request({"inputs": []})),
    ("type hint objects", request({"inputs": [{"text": "a", "times": 3}, {"text": "b"}]})),
    ("sklearn unnamed columns", request(records({"w": 1.0, "x": 2.0, "y": 3.0, "z": 4.0, "more": 5.0}))),
    ("sklearn unnamed columns", request({"inputs": [[1.0, 2.0, 3.0, 4.0]]})),
    ("sklearn array", request({"dataframe_split": {"columns": [*"abcd"], "data": [[1, 2, 3, 4], [5, 6, 7, 8]]}})),
    ("sklearn array", request(records({"a": 1, "b": 2, "c": 3, "d": 4}))),
    ("sklearn array", request({"instances": [[1, 2, 3, 4]]})),
    ("tensor", request(records({"x": [1, 2, 3, 4, 5, 6]}))),
    ("onnx columns", request(records({"rooms": 1, "area": 2}))),
    ("params", request({**records(TEXT), "params": {"limit": 0, "levels": [3], "unknown": 1, "mode": None}})),
    ("params", request({**records(TEXT), "params": None})),
    # Python's JSON has NaN and infinities, as in MLflow's `serving_input_example.json`.
    ("series", request(b'{"dataframe_records": [{"text": "a", "weight": NaN}]}')),
    ("series", request(b'{"dataframe_split": {"columns": ["weight", "text"], "data": [[NaN, "a"], [1, "b"]]}}')),
    ("series", request(b'{"inputs": {"text": ["a"], "weight": [-Infinity]}}')),
    ("series", request(b'{"instances": [{"text": "NaN", "weight": 1.5}]}')),
    ("moments", request(b'{"dataframe_split": {"columns": ["at"], "data": [["2026-01-31"], [NaN]]}}')),
    ("tensor", request(b'{"inputs": [[[1, 2, NaN], [4, 5, 6]]]}')),
    ("unsigned mirror", request(b'{"dataframe_split": {"columns": ["a"], "data": [[NaN], [1.5]]}}')),
    ("every type", request(json.dumps(records({**EVERY, "integer": float("nan")})).encode(), "null")),
    # Dates.
    *(
        ("moments", request(records({"at": text})))
        for text in ("2026-01-31T12", "20260131", "20260131T120001", "2026-01-31T12:00:00.123456789")
    ),
    # Errors, with the codes that MLflow gives them.
    ("series", request(b"")),
    ("series", request(b"{")),
    ("series", request(b"[]")),
    ("series", request(b"1")),
    ("series", request(b"\xff")),
    ("series", request({})),
    ("series", request({"data": [1]})),
    ("series", request({**records(TEXT), "instances": []})),
    ("series", request({"dataframe_records": {}})),
    ("series", request({"dataframe_split": []})),
    ("series", request({"dataframe_split": {"columns": ["text"]}})),
    ("series", request({"dataframe_split": {"columns": ["text"], "data": [["a"]], "more": 1}})),
    ("series", request({"dataframe_split": {"columns": ["text"], "data": [["a", 1]]}})),
    ("series", request(records({"weight": 1.0}))),
    ("series", request({"inputs": {"weight": [1.0]}})),
    ("series", request({"instances": [{"weight": 1.0}]})),
    ("series", request({"instances": [1.0]})),
    ("series", request({"inputs": [[1.0, 2.0]]})),
    ("series", request({"inputs": 1.0})),
    ("series", request({"dataframe_records": []})),
    ("series", request(records(TEXT | {"weight": "x"}))),
    ("series", csv(b"")),
    ("series", csv(b"text\na\n")),
    ("series", csv(b"text,weight\na,x\n")),
    ("series", csv(b"text,weight\n\xff,1\n")),
    ("series", request(b"PAR1", content_type="application/vnd.apache.parquet")),
    ("series", request(records(TEXT), content_type="text/plain")),
    ("series", request(records(TEXT), content_type="application/json; charset=latin-1")),
    ("series", request(records(TEXT), content_type="application/json; version=1")),
    ("params", request({**records(TEXT), "params": []})),
    ("params", request({**records(TEXT), "params": {"limit": "x"}})),
    ("params", request({**records(TEXT), "params": {"levels": 1}})),
    ("params", request({**records(TEXT), "params": {"count": 2.5}})),
    ("tensor", request({"inputs": [[[1, 2, 3], [4, 5]]]})),
]
"""Models and requests for which both servers respond alike."""


@pytest.mark.parametrize(("model", "question"), SAME)
def test_nothing_differs(model: str, question: Question, asks: Callable[..., Servers]) -> None:
    """Status, content type, body and error codes are MLflow's; only the words of an error may differ."""
    assert deviations(question, asks(model)) <= ALWAYS | {"null"}


@pytest.mark.parametrize("name", MODELS)
def test_a_models_own_rows_in_every_form(
    name: str, asks: Callable[..., Servers], case_of: Callable[[str], Any]
) -> None:
    """Every kind of output has MLflow's format; a form that its server refuses gets the other forms' response."""
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
        question = request({form: data, **params}, form=form, rows=len(rows), twin=twin)
        assert deviations(question, both) <= {"what fits", "same rows", "null", "failing model", "missing boolean"}
        if not name.startswith("unsigned"):
            assert expected == both.ours(question)
