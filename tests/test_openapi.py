"""The API description is valid, complete, and consistent with what the handler accepts."""

import json
import math
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from handler.bundle import Example, Manifest, ModelInfo, Signature
from handler.errors import InvalidValue
from handler.routing import ROUTES
from handler.schema import Schema, fields
from handler.schema.column_types import COLUMN_TYPES, TENSOR_TYPES
from model import openapi
from model.build.rows import generate
from model.openapi.columns import Column, observe_columns

Specs = list[dict[str, Any]]

QUICK = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def describe_signature(
    inputs: Specs | None, outputs: Specs | None = None, params: Specs | None = None
) -> dict[str, Any]:
    """Return the description of a model with a signature and no example."""
    return openapi.describe(make_manifest(Signature(inputs, outputs, params)), {}, {})


def make_manifest(signature: Signature, example: Example | None = None) -> Manifest:
    """Return the manifest of a model of which only the signature is known."""
    return Manifest(1, "pyfunc", {}, "pyfunc", ModelInfo("id", "1", "a model"), signature, None, example, {}, {}, {})


def make_validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """Return a validator of a schema in the description, which may refer to other schemas."""
    return Draft202012Validator({**schema, "components": document["components"]})


def fits(document: dict[str, Any], name: str, value: Any) -> bool:
    """Return whether a value matches a named schema of the description."""
    return bool(make_validator(document, {"$ref": f"#/components/schemas/{name}"}).is_valid(value))


def accepts(inputs: Specs, rows: Any) -> bool:
    """Return whether the handler accepts rows."""
    try:
        Schema(Signature(inputs=inputs)).decode(msgspec.json.encode(rows))
    except InvalidValue:
        return False
    return True


# Signatures, and values that nearly fit them.

NAMES = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=5)
PLAIN = st.sampled_from(sorted(COLUMN_TYPES)).map(lambda name: {"type": name})


def _nested(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    part = st.tuples(inner, st.booleans()).map(lambda found: {**found[0], "required": found[1]})
    return st.one_of(
        inner.map(lambda items: {"type": "array", "items": items}),
        inner.map(lambda values: {"type": "map", "values": values}),
        st.dictionaries(st.sampled_from("xyz"), part, min_size=1, max_size=3).map(
            lambda found: {"type": "object", "properties": found}
        ),
    )


COLUMNS = st.lists(
    st.tuples(st.recursive(PLAIN, _nested, max_leaves=3), NAMES, st.booleans()),
    min_size=1,
    max_size=3,
    unique_by=lambda column: column[1],
).map(lambda columns: [{**kind, "name": name, "required": required} for kind, name, required in columns])
DTYPES = st.sampled_from([*sorted(TENSOR_TYPES), "str160", "datetime64[ns]"])
TENSORS = st.tuples(DTYPES, st.sampled_from([-1, 1, 2]), st.lists(st.sampled_from([-1, 1, 2]), max_size=2)).map(
    lambda found: [{"type": "tensor", "tensor-spec": {"dtype": found[0], "shape": [found[1], *found[2]]}}]
)
SIGNATURES = st.one_of(COLUMNS, TENSORS)

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
LEAVES = st.one_of(st.none(), st.booleans(), st.sampled_from(NUMBERS), st.sampled_from(TEXTS))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=5,
)


@given(SIGNATURES, st.none() | SIGNATURES)
@settings(QUICK, max_examples=8)
def test_the_description_of_any_signature_is_valid(inputs: Specs, outputs: Specs | None) -> None:
    """The description is valid OpenAPI 3.1 for any column names and types."""
    OpenAPIV31SpecValidator(describe_signature(inputs, outputs)).validate()


@pytest.mark.parametrize("inputs", [None, [], [{"type": "string"}]])
def test_the_description_without_columns_is_valid(inputs: Specs | None) -> None:
    """The description is valid for a model without a signature, or with one unnamed input."""
    OpenAPIV31SpecValidator(describe_signature(inputs, inputs)).validate()


def test_every_route_is_described_and_nothing_else() -> None:
    """The paths and methods are those of the handler's HTTP routes, except the greeting and the sum."""
    paths = describe_signature(None)["paths"]
    described = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    routes = {(route.method, route.path) for route in ROUTES if route.path.startswith("/")}
    assert {("GET", "/"), ("GET", "/add/{a}/{b}")} == routes - described
    assert set() == described - routes


@given(SIGNATURES, st.data())
@QUICK
def test_rows_match_exactly_if_the_handler_accepts_them(inputs: Specs, data: st.DataObject) -> None:
    """Generated rows with random values in some columns match the schema if and only if the handler accepts them."""
    document = describe_signature(inputs)
    rows, _ = generate(inputs, [])
    row = dict(data.draw(st.sampled_from(rows)))
    for name in data.draw(st.lists(st.sampled_from(fields(inputs)), max_size=2)):
        row[name] = data.draw(VALUES)
    for name in data.draw(st.lists(st.sampled_from(fields(inputs)), max_size=1)):
        row.pop(name, None)
    schema = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert accepts(inputs, row) == make_validator(document, schema).is_valid(row)


@given(SIGNATURES, st.data())
@QUICK
def test_matching_lists_of_rows_are_accepted(inputs: Specs, data: st.DataObject) -> None:
    """Lists of any length that match are accepted, also if a column must be in all rows or in none."""
    document = describe_signature(inputs)
    made, _ = generate(inputs, [])
    rows = data.draw(st.lists(st.sampled_from(made), max_size=3))
    for name in data.draw(st.lists(st.sampled_from(fields(inputs)), max_size=2)):
        rows = [{**row, name: data.draw(VALUES)} for row in rows]
    if fits(document, "Rows", rows):
        assert accepts(inputs, rows)


