"""The rows that models are compared on."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from handler.bundle import Signature
from handler.schema import Schema
from handler.schema.column_types import COLUMN_TYPES, TENSOR_TYPES
from model.build.rows import COMBINED, COMBINED_BY_HINTS, Hints, generate

SIMPLE = [{"type": "double", "name": "a"}, {"type": "string", "name": "b"}]

PLAIN = some.sampled_from(sorted(COLUMN_TYPES)).map(lambda name: {"type": name})
NAMES = some.text(max_size=8)
PROPERTIES = some.text(some.characters(exclude_categories=["C"], exclude_characters='"\\'), max_size=8)


def nested(inner: some.SearchStrategy[dict[str, Any]]) -> some.SearchStrategy[dict[str, Any]]:
    """Types made of types."""
    part = some.tuples(inner, some.booleans()).map(lambda found: {**found[0], "required": found[1]})
    return some.one_of(
        inner.map(lambda items: {"type": "array", "items": items}),
        inner.map(lambda values: {"type": "map", "values": values}),
        some.dictionaries(PROPERTIES, part, min_size=1, max_size=3).map(
            lambda found: {"type": "object", "properties": found}
        ),
    )


COLUMNS = some.lists(
    some.tuples(some.recursive(PLAIN, nested, max_leaves=4), NAMES, some.booleans()),
    min_size=1,
    max_size=4,
    unique_by=lambda column: column[1],
).map(lambda columns: [{**kind, "name": name, "required": required} for kind, name, required in columns])
TENSORS = some.tuples(some.sampled_from(sorted(TENSOR_TYPES)), some.lists(some.integers(-1, 3), max_size=3)).map(
    lambda found: [{"type": "tensor", "tensor-spec": {"dtype": found[0], "shape": [-1, *found[1]]}}]
)


@given(some.one_of(COLUMNS, TENSORS))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_row_fits_its_signature(inputs: list[dict[str, Any]]) -> None:
    """A row that the handler itself refuses would prove nothing."""
    schema = Schema(Signature(inputs=inputs))

    rows, cases = generate(inputs, [])

    for row in rows:
        assert 1 == schema.decode(json.dumps(row).encode()).count
    assert len(rows) == sum(cases.values())


def test_the_same_seed_gives_the_same_rows() -> None:
    """A proof can be made again."""
    assert generate(SIMPLE, []) == generate(SIMPLE, [])
    assert generate(SIMPLE, [], seed=1) != generate(SIMPLE, [], seed=2)


def test_examples_come_first_and_are_varied() -> None:
    """Each interesting value stands in a row that is otherwise the model's own example."""
    examples = [{"a": 4.5, "b": "mine"}, {"a": 6.5, "b": "yours"}]

    rows, cases = generate(SIMPLE, examples)

    assert examples == rows[:2]
    assert (2, 4, 2, COMBINED) == tuple(cases[name] for name in ("example", "seen", "missing", "combined"))
    for row in ({"a": None, "b": "mine"}, {"a": 4.5, "b": ""}, {"a": 1e300, "b": "mine"}, {"a": 6.5, "b": "mine"}):
        assert row in rows


@pytest.mark.parametrize(("kind", "below", "above"), [("double", 0.1, 0.3), ("long", 4, 6), ("float", 0.1, 0.3)])
def test_both_sides_of_a_hint_are_asked(kind: str, below: float, above: float) -> None:
    """A threshold shows a difference at its very edge."""
    hint = 5 if kind == "long" else 0.2
    rows, cases = generate([{"type": kind, "name": "a"}], [], {"a": {"values": [hint]}})

    near = {row["a"] for row in rows if row["a"] is not None and below <= row["a"] <= above}
    assert COMBINED_BY_HINTS == cases["combined"]
    assert min(near) < hint < max(near)
    assert hint in near


@pytest.mark.parametrize("kind", ["double", "float"])
def test_a_hint_next_to_infinity_is_asked_as_it_is(kind: str) -> None:
    """JSON holds no infinite number, which is the float32 after the last."""
    last = 3.4028234663852886e38
    rows, _ = generate([{"type": kind, "name": "a"}], [], {"a": {"values": [last, -last]}})
    json.dumps(rows, allow_nan=False)


def test_a_column_that_is_near_is_asked_nothing_far() -> None:
    """Its numbers are at most three ranges of the known ones away; the other columns keep their extremes."""
    inputs = [{"name": name, "type": "double"} for name in ("near", "any")]
    rows, _ = generate(inputs, [{"near": 7.0, "any": 7.0}], {"near": {"near": [], "values": [20.0]}})
    near = [row["near"] for row in rows if row["near"] is not None]
    assert -32.0 <= min(near) <= 7.0
    assert 20.0 <= max(near) <= 59.0
    assert 1e300 <= max(row["any"] for row in rows if row["any"] is not None)


def test_a_row_that_is_combined_has_at_most_one_extreme() -> None:
    """The result of several overflows depends on the order of sums, which differs between libraries."""
    inputs = [{"type": "double", "name": name} for name in "abcdefgh"]
    rows, cases = generate(inputs, [], {})

    combined = rows[-cases["combined"] :]
    assert COMBINED_BY_HINTS == len(combined)
    assert 1 == max(sum(abs(value or 0.0) > 1e100 for value in row.values()) for row in combined)


def test_most_rows_hold_what_the_model_knows() -> None:
    """Where every row had a category that the model refuses, nothing would be compared."""
    inputs = [{"type": "string", "name": name} for name in "abcd"]
    hints = {name: {"values": ["red", "green"]} for name in "abcd"}
    rows, cases = generate(inputs, [], hints)

    known = [row for row in rows if set(row.values()) <= {"red", "green"}]
    assert len(known) >= cases["combined"] // 3


def test_a_model_of_whole_outputs_is_asked_hints_of_several_columns_together() -> None:
    """A start and an end that a time series knows, in the sample and after it, whatever their size."""
    inputs = [{"type": "long", "name": "start"}, {"type": "datetime", "name": "end"}]
    hints: Hints = {"start": {"values": [0, 4321]}, "end": {"values": ["2031-05-01T00:00:00", "1999-01-01T00:00:00"]}}
    rows, cases = generate(inputs, [{"start": 7, "end": "2020-01-01"}], hints, moderate=True)
    assert cases["combined"] >= 100
    asked = {(row["start"], row["end"]) for row in rows}
    assert {(4321, "2031-05-01T00:00:00"), (0, "1999-01-01T00:00:00"), (4322, "2020-01-01")} <= asked
    assert "combined" not in generate(inputs, [], moderate=True)[1]


def test_vectors_are_as_long_as_those_of_the_example() -> None:
    """A model may read beyond the end of a shorter vector; lists of texts have any length."""
    inputs = [
        {"type": "array", "items": {"type": "double"}, "name": "vector"},
        {"type": "array", "items": {"type": "string"}, "name": "tags"},
    ]
    rows, _ = generate(inputs, [{"vector": [0.5, 1.0, 2.0], "tags": ["a"]}])
    assert {3} == {len(row["vector"]) for row in rows}
    assert {1, 2, 5} <= {len(row["tags"]) for row in rows}
