"""Damages CatBoost's tables, and asks those that are taken: `python tests/compiled/fuzz_catboost.py SECONDS`.

A second argument names another shared object than the handler's, such as one with sanitizers.
"""

import sys
import time
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = [str(folder) for folder in Path(__file__).resolve().parents[1:3]]

from compiled.fuzz_trees import SPECIAL, library, repeat, view

from handler.backends.compiled import catboost, trees
from handler.backends.compiled.catboost_in_python import combined, signed
from handler.backends.compiled.city import city
from handler.errors import BundleError, InvalidValue

WORDS = ["", "a", "Rome", "München", "東京", "x" * 17, "y" * 40, "z" * 100]
LIMITS = [-1, 0, 1, 2, 17, 255, 256, 2**31, 2**40, 2**63 - 1]


def bins(random: Random) -> catboost.Bins:
    """Tables of bins that fit."""
    numbers, texts = random.randint(0, 3), random.randint(1, 3)
    borders: list[float] = []
    cuts: list[int] = []
    for _ in range(random.randint(1, 4) if numbers else 0):
        begin = len(borders)
        borders += sorted(random.choice(SPECIAL[1:]) for _ in range(random.choice([0, 1, 5, 40])))
        cuts += [random.randrange(numbers), begin, len(borders), random.randrange(2)]
    values: list[int] = []
    for _ in range(random.randint(0, 3)):
        values += [random.randrange(texts), known(random.choice(WORDS))]
    tested = len(cuts) // 4 + len(values) // 2
    members: list[int] = []
    projections: list[int] = []
    places: list[int] = []
    for _ in range(random.randint(0, 3)):
        names, tests, count, width = (
            random.randint(0, 3),
            random.randint(0, 2),
            1 << random.randint(0, 4),
            random.choice([1, 2, 8, 9]),
        )
        tests = tests if tested else 0
        members += [random.randrange(texts) for _ in range(names)]
        for _ in range(tests):
            members += [random.randrange(tested), random.randrange(-1, 5)]
        projections += [names, tests, count, width]
        for _ in range(count):
            words = [random.randrange(-(2**63), 2**63) for _ in range((width + 7) // 8)]
            places += [random.choice([-1, hashed(random, names)]), *words]
    listed = views("fiiiqq", borders, cuts, values, members, projections, places)
    return catboost.Bins(numbers, texts, *listed)


def views(kinds: str, *tables: Any) -> list[Any]:
    """Tables in memory of their own, by their types."""
    return [view(array(kind, found).tobytes(), kind) for kind, found in zip(kinds, tables, strict=True)]


def known(text: str) -> int:
    """The hash of a category."""
    return signed(city(text.encode()), 32)


def hashed(random: Random, names: int) -> int:
    """The hash of some categories, which rows hit now and then."""
    found = 0
    for _ in range(names):
        found = combined(found, known(random.choice(WORDS[:3])))
    return signed(found, 64)


def symmetric(random: Random) -> catboost.Symmetric:
    """Tables of symmetric trees that fit."""
    columns, width = random.randint(1, 4), random.randint(1, 3)
    depths = [random.choice([0, 1, 3, 6, 9]) for _ in range(random.randint(1, 5))]
    splits: list[int] = []
    for _ in range(sum(depths)):
        splits += [random.randrange(columns), random.randrange(256)]
    leaves = [random.uniform(-9.0, 9.0) for _ in range(width * sum(1 << depth for depth in depths))]
    first, second, third = views("iid", depths, splits, leaves)
    return catboost.Symmetric(first, second, third, columns, width)


def damaged(random: Random, tables: Any) -> Any:
    """The same tables with one of them altered."""
    name = random.choice(tables._fields)
    value = getattr(tables, name)
    if isinstance(value, int):
        return tables._replace(**{name: random.choice([value - 1, value + 1, *LIMITS])})
    data = bytearray(value.tobytes())
    for _ in range(random.randint(1, 3)):
        if random.random() < 0.2:
            del data[random.randint(0, len(data)) // value.itemsize * value.itemsize :]
        elif data:
            place = random.randrange(len(data))
            data[place] = random.choice([0, 1, 2, 127, 128, 255, data[place] ^ 1])
    return tables._replace(**{name: view(bytes(data), value.format)})


def loaded(make: Callable[..., Any], tables: Any) -> Any:
    """An evaluator of the tables; None where they are refused."""
    arguments = tables._asdict()
    if "texts" in arguments:
        arguments["names"] = [None] * max(0, min(arguments.pop("texts"), 9))
    try:
        return make(**arguments)
    except BundleError:
        return None


def both(make: Callable[..., Any], tables: Any) -> tuple[Any, Any]:
    """The evaluators in C and in Python."""
    kernel, fast = trees.kernel, loaded(make, tables)
    trees.kernel = None
    try:
        return fast, loaded(make, tables)
    finally:
        trees.kernel = kernel


def agree(random: Random, make: Callable[..., Any], tables: Any) -> bool:
    """Whether the tables were taken, by both evaluators; then both say the same, or refuse the same columns."""
    fast, plain = both(make, tables)
    assert (fast is None) == (plain is None), tables
    if fast is None:
        return False
    rows = random.choice([1, 2, 9, 127, 300])
    if isinstance(tables, catboost.Bins):
        given: Any = [[random.choice(SPECIAL) for _ in range(rows)] for _ in range(min(tables.numbers, 9))]
        given += [[random.choice(WORDS) for _ in range(rows)] for _ in range(min(tables.texts, 9))]
        fits = tables.numbers < 9 and tables.texts < 9
    else:
        given = random.randbytes(rows * min(tables.columns, 9))
        fits = tables.columns < 9 and tables.width < 9
    if random.random() < 0.05 and isinstance(given, list):
        given[random.randrange(len(given))] = given[0][:-1]
        fits = len(given) == 1 and fits
    if not fits:
        for one in (fast, plain):
            try:
                one(given)
            except (InvalidValue, MemoryError, TypeError, ValueError):
                continue
        return True
    assert repr(plain(given)) == repr(fast(given))
    return True


def attempts(random: Random) -> Iterator[bool]:
    """Whether each of eight damaged copies of bins and of trees is taken; they themselves are."""
    for make, tables in ((catboost.bins, bins(random)), (catboost.sums, symmetric(random))):
        assert agree(random, make, tables)
        for _ in range(8):
            yield agree(random, make, damaged(random, tables))


def run(seconds: float, seed: int = 0) -> tuple[int, int]:
    """How many tables were tried, and how many of them were taken."""
    return repeat(attempts, seconds, seed)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        trees.kernel = library(Path(sys.argv[2]))
    tried, taken = run(float(sys.argv[1]), time.time_ns())
    print(f"{tried:,} damaged tables, of which {taken:,} fit all the same")
