"""Rows that look for the places where two ways to predict could differ, made from a signature."""

import math
import random
import struct
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from handler.schema import elements, fields

Hints = dict[str, dict[str, list[Any]]]
"""By column, `values` around which a fitted model answers differently (thresholds, categories), or `terms` of texts."""

VARIED = 1000
"""How many rows at most differ from the example in one value."""

COMBINED = 120
"""How many rows combine the interesting values of all columns at random."""

COMBINED_BY_HINTS = 2000
"""How many do so for a model that has said which values it treats differently."""

_LONG = 200  # characters: texts for a row of their own
_WORDS = 40
_CAPITALS = 0.2  # share of texts
_MISSING = 0.15  # share of values
_FLOAT32_MAX = 3.4e38

_NUMBERS = [0.0, -0.0, 1.0, -1.0, 0.5, 1e-9, -1e-9, 3.0000000000000004, 16777217.0, 1e6, -1e6, 1e15]
_EXTREMES = {
    "double": [5e-324, 1e-300, 1e300, -1e300, 1.7976931348623157e308],
    "float": [1e-45, 1e-38, 1e38, -1e38, 3.4028234663852886e38],
}
_TEXTS = [
    "",
    " ",
    "a",
    "I",
    "the and of to",
    "Two  words,\nthree lines\tand a tab.",
    "UPPER lower MiXeD",
    "don't can't 'quoted' \"double\"",
    "42 3.14 1e5 2016-11-08",
    "naïve café Ångström façade",
    "e\u0301 cafe\u0301 combining",
    "\u0130stanbul \u0131I \u1e9e \xdf \ufb01 \u01c5",
    "東京 新聞 日本語",
    "новости сегодня",
    "emoji 🗞️ 👩‍👩‍👧 🇪🇺",
    "zero\u200bwidth \u00a0space \u2028line",
    "\u0000 control \u0007",
    "word " * 2000,
    "x" * 20_000,
    "a b c d e f g",
]
_DATES = ["1970-01-01", "2000-02-29T23:59:59", "2026-01-31T12:00:00.000001", "1678-01-01", "2261-12-31T23:59:59.999999"]

_VALUES: dict[str, list[Any]] = {
    "boolean": [True, False],
    "integer": [0, 1, -1, 2, 7, 100, 2**31 - 1, -(2**31)],
    "long": [0, 1, -1, 2, 7, 100, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)],
    "float": _NUMBERS + _EXTREMES["float"],
    "double": _NUMBERS + _EXTREMES["double"],
    "string": _TEXTS,
    "binary": ["", "AA==", "//79", "aGVsbG8="],
    "datetime": _DATES,
    "any": [None, 1, 0.5, "text", [1], {"a": 1}],
}
_NULLABLE = {"float", "double", "string", "datetime", "any"}

_TENSOR_VALUES: dict[str, Callable[[random.Random], Any]] = {
    "bool": lambda chance: chance.random() < 0.5,  # noqa: PLR2004 - a coin
    "int": lambda chance: chance.choice([0, 1, 2, 7, 100, -1, -100]),
    "uint": lambda chance: chance.choice([0, 1, 2, 7, 100, 255]),
    "float16": lambda chance: chance.choice([chance.gauss(0, 1), chance.gauss(0, 100), 0.0, -0.0, 1e-7, 65504.0]),
    "float": lambda chance: chance.choice([chance.gauss(0, 1), chance.gauss(0, 100), *_NUMBERS]),
    "str": lambda chance: chance.choice(_TEXTS),
    "bytes": lambda chance: chance.choice([text for text in _TEXTS if text.isascii()]),
    "object": lambda chance: chance.choice([*_TEXTS, *_NUMBERS]),
    "datetime": lambda chance: chance.choice(_DATES),
}


