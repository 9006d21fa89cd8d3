"""The API's description: valid, whole, and true to what the handler takes."""

import json
import math
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from handler.bundle import Example, Manifest, ModelInfo, Signature
from handler.core import ROUTES
from handler.errors import InvalidValue
from handler.schema import Schema, fields
from handler.types import COLUMN_TYPES, TENSOR_TYPES
from model import openapi
from model.openapi.columns import Column, learned
from model.rows import generate

Specs = list[dict[str, Any]]

QUICK = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def described(inputs: Specs | None, outputs: Specs | None = None, params: Specs | None = None) -> dict[str, Any]:
    """What is said of a model with a signature and no example."""
    return openapi.describe(manifest(Signature(inputs, outputs, params)), {}, {})


def manifest(signature: Signature, example: Example | None = None) -> Manifest:
    """The manifest of a model that is nothing but its signature."""
    return Manifest(1, "pyfunc", {}, "pyfunc", ModelInfo("id", "1", "a model"), signature, None, example, {}, {}, {})


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """Of a schema of the description, which may refer to others of it."""
    return Draft202012Validator({**schema, "components": document["components"]})


def fits(document: dict[str, Any], name: str, value: Any) -> bool:
    """Whether a value is what the description calls by a name."""
    return bool(validator(document, {"$ref": f"#/components/schemas/{name}"}).is_valid(value))


def taken(inputs: Specs, rows: Any) -> bool:
    """Whether the handler takes rows as they are."""
    try:
        Schema(Signature(inputs=inputs)).decode(msgspec.json.encode(rows))
    except InvalidValue:
        return False
    return True


# Signatures, and values that nearly fit them.

NAMES = some.text(some.characters(exclude_categories=["C"]), min_size=1, max_size=5)
PLAIN = some.sampled_from(sorted(COLUMN_TYPES)).map(lambda name: {"type": name})


def _nested(inner: some.SearchStrategy[dict[str, Any]]) -> some.SearchStrategy[dict[str, Any]]:
    part = some.tuples(inner, some.booleans()).map(lambda found: {**found[0], "required": found[1]})
    return some.one_of(
        inner.map(lambda items: {"type": "array", "items": items}),
        inner.map(lambda values: {"type": "map", "values": values}),
        some.dictionaries(some.sampled_from("xyz"), part, min_size=1, max_size=3).map(
            lambda found: {"type": "object", "properties": found}
        ),
    )


COLUMNS = some.lists(
    some.tuples(some.recursive(PLAIN, _nested, max_leaves=3), NAMES, some.booleans()),
    min_size=1,
    max_size=3,
    unique_by=lambda column: column[1],
).map(lambda columns: [{**kind, "name": name, "required": required} for kind, name, required in columns])
DTYPES = some.sampled_from([*sorted(TENSOR_TYPES), "str160", "datetime64[ns]"])
TENSORS = some.tuples(DTYPES, some.sampled_from([-1, 1, 2]), some.lists(some.sampled_from([-1, 1, 2]), max_size=2)).map(
    lambda found: [{"type": "tensor", "tensor-spec": {"dtype": found[0], "shape": [found[1], *found[2]]}}]
)
SIGNATURES = some.one_of(COLUMNS, TENSORS)

TEXTS = ["", "a", "AA==", "//79\naGVs\n", "AAA", "2000-02-29", "1900-02-29", "2026-01-31 12:00", "2026-01-31T12:00:60"]
NUMBERS = [
    0,
    1,
    -1,
    2**31,
    -(2**31) - 1,
    2**63,
    -(2**63) - 1,
    255,
    256,
    2**64,
    0.5,
    1.0,
    1e300,
    3.5e38,
    65520.0,
    65519.0,
]
LEAVES = some.one_of(some.none(), some.booleans(), some.sampled_from(NUMBERS), some.sampled_from(TEXTS))
VALUES = some.recursive(
    LEAVES,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.sampled_from("xyz"), inner, max_size=3),
    max_leaves=5,
)


@given(SIGNATURES, some.none() | SIGNATURES)
@settings(QUICK, max_examples=8)
def test_the_description_of_any_signature_is_valid(inputs: Specs, outputs: Specs | None) -> None:
    """As OpenAPI 3.1, whatever the columns are called and made of."""
    OpenAPIV31SpecValidator(described(inputs, outputs)).validate()


@pytest.mark.parametrize("inputs", [None, [], [{"type": "string"}]])
def test_the_description_without_columns_is_valid(inputs: Specs | None) -> None:
    """A model may have no signature, or one input without a name."""
    OpenAPIV31SpecValidator(described(inputs, inputs)).validate()


def test_every_route_is_described_and_nothing_else() -> None:
    """Paths and methods are those of the handler's table that can be asked for over HTTP."""
    paths = described(None)["paths"]
    assert {(route.method, route.path) for route in ROUTES if route.path.startswith("/")} == {
        (method.upper(), path) for path, methods in paths.items() for method in methods
    }


@given(SIGNATURES, some.data())
@QUICK
def test_a_row_fits_if_and_only_if_the_handler_takes_it(inputs: Specs, data: some.DataObject) -> None:
    """A row as the proof makes them, with values that may not fit in some of its columns."""
    document = described(inputs)
    rows, _ = generate(inputs, [])
    row = dict(data.draw(some.sampled_from(rows)))
    for name in data.draw(some.lists(some.sampled_from(fields(inputs)), max_size=2)):
        row[name] = data.draw(VALUES)
    for name in data.draw(some.lists(some.sampled_from(fields(inputs)), max_size=1)):
        row.pop(name, None)
    schema = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert taken(inputs, row) == validator(document, schema).is_valid(row)


