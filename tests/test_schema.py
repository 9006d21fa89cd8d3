"""Bodies and query strings become typed columns and params, or errors that say where."""

import json
from datetime import datetime
from typing import Any

import pytest

from handler.bundle import Signature
from handler.errors import InvalidParam, InvalidValue, MalformedBody, RequestError
from handler.schema import Schema
from handler.schema.model_input import to_frame


def column(kind: str, *, required: bool = True, **more: Any) -> dict[str, Any]:
    """Return the column `x` of a signature, as in MLmodel."""
    return {"type": kind, "name": "x", "required": required, **more}


def schema(*inputs: dict[str, Any], params: list[dict[str, Any]] | None = None) -> Schema:
    """Return the schema of a signature's inputs."""
    return Schema(Signature(inputs=list(inputs) or None, params=params))


def test_an_error_in_a_list_names_row_and_column() -> None:
    """Row and column are attributes of the error, and in its message."""
    rows = [{"name": "a", "age": age} for age in (1, 2, 3, "4")]
    columns = [{**column("string"), "name": "name"}, {**column("double"), "name": "age"}]
    with pytest.raises(InvalidValue) as caught:
        schema(*columns).decode(json.dumps(rows).encode())
    assert "expected a number, got a string, at $[3].age" == caught.value.detail
    assert (3, "age") == (caught.value.row, caught.value.column)


def test_a_missing_column_is_named() -> None:
    """The error names row and column, whatever the column's name is."""
    spec = {**column("double"), "name": "fixed acidity (g/l)"}
    with pytest.raises(InvalidValue) as caught:
        schema(spec).decode(b'[{"fixed acidity (g/l)": 1}, {}]')
    assert "the required field `fixed acidity (g/l)` is missing, at $[1]" == caught.value.detail
    assert (1, "fixed acidity (g/l)") == (caught.value.row, caught.value.column)


def test_fields_the_signature_does_not_know_are_ignored() -> None:
    """Unknown fields are ignored, nested ones too; of a repeated key the last counts."""
    batch = schema(column("long")).decode(b'{"y": [{"z": null}], "x": 1, "x": 2}')
    assert {"x": [2]} == batch.columns


def test_an_optional_column_may_be_absent() -> None:
    """An optional column may be absent in every row, or missing in some; an integer column has no missing value."""
    for kind, one in (("string", "a"), ("double", 1.0), ("datetime", datetime(2026, 1, 31))):  # noqa: DTZ001
        both = schema({**column("long"), "name": "n"}, column(kind, required=False))
        text = json.dumps(one, default=str).replace(" 00:00:00", "")
        assert {"n": [1]} == both.decode(b'{"n": 1}').columns
        assert {"n": [1, 2], "x": [one, None]} == both.decode(f'[{{"n": 1, "x": {text}}}, {{"n": 2}}]'.encode()).columns
    integers = schema({**column("long"), "name": "n"}, column("integer", required=False))
    assert {"n": [1, 2]} == integers.decode(b'[{"n": 1}, {"n": 2, "x": null}]').columns
    with pytest.raises(InvalidValue, match=r"in every row or in none, found no value, at \$\[1\]\.x") as caught:
        integers.decode(b'[{"n": 1, "x": 5}, {"n": 2}]')
    assert (1, "x") == (caught.value.row, caught.value.column)


def test_an_optional_boolean_may_be_missing() -> None:
    """A missing boolean is None, alone and among others; if all rows lack the column, it is left out."""
    flags = schema({**column("long"), "name": "n"}, column("boolean", required=False))
    for body, expected in (
        (b'{"n": 1, "x": null}', {"n": [1], "x": [None]}),
        (b'[{"n": 1, "x": true}, {"n": 2, "x": null}]', {"n": [1, 2], "x": [True, None]}),
        (b'[{"n": 1}, {"n": 2, "x": false}]', {"n": [1, 2], "x": [None, False]}),
        (b'[{"n": 1}, {"n": 2}]', {"n": [1, 2]}),
    ):
        assert expected == flags.decode(body).columns


@pytest.mark.parametrize("values", [[True, False], [True, None], [None]])
def test_a_missing_boolean_reaches_the_model_as_in_mlflow(values: list[bool | None]) -> None:
    """The DataFrame equals the one that MLflow's `predict` passes to a model for the same rows."""
    import pandas as pd
    from mlflow.models.utils import _enforce_schema
    from mlflow.types import ColSpec
    from mlflow.types import Schema as Columns

    frame = to_frame({"x": values}, [column("boolean", required=False)])
    given = pd.DataFrame({"x": pd.Series(values, dtype=None if None not in values else object)})
    pd.testing.assert_frame_equal(_enforce_schema(given, Columns([ColSpec("boolean", "x", required=False)])), frame)


def test_one_object_and_lists_of_them() -> None:
    """A batch has its number of rows and whether it was a list; `[]` has no rows."""
    one = schema(column("long"))
    assert (1, True) == ((single := one.decode(b'{"x": 1}')).count, single.single)
    assert (1, False) == ((listed := one.decode(b'[{"x": 1}]')).count, listed.single)
    assert 0 == one.decode(b" [] ").count


def test_without_a_signature_types_are_jsons() -> None:
    """Without a signature, columns are the fields in order of appearance; an absent field is null."""
    batch = schema().decode(b'[{"a": 1}, {"b": "x", "a": 1.5}]')
    assert {"a": [1, 1.5], "b": [None, "x"]} == batch.columns