def generate(
    inputs: list[dict[str, Any]],
    examples: list[dict[str, Any]],
    hints: Hints | None = None,
    seed: int = 0,
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Make rows that fit a signature.

    Args:
        inputs: the signature's inputs.
        examples: rows to start from; may be empty.
        hints: what the model treats differently; None where it does not say.
        seed: the same seed gives the same rows.

    Returns:
        The rows, and how many there are of each case.
    """
    if columns := elements(inputs):  # a table: made like columns, sent as lists
        [name] = fields(inputs)
        flat = [{spec["name"]: value for spec, value in zip(columns, row[name], strict=True)} for row in examples]
        made, counted = generate(columns, flat, hints, seed)
        return [{name: list(row.values())} for row in made], counted
    chance = random.Random(seed)  # noqa: S311 - not a secret
    rows: list[dict[str, Any]] = []
    cases: dict[str, int] = {}
    for case, row in _all(inputs, examples, hints, chance):
        rows.append(row)
        cases[case] = cases.get(case, 0) + 1
    return rows, cases


def _all(
    inputs: list[dict[str, Any]],
    examples: list[dict[str, Any]],
    hints: Hints | None,
    chance: random.Random,
) -> Iterator[tuple[str, dict[str, Any]]]:
    names = fields(inputs)
    values = [
        _interesting(spec, [row[name] for row in examples if name in row], chance)
        for name, spec in zip(names, inputs, strict=True)
    ]
    plain = examples[0] if examples else {name: found[0][1] for name, found in zip(names, values, strict=True)}
    for row in examples:
        yield "example", row
    varied = [
        (case, {**plain, name: value}) for name, found in zip(names, values, strict=True) for case, value in found
    ]
    yield from chance.sample(varied, VARIED) if len(varied) > VARIED else varied
    pools = {
        name: _pools(spec, found, _around(spec, (hints or {}).get(name, {}), chance))
        for name, spec, found in zip(names, inputs, values, strict=True)
    }
    for number in range(COMBINED if hints is None else COMBINED_BY_HINTS):
        yield "combined", _COMBINATIONS[number % len(_COMBINATIONS)](pools, chance)


class _Pools(NamedTuple):
    """What to choose a column's values from: what the model knows, what is usual, and what may be too much."""

    known: list[Any]
    usual: list[Any]
    trouble: list[Any]


def _pools(spec: dict[str, Any], found: list[tuple[str, Any]], around: list[Any]) -> _Pools:
    short = [(case, value) for case, value in found if not (isinstance(value, str) and len(value) > _LONG)]
    extremes = _EXTREMES.get(spec["type"], [])
    known = [value for case, value in short if case == "seen"] + around
    usual = [value for case, value in short if value is not None and value not in extremes] + around
    trouble = [None for case, _ in short if case == "missing"] + extremes
    return _Pools(known or usual, usual, trouble or usual)


def _familiar(pools: dict[str, _Pools], chance: random.Random) -> dict[str, Any]:
    """A row of what the model knows: it should answer."""
    return {name: chance.choice(pool.known) for name, pool in pools.items()}


def _one_odd(pools: dict[str, _Pools], chance: random.Random) -> dict[str, Any]:
    """The same with one value that may be too much: several overflow in ways that nobody reproduces."""
    name = chance.choice(list(pools))
    return {**_familiar(pools, chance), name: chance.choice(pools[name].trouble)}


def _anything(pools: dict[str, _Pools], chance: random.Random) -> dict[str, Any]:
    """A row of all that is usual, with values missing where they may be."""
    missing = {name for name, pool in pools.items() if None in pool.trouble and chance.random() < _MISSING}
    return {name: None if name in missing else chance.choice(pool.usual) for name, pool in pools.items()}


_COMBINATIONS = (_familiar, _one_odd, _anything)


def _around(spec: dict[str, Any], hints: dict[str, list[Any]], chance: random.Random) -> list[Any]:
    """The values that hints stand for: both sides of a number, categories, texts made of terms."""
    values, terms = hints.get("values", []), hints.get("terms", [])
    if spec["type"] == "string":
        return [*(value for value in values if isinstance(value, str)), *(_texts(terms, chance) if terms else [])]
    numbers = [float(value) for value in values if isinstance(value, int | float) and math.isfinite(value)]
    if spec["type"] in ("integer", "long"):
        return [round(number) + step for number in numbers if abs(number) < 2**31 - 2 for step in (-1, 0, 1)]
    if spec["type"] not in ("float", "double"):
        return []
    sides = [math.nextafter(number, way) for number in numbers for way in (-math.inf, math.inf)]
    singles = [_float32(number * factor) for number in numbers for factor in (1 - 2**-23, 1.0, 1 + 2**-23)]
    return [value for value in (*numbers, *sides, *singles) if abs(value) < _FLOAT32_MAX or spec["type"] == "double"]


def _texts(terms: list[str], chance: random.Random) -> list[str]:
    pieces = [*terms, *(text for text in _TEXTS if len(text) <= _LONG)]
    texts = [" ".join(chance.choices(pieces, k=chance.randint(1, _WORDS))) for _ in range(COMBINED_BY_HINTS)]
    return [*terms, *(text.title() if chance.random() < _CAPITALS else text for text in texts)]


def _float32(value: float) -> float:
    """The float32 nearest to a number; the number itself where there is none."""
    try:
        rounded: float = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return value
    return rounded


def _interesting(spec: dict[str, Any], seen: list[Any], chance: random.Random) -> list[tuple[str, Any]]:
    if spec["type"] == "tensor":
        return [("tensor", _tensor(spec["tensor-spec"], chance)) for _ in range(8)]
    found = [(spec["type"], value) for value in _column(spec, chance)]
    if spec["type"] in _NULLABLE and spec["type"] != "any":
        found.append(("missing", None))
    return [("seen", value) for value in seen] + found


def _column(spec: dict[str, Any], chance: random.Random) -> list[Any]:
    match spec["type"]:
        case "array":
            inner = _column(spec["items"], chance)
            return [[chance.choice(inner) for _ in range(length)] for length in (1, 2, 5)]
        case "map":
            inner = _column(spec["values"], chance)
            return [{key: chance.choice(inner) for key in keys} for keys in ("a", "ab", "xyz")]
        case "object":
            fields = {name: _column(inner, chance) for name, inner in spec["properties"].items()}
            return [{name: chance.choice(inner) for name, inner in fields.items()} for _ in range(4)]
        case name:
            return _VALUES[name]


def _tensor(spec: dict[str, Any], chance: random.Random) -> Any:
    kind = next((name for name in _TENSOR_VALUES if spec["dtype"].startswith(name)), "float")
    make = _TENSOR_VALUES[kind]

    def nested(lengths: list[int]) -> Any:
        if not lengths:
            return make(chance)
        return [nested(lengths[1:]) for _ in range(lengths[0] if lengths[0] >= 0 else 4)]

    return nested(spec["shape"][1:])
