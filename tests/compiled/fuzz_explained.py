"""Explains generated trees, sound and damaged, in C and in Python: `python tests/compiled/fuzz_explained.py SECONDS`.

A second argument names another shared object than the handler's, such as one with sanitizers.
"""

import sys
import time
from array import array
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from compiled import fuzz_trees

from handler.backends.compiled import trees
from handler.backends.compiled.explaining.trees import explainer
from handler.errors import BundleError

MOST = 2000
"""Sums of a row."""


class Explained(NamedTuple):
    """The arguments of `explainer`."""

    tables: trees.Trees
    covers: Any
    players: list[int]


def forest(random: Random) -> Explained:
    """Trees that fit, with covers: of a leaf any number, of another node the sum of its children's."""
    tables = fuzz_trees.forest(random)
    rights = memoryview(tables.nodes).cast("B").cast("i")[2::4].tolist()
    covers = [random.choice([0.0, 1.0, 2.5, 1e6]) for _ in rights]
    for node in reversed(range(len(rights))):
        if rights[node]:
            covers[node] = covers[node + 1] + covers[node + rights[node]]
    width = tables.columns + len(tables.views)
    players = list(range(tables.columns)) + [column for column, _ in tables.views]
    together = random.random() < 0.2
    return Explained(tables, array("d", covers), [0] * width if together else players)


def damaged(random: Random, given: Explained) -> Explained:
    """The same with one of them altered."""
    name = random.choice(["tables", "covers", "players"])
    if name == "tables":
        return given._replace(tables=fuzz_trees.damaged(random, given.tables))
    if name == "players":
        players = [*given.players, 0] if random.random() < 0.5 else [random.randint(-1, 5) for _ in given.players]
        return given._replace(players=players)
    covers = given.covers[: random.choice([-1, len(given.covers)])]
    if covers:
        covers[random.randrange(len(covers))] = random.choice(fuzz_trees.SPECIAL)
    return given._replace(covers=covers)


def made(given: Explained, kernel: Any) -> Any:
    """What explains the trees with or without the kernel; None where they are refused."""
    kept, trees.kernel = trees.kernel, kernel
    try:
        return explainer(*given)
    except BundleError:
        return None
    finally:
        trees.kernel = kept


def agree(random: Random, given: Explained) -> bool:
    """Whether the trees were taken, in both ways; then both explain rows in the same way."""
    if max(given.tables.outputs, default=0) + given.tables.width > MOST:
        return False
    fast, plain = made(given, trees.kernel), made(given, None)
    assert (fast is None) == (plain is None)
    if not fast or not plain:
        return False
    close(*(means for means, _ in (plain, fast)))
    rows = [fuzz_trees.row(random, given.tables.columns) for _ in range(random.choice([1, 2, 7, 8, 9, 20]))]
    odd = any(len(each) != given.tables.columns or None in each for each in rows)
    try:
        found = fast[1](rows)
    except (TypeError, ValueError):
        assert odd
        return True
    assert not odd
    for expected, column in zip(plain[1](rows), found, strict=True):
        close(expected, column)
    return True


def close(expected: list[float], found: list[float]) -> None:
    """Check that numbers are equal but for rounding."""
    assert len(expected) == len(found)
    for one, other in zip(expected, found, strict=True):
        assert abs(one - other) <= 1e-9 * max(100.0, abs(one)) or one != one, (one, other)  # noqa: PLR0124


def attempts(random: Random) -> Iterator[bool]:
    """Whether each of ten damaged copies of a forest is taken; the forest itself is."""
    given = forest(random)
    assert agree(random, given)
    for _ in range(10):
        yield agree(random, damaged(random, given))


def run(seconds: float, seed: int = 0) -> tuple[int, int]:
    """How many forests were tried, and how many of them were taken."""
    return fuzz_trees.repeat(attempts, seconds, seed)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        trees.kernel = fuzz_trees.library(Path(sys.argv[2]))
    tried, taken = run(float(sys.argv[1]), time.time_ns())
    print(f"{tried:,} damaged forests, of which {taken:,} fit all the same")