@pytest.mark.parametrize("inputs", [[], [column("string", required=False)]])
def test_an_object_without_any_input_is_refused(inputs: list[dict[str, Any]]) -> None:
    """`{}`, as keep-warm tools send it, is refused."""
    for body in (b"{}", b"[{}, {}]"):
        with pytest.raises(InvalidValue, match="found none of them"):
            schema(*inputs).decode(body)


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        (b"", MalformedBody, "the body is empty"),
        (b" \n", MalformedBody, "the body is empty"),
        (b"\xef\xbb\xbf", MalformedBody, "the body is empty"),
        (b"{", MalformedBody, "not valid JSON"),
        (b'{"x": NaN}', MalformedBody, "not valid JSON"),
        (b'{"x": "a"} {}', MalformedBody, "not valid JSON"),
        (b'{"x": "\xff"}', MalformedBody, "not valid UTF-8, at byte 7; send UTF-8"),
        (b'{"x": "\xed\xa0\x80"}', MalformedBody, "not valid UTF-8, at byte 7; send UTF-8"),
        ('{"x": "a"}'.encode("utf-16"), MalformedBody, "not valid UTF-8, at byte 0; send UTF-8"),
        ('{"x": "a"}'.encode("utf-16-le"), MalformedBody, "seems to be UTF-16"),
        ('{"x": "a"}'.encode("utf-32-be"), MalformedBody, "seems to be UTF-16 or UTF-32; send UTF-8"),
        (b'{"x": "\\ud800"}', MalformedBody, "not valid JSON"),
        (b'{"y": ' + b"[" * 100_000, MalformedBody, "nested too deeply"),
        (b'{"y": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", MalformedBody, "nested too deeply"),
        (b'{"x": 1' + b"0" * 5_000 + b"}", InvalidValue, "out of range, at $"),
        (b"1", InvalidValue, "expected an object or a list, got an integer, at $"),
        (b"null", InvalidValue, "expected an object or a list, got null, at $"),
        (b"[1]", InvalidValue, "expected an object, got an integer, at $[0]"),
        (b"[[]]", InvalidValue, "expected an object, got a list, at $[0]"),
    ],
)
@pytest.mark.parametrize("inputs", [[column("string")], []])
def test_invalid_rows_are_refused(
    inputs: list[dict[str, Any]], body: bytes, error: type[RequestError], message: str
) -> None:
    """Invalid JSON and JSON of another shape are different errors, with and without a signature."""
    with pytest.raises(error) as caught:
        schema(*inputs).decode(body)
    assert message in caught.value.detail


def test_a_byte_order_mark_is_skipped() -> None:
    """A byte order mark, as Windows' tools write it, is skipped."""
    assert {"x": ["a"]} == schema(column("string")).decode(b'\xef\xbb\xbf{"x": "a"}').columns


PARAMS: list[dict[str, Any]] = [
    {"name": "n", "type": "long", "default": 1, "shape": None},
    {"name": "f", "type": "double", "default": 1.0, "shape": None},
    {"name": "b", "type": "boolean", "default": False, "shape": None},
    {"name": "s", "type": "string", "default": "", "shape": None},
    {"name": "d", "type": "datetime", "default": "2026-01-31", "shape": None},
    {"name": "many", "type": "integer", "default": [1], "shape": [-1]},
]


def test_params_are_typed_by_the_signature() -> None:
    """Query parameters are parsed by the param's type; a list repeats its name, of others the last counts."""
    query = {"n": ["1", "5.0"], "f": ["2"], "b": ["true"], "s": ["null"], "d": ["2026-01-31"], "many": ["1", "2"]}
    moment = datetime(2026, 1, 31)  # noqa: DTZ001
    from_query = schema(params=PARAMS).params.from_query
    assert {"n": 5, "f": 2.0, "b": True, "s": "null", "d": moment, "many": [1, 2]} == from_query(query)
    assert {} == schema().params.from_query({"unknown": ["1"]})


def test_an_object_in_the_query_is_json() -> None:
    """A param that is an object is parsed as JSON."""
    known = schema(params=[{"name": "o", "type": "object", "properties": {}, "default": {}, "shape": None}]).params
    assert {"o": {"a": [1]}} == known.from_query({"o": ['{"a": [1]}']})
    with pytest.raises(InvalidParam, match="expected a value of the type object, got 'a'"):
        known.from_query({"o": ["a"]})


def test_params_in_json_may_be_null() -> None:
    """Null instead of params means none, and null for a param stays None, as in MLflow."""
    from_json = schema(params=PARAMS).params.from_json
    assert [{}, {"n": None, "many": [1, None]}] == [
        from_json(None),
        from_json({"n": None, "many": [1, None], "unknown": 1}, ignore_unknown=True),
    ]
    invalid: list[Any] = [[], {"many": None}, {"many": 1}, {"s": 1}, {"unknown": 1}]
    for wrong in invalid:
        with pytest.raises(InvalidParam):
            from_json(wrong)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("n", "1.5", "expected an integer, got 1.5"),
        ("n", "five", "expected a value of the type long, got 'five'"),
        ("n", "", "expected a value of the type long, got ''"),
        ("n", "\ud800", "expected a value of the type long"),
        ("n", "[" * 100_000, "expected an integer, got a list"),
        ("many", "2147483648", "expected an integer from -2147483648 to 2147483647, got 2147483648"),
        ("f", '"1"', "expected a number, got a string"),
        ("b", "1", "expected a boolean, got an integer"),
        ("d", "soon", "expected an ISO date"),
    ],
)
def test_a_param_of_another_type_is_named(name: str, text: str, message: str) -> None:
    """The error says what was expected, and in which query parameter."""
    with pytest.raises(InvalidValue) as caught:
        schema(params=PARAMS).params.from_query({name: [text]})
    assert message in caught.value.detail
    assert caught.value.detail.endswith(f", in the query parameter {name!r}")
    assert name == caught.value.column