def test_columns_in_some_rows_only_are_described() -> None:
    """Integers have no missing value, so an optional integer column is in every row or in none."""
    inputs: Specs = [{"type": "long", "name": "a", "required": False}, {"type": "double", "name": "b"}]
    document = describe_signature(inputs)
    for rows in ([{"a": 1, "b": 1}, {"b": 1}], [{"a": 1, "b": 1}, {"a": None, "b": 1}]):
        assert (False, False) == (fits(document, "Rows", rows), accepts(inputs, rows))
    for rows in ([{"a": 1, "b": 1}] * 2, [{"a": None, "b": 1}, {"b": 1}], []):
        assert (True, True) == (fits(document, "Rows", rows), accepts(inputs, rows))


@given(st.dates() | st.datetimes() | st.from_regex(r"[12][0-9]{3}-[01][0-9]-[0-3][0-9]", fullmatch=True))
@settings(QUICK, max_examples=100)
def test_dates_are_described_to_the_day(moment: Any) -> None:
    """Days that do not exist or exceed datetime64[ns] do not match."""
    text = moment if isinstance(moment, str) else moment.isoformat()
    inputs = [{"type": "datetime", "name": "a"}]
    assert accepts(inputs, {"a": text}) == fits(describe_signature(inputs), "Row", {"a": text})


def test_params_are_described() -> None:
    """Params appear in the query with their defaults, and in the bodies of the other protocols."""
    params: Specs = [
        {"name": "limit", "type": "double", "default": 1.5, "shape": None},
        {"name": "levels", "type": "long", "default": [1, 2], "shape": [-1]},
        {"name": "mode", "type": "string", "default": None, "shape": None},
    ]
    document = describe_signature([{"type": "string", "name": "text"}], params=params)
    found = {param["name"]: param["schema"] for param in document["paths"]["/predict"]["post"]["parameters"]}
    assert {"limit", "levels", "mode"} == set(found)
    for path in ("/invocations", "/v2/models/{name}/infer"):
        known = {param["name"] for param in document["paths"][path]["post"]["parameters"] if param["in"] == "query"}
        assert set(found) == known
    assert (1.5, "number", [1, 2], "array") == (*_default_and_type(found["limit"]), *_default_and_type(found["levels"]))
    for name, body in (
        ("DataframeRecords", {"dataframe_records": [{"text": "a"}], "params": {"limit": "x"}}),
        ("InferenceRequest", {"inputs": [], "parameters": {"levels": 1}}),
    ):
        assert not fits(document, name, body)


def _default_and_type(schema: dict[str, Any]) -> tuple[Any, str]:
    return schema["default"], schema["type"]


def test_few_categories_become_examples() -> None:
    """A column with a thousand categories lists none."""
    inputs = [{"type": "string", "name": "few"}, {"type": "string", "name": "many"}, {"type": "double", "name": "x"}]
    hints: dict[str, dict[str, list[Any]]] = {
        "few": {"values": ["b", "a", "b", None]},
        "many": {"values": [f"{number}" for number in range(1000)]},
        "x": {"values": [0.5]},
    }
    row = row_of(inputs, observe_columns([{"few": "c", "many": "c", "x": None}], [None], hints))
    assert ["a", "b"] == row["few"]["examples"]
    assert "examples" not in {**row["many"], **row["x"]}
    assert [["string", "null"], ["string", "null"], ["number", "null"]] == [row[name]["type"] for name in row]


def test_values_that_the_model_refuses_do_not_match() -> None:
    """The schema excludes missing values and other categories if the model refused them all in the proof."""
    inputs = [{"type": "string", "name": "city"}, {"type": "double", "name": "x"}]
    rows: list[dict[str, Any]] = [
        {"city": "Rome", "x": 1.0},
        {"city": "?", "x": 1.0},
        {"city": None, "x": 1.0},
        {"city": "Rome", "x": None},
    ]
    known = observe_columns(rows, [None, "unknown", None, "missing"], {"city": {"values": ["Rome", "Oslo"]}})
    row = row_of(inputs, known)
    assert ["Oslo", "Rome", None] == row["city"]["enum"]
    assert "number" == row["x"]["type"]


def row_of(inputs: Specs, known: dict[str, Column]) -> dict[str, Any]:
    """Return the described columns of a row."""
    document = openapi.describe(make_manifest(Signature(inputs)), {}, known)
    found: dict[str, Any] = document["components"]["schemas"]["Row"]["properties"]
    return found


def test_output_types_follow_the_predictions() -> None:
    """If the example's predictions have another type than the signature, the type is left open."""
    signature = Signature([{"type": "string", "name": "text"}], [{"type": "long", "name": name} for name in "ab"])
    example = Example([{"text": "x"}], {}, [{"a": [0.25, 0.75], "b": 1}])
    answer = openapi.describe(make_manifest(signature, example), {}, {})["components"]["schemas"]["Answer"][
        "properties"
    ]
    assert {"x-mlflow-type": "long"} == answer["a"]
    assert ["integer", "null"] == answer["b"]["type"]


def test_non_finite_numbers_become_null(tmp_path: Path) -> None:
    """JSON has no NaN and no infinity."""
    example = Example([{"a": math.nan}], {}, [{"b": math.inf}])
    openapi.write(
        tmp_path, make_manifest(Signature([{"type": "double", "name": "a"}]), example), {"loss": math.nan}, {}
    )
    assert {"loss": None} == json.loads((tmp_path / "openapi.json").read_text())["x-model"]["metrics"]
