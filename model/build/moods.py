"""Generate tensors for a neural network: each with values of one mood, and sequences of several lengths."""

import math
import random
from collections.abc import Callable
from functools import partial
from typing import Any

_CELLS = 1_500_000
"""The most numbers of all tensors."""

_MOST, _FEWEST = 60, 8

_LENGTHS = (1, 2, 5, 13)
"""Lengths of sequences, besides the example's: small ones, and none that is a multiple of another."""

_DENORMAL, _HUGE = 1e-42, 1e30

_MOODS: list[Callable[[random.Random], Any]] = [
    lambda chance: chance.gauss(0, 1),
    lambda chance: chance.random(),
    lambda chance: chance.gauss(0, 100),
    lambda chance: chance.choice([chance.gauss(0, 1), 0.0, -0.0, 1e-9, 1e6, -1e6, 16777217.0, 1e15]),
    lambda _: 0.0,
    lambda chance: chance.choice([_DENORMAL, -_DENORMAL]),
    lambda chance: chance.choice([_HUGE, -_HUGE]),
    lambda chance: math.nan if chance.random() < 0.1 else chance.gauss(0, 1),  # noqa: PLR2004 - a tenth
]
"""Functions that each fill a tensor with one kind of floats: ordinary ones first, then extreme, zero and missing."""

_MODERATE = 3
"""The first moods, whose numbers have usual sizes."""

_WHOLE: list[Callable[[random.Random], Any]] = [
    lambda chance: chance.choice([0, 1]),
    lambda chance: chance.randrange(8),
    lambda chance: chance.randrange(100),
    lambda _: 0,
    lambda chance: chance.randrange(-1, 2),
]
"""What the whole numbers are like: indices of small vocabularies; those beyond it are refused."""


def tensors(spec: dict[str, Any], examples: list[Any], seed: int, *, moderate: bool = False) -> list[Any]:
    """Return one-row tensors as nested lists: `null` for NaN, whole numbers or booleans where the dtype has them.

    Args:
        spec: the signature's `tensor-spec`.
        examples: rows of the example, whose lengths are used where the shape has -1.
        seed: the same seed gives the same tensors.
        moderate: whether to leave out numbers of unusual size.
    """
    chance = random.Random(seed)  # noqa: S311 - not a secret
    floats = spec["dtype"].startswith("float")
    made = (_MOODS[:_MODERATE] if moderate else _MOODS) if floats else _WHOLE
    seen = lengths(examples[0]) if examples else []
    free = any(length < 0 for length in spec["shape"][1:])
    found: list[Any] = []
    cells = 0
    while len(found) < _MOST and (len(found) < _FEWEST or cells < _CELLS):
        turn = len(found)
        length = None if not free or turn % 2 == 0 else _LENGTHS[turn // 2 % len(_LENGTHS)]
        shape = [
            size if size >= 0 else length or (seen[place] if place < len(seen) else _LENGTHS[-1])
            for place, size in enumerate(spec["shape"][1:])
        ]
        mood = made[turn // (2 if free else 1) % len(made)]
        found.append(_nested(shape, partial(_value, mood, chance, spec["dtype"])))
        cells += math.prod(shape)
    return found


def numeric(spec: dict[str, Any]) -> bool:
    """Return whether a tensor holds numbers or booleans."""
    return bool(spec["dtype"].startswith(("bool", "float", "int", "uint")))


def lengths(value: Any) -> list[int]:
    """Return the shape of nested lists."""
    return [len(value), *lengths(value[0] if value else None)] if isinstance(value, list) else []


def _value(mood: Callable[[random.Random], Any], chance: random.Random, dtype: str) -> Any:
    value = mood(chance)
    if isinstance(value, float) and (math.isnan(value) or dtype == "float16"):
        return None if math.isnan(value) else max(-6e4, min(6e4, value))
    return bool(value) if dtype == "bool" else value


def _nested(shape: list[int], make: Callable[[], Any]) -> Any:
    return [_nested(shape[1:], make) for _ in range(shape[0])] if shape else make()
