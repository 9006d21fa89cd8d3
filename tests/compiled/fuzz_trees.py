"""Damages tables of trees, and asks those that are taken all the same: `python tests/compiled/fuzz_trees.py SECONDS`.

A second argument names another shared object than the handler's, such as one with sanitizers.
"""

import importlib.machinery
import importlib.util
import sys
import time
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from handler.backends.compiled import trees, trees_in_python
from handler.backends.compiled.dense_rows import Rows
from handler.errors import BundleError

SPECIAL = [
    float("nan"),
    float("inf"),
    float("-inf"),
    0.0,
    -0.0,
    1e-36,
    0.5,
    -0.5,
    1.0,
    31.0,
    32.0,
    2.0**31,
    1e300,
    -3.0,
]
FLAGS = [0, 1, 2, 3, 4, 16, 17]
LEAF = 0x7FF8 << 48


def forest(random: Random) -> trees.Trees:
    """Trees that fit."""
    columns, width, float32 = random.randint(1, 4), random.randint(1, 3), random.random() < 0.5
    views = [[random.randrange(columns), random.choice(FLAGS)] for _ in range(random.randint(0, 3))]
    sets: list[int] = []
    places = []
    for _ in range(random.randint(0, 3)):
        places.append(len(sets))
        words = random.randint(1, 3)
        sets += [words, *(random.randrange(-(2**31), 2**31) for _ in range(words))]
    nodes = bytearray()
    starts, leaves = [0], 0

    def node(depth: int) -> None:
        nonlocal leaves
        if depth == 0 or random.random() < 0.2:
            nodes.extend((LEAF + leaves).to_bytes(8, "little") + bytes(8))
            leaves += 1
            return
        own = len(nodes)
        nodes.extend(bytes(16))
        node(depth - 1)
        right = (len(nodes) - own) // 16
        node(depth - 1)
        column = random.randrange(columns + len(views))
        threshold = random.choice(SPECIAL) if few else random.uniform(-40.0, 90.0)
        if column >= columns and views[column - columns][1] & trees_in_python.CATEGORIES:
            if not places:
                column = 0
            else:
                threshold = float(random.choice(places))
        nodes[own : own + 16] = array("d", [threshold]).tobytes() + array("i", [right, column]).tobytes()

    few = random.random() < 0.7  # thresholds, so that 8 bits hold their ranks
    for _ in range(random.randint(1, 20)):
        node(random.randint(0, 6) if few or random.random() < 0.9 else 10)
        starts.append(len(nodes) // 16)
    outputs = [random.randint(0, 3) for _ in starts[1:]]
    values = array("f" if float32 else "d", [random.uniform(-9.0, 9.0) for _ in range(leaves * width)])
    return trees.Trees(
        array("i", starts), array("i", outputs), view(bytes(nodes), "d"), memoryview(values), columns, width, views,
        memoryview(array("i", sets)) if sets else None, float32,
    )  # fmt: skip


def damaged(random: Random, tables: trees.Trees) -> trees.Trees:
    """The same tables with one of them altered."""
    name = random.choice([*trees.Trees._fields, "nodes", "nodes", "nodes"])
    value = getattr(tables, name)
    changed: Any
    if name in ("columns", "width"):
        changed = random.choice([value - 1, value + 1, 0, -1, 2**31, 2**40])
    elif name == "float32":
        changed = not value
    elif name == "views":
        changed = [[random.randint(-1, 5), random.choice([*FLAGS, -1])] for _ in range(random.randint(0, 4))]
    elif value is None:
        changed = memoryview(array("i", [random.randint(-1, 3) for _ in range(random.randint(0, 5))]))
    else:
        data = bytearray(memoryview(value).tobytes())
        for _ in range(random.randint(1, 4)):
            if random.random() < 0.2:
                del data[random.randint(0, len(data)) // 16 * 16 :]
            elif data:
                place = random.randrange(len(data))
                data[place] = random.choice([0, 1, 2, 127, 128, 255, random.randrange(256), data[place] ^ 1])
        changed = view(bytes(data[: len(data) // 16 * 16 or None]), memoryview(value).format or "d")
    return tables._replace(**{name: changed})


def view(data: bytes, kind: str) -> Any:
    """Numbers in memory of their own, behind whose end sanitizers watch."""
    size = array(kind).itemsize
    view: Any = memoryview(data[: len(data) // size * size])
    return view.cast(kind)


def row(random: Random, width: int) -> tuple[Any, ...]:
    """Numbers; now and then too many, or something else."""
    width += random.choice([-1, 1]) if random.random() < 0.01 else 0
    numbers = (random.choice(SPECIAL) if random.random() < 0.5 else random.uniform(-40.0, 90.0) for _ in range(width))
    return tuple(None if random.random() < 0.001 else number for number in numbers)


def made(evaluator: Callable[[trees.Trees], trees.Adder], tables: trees.Trees) -> trees.Adder | None:
    """An evaluator of the tables; None where they are refused."""
    try:
        return evaluator(tables)
    except BundleError:
        return None


def agree(random: Random, tables: trees.Trees) -> bool:
    """Whether the tables were taken, by both evaluators; then both say the same, or refuse the same rows."""
    fast, plain = made(trees.compiled, tables), made(trees.interpreted, tables)
    assert (fast is None) == (plain is None)
    if not fast or not plain:
        return False
    outs = max(tables.outputs, default=0) + tables.width
    rows = [row(random, tables.columns) for _ in range(random.choice([0, 1, 2, 7, 8, 9, 40, 300]))]
    started = [[random.choice(SPECIAL[3:]) for _ in rows] for _ in range(min(outs, 2000))]
    odd = any(len(each) != tables.columns or None in each for each in rows) or outs > len(started)
    try:
        found = fast(rows, started)
    except (TypeError, ValueError):
        assert odd
        return True
    assert not odd
    expected = repr(plain(rows, started) if rows else started)
    assert expected == repr(found)
    if 0 < len(rows) < 8 and isinstance(fast, trees.InKernel):
        few = list(map(list, zip(*rows, strict=True)))
        for _ in range(random.choice([1, 400])):  # until enough rows have come to sweep trees
            assert expected == repr(fast.few(few, started, False))
    if rows:
        columns: Any = Rows([array("d", column) for column in zip(*rows, strict=True)])
        for _ in range(3):  # until enough rows have come to sweep
            assert expected == repr(fast(columns, started))
    return True


def repeat(attempts: Callable[[Random], Iterator[bool]], seconds: float, seed: int) -> tuple[int, int]:
    """How many damaged tables were tried until the time was over, and how many of them were taken."""
    random = Random(seed)
    tried = taken = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for took in attempts(random):
            taken += took
            tried += 1
    return tried, taken


def attempts(random: Random) -> Iterator[bool]:
    """Whether each of ten damaged copies of a forest is taken; the forest itself is."""
    tables = forest(random)
    assert agree(random, tables)
    for _ in range(10):
        yield agree(random, damaged(random, tables))


def run(seconds: float, seed: int = 0) -> tuple[int, int]:
    """How many tables were tried, and how many of them were taken."""
    return repeat(attempts, seconds, seed)


def library(path: Path) -> Any:
    """The compiled evaluator in a file."""
    loader = importlib.machinery.ExtensionFileLoader("_trees", str(path))
    spec = importlib.util.spec_from_file_location("_trees", path, loader=loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


if __name__ == "__main__":
    if len(sys.argv) > 2:
        trees.kernel = library(Path(sys.argv[2]))
    tried, taken = run(float(sys.argv[1]), time.time_ns())
    print(f"{tried:,} damaged forests, of which {taken:,} fit all the same")