@given(SIGNATURES, some.data())
@QUICK
def test_rows_that_fit_are_taken(inputs: Specs, data: some.DataObject) -> None:
    """However many there are, also where a value may be missing in all of them or in none."""
    document = described(inputs)
    made, _ = generate(inputs, [])
    rows = data.draw(some.lists(some.sampled_from(made), max_size=3))
    for name in data.draw(some.lists(some.sampled_from(fields(inputs)), max_size=2)):
        rows = [{**row, name: data.draw(VALUES)} for row in rows]
    if fits(document, "Rows", rows):
        assert taken(inputs, rows)


def test_a_column_that_is_in_some_rows_only_is_described() -> None:
    """An integer has no missing value: an optional column of them is in every row or in none."""
    inputs = [{"type": "long", "name": "a", "required": False}, {"type": "double", "name": "b"}]
    document = described(inputs)
    for rows in ([{"a": 1, "b": 1}, {"b": 1}], [{"a": 1, "b": 1}, {"a": None, "b": 1}]):
        assert (False, False) == (fits(document, "Rows", rows), taken(inputs, rows))
    for rows in ([{"a": 1, "b": 1}] * 2, [{"a": None, "b": 1}, {"b": 1}], []):
        assert (True, True) == (fits(document, "Rows", rows), taken(inputs, rows))


@given(some.dates() | some.datetimes() | some.from_regex(r"[12][0-9]{3}-[01][0-9]-[0-3][0-9]", fullmatch=True))
@settings(QUICK, max_examples=100)
def test_dates_are_described_to_the_day(moment: Any) -> None:
    """A day that does not exist, or that nanoseconds cannot count, does not fit."""
    text = moment if isinstance(moment, str) else moment.isoformat()
    inputs = [{"type": "datetime", "name": "a"}]
    assert taken(inputs, {"a": text}) == fits(described(inputs), "Row", {"a": text})


def test_params_are_described() -> None:
    """In the query with their defaults, and in the bodies of the other protocols."""
    params = [
        {"name": "limit", "type": "double", "default": 1.5, "shape": None},
        {"name": "levels", "type": "long", "default": [1, 2], "shape": [-1]},
        {"name": "mode", "type": "string", "default": None, "shape": None},
    ]
    document = described([{"type": "string", "name": "text"}], params=params)
    found = {param["name"]: param["schema"] for param in document["paths"]["/predict"]["post"]["parameters"]}
    assert {"limit", "levels", "mode"} == set(found)
    assert (1.5, "number", [1, 2], "array") == (*_said(found["limit"]), *_said(found["levels"]))
    for name, body in (
        ("DataframeRecords", {"dataframe_records": [{"text": "a"}], "params": {"limit": "x"}}),
        ("InferenceRequest", {"inputs": [], "parameters": {"levels": 1}}),
    ):
        assert not fits(document, name, body)


def _said(schema: dict[str, Any]) -> tuple[Any, str]:
    return schema["default"], schema["type"]


def test_categories_are_examples_where_they_are_few() -> None:
    """What a form offers; of a column with thousands of them, none."""
    inputs = [{"type": "string", "name": "few"}, {"type": "string", "name": "many"}, {"type": "double", "name": "x"}]
    hints = {
        "few": {"values": ["b", "a", "b", None]},
        "many": {"values": [f"{number}" for number in range(1000)]},
        "x": {"values": [0.5]},
    }
    row = row_of(inputs, learned([{"few": "c", "many": "c", "x": None}], [None], hints))
    assert ["a", "b"] == row["few"]["examples"]
    assert "examples" not in {**row["many"], **row["x"]}
    assert [["string", "null"], ["string", "null"], ["number", "null"]] == [row[name]["type"] for name in row]


def test_values_that_the_model_refuses_do_not_fit() -> None:
    """Where it refused every row with a missing value, or with another category, in the proof."""
    inputs = [{"type": "string", "name": "city"}, {"type": "double", "name": "x"}]
    rows = [{"city": "Rome", "x": 1.0}, {"city": "?", "x": 1.0}, {"city": None, "x": 1.0}, {"city": "Rome", "x": None}]
    known = learned(rows, [None, "unknown", None, "missing"], {"city": {"values": ["Rome", "Oslo"]}})
    row = row_of(inputs, known)
    assert ["Oslo", "Rome", None] == row["city"]["enum"]
    assert "number" == row["x"]["type"]


def row_of(inputs: Specs, known: dict[str, Column]) -> dict[str, Any]:
    """The columns of a row as they are described."""
    document = openapi.describe(manifest(Signature(inputs)), {}, known)
    found: dict[str, Any] = document["components"]["schemas"]["Row"]["properties"]
    return found


def test_answers_are_described_as_they_are() -> None:
    """A signature may promise another type than the model gives: what it gave for its example is what counts."""
    signature = Signature([{"type": "string", "name": "text"}], [{"type": "long", "name": name} for name in "ab"])
    example = Example([{"text": "x"}], {}, [{"a": [0.25, 0.75], "b": 1}])
    answer = openapi.describe(manifest(signature, example), {}, {})["components"]["schemas"]["Answer"]["properties"]
    assert {"x-mlflow-type": "long"} == answer["a"]
    assert ["integer", "null"] == answer["b"]["type"]


def test_what_is_not_finite_is_null(tmp_path: Path) -> None:
    """JSON has no other word for it."""
    example = Example([{"a": math.nan}], {}, [{"b": math.inf}])
    openapi.write(tmp_path, manifest(Signature([{"type": "double", "name": "a"}]), example), {"loss": math.nan}, {})
    assert {"loss": None} == json.loads((tmp_path / "openapi.json").read_text())["x-model"]["metrics"]
