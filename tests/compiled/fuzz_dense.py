"""Compares operations of the kernel with those on lists, on odd numbers and texts.

`python tests/compiled/fuzz_dense.py SECONDS`; a second argument names another shared object than the handler's.
"""

import sys
import time
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from compiled import fuzz_trees

from handler.backends.compiled import checking, composing, encoding, imputing, linear, scaling, text, trees
from handler.backends.compiled.graph import each
from handler.errors import InvalidValue

if __name__ == "__main__" and len(sys.argv) > 2:
    trees.kernel = fuzz_trees.library(Path(sys.argv[2]))

from handler.backends.compiled import dense, dense_rows, dense_text

COMMON = [0.0, -0.0, 1.0, -2.5, 1e-3, 7.25, 3e300, 1e-320]
CATEGORIES = ["red", "green", "", "blue\0", 3.0, None, float("nan")]
WORDS = ["Moon", "the", "a", "of_9", "!", "?", "9", "  ", "\x1c", "\u00e9t\u00e9", "x" * 300, "the " * 120]

Pair = tuple[Callable[[Any], Any], Callable[[Any], Any], Any]


def result(operation: Callable[[Any], Any], batch: Any) -> str:
    """What an operation gives, whatever its form, or how it refuses the batch."""
    try:
        made = operation(batch)
    except InvalidValue as error:
        return f"{error.detail} {error.row} {error.column}"
    return repr([list(part) if isinstance(part, list | tuple | array) else part for part in made])


def numeric(random: Random) -> Pair:
    """An operation on columns of numbers, and such columns."""
    width, rows = random.randint(1, 6), random.randint(1, 700)
    values = [*COMMON] * 9 + random.choice([[], [], fuzz_trees.SPECIAL])
    columns = [[random.choice(values) * random.random() for _ in range(rows)] for _ in range(width)]
    ones, others = ([random.choice(COMMON[2:6]) for _ in range(width)] for _ in range(2))
    nan, names = random.random() < 0.5, [f"column {index}" for index in range(width)]
    ways: list[tuple[Callable[..., Any], Callable[..., Any], Any]] = [
        (scaling.standardized, dense.standardized, (ones, others)),
        (scaling.stretched, dense.stretched, (ones, others)),
        (checking.finite, dense.finite, (nan, random.random() < 0.5, names)),
        (imputing.filled, dense.filled, ([*range(width)], ones, None if nan else 0.0, nan)),
    ]
    plain, many, arguments = random.choice(ways)
    return plain(*arguments), many(*arguments), columns


def weighted(random: Random) -> Pair:
    """A linear model, and columns of numbers."""
    width, rows, outputs = random.randint(1, 40), random.randint(1, 700), random.randint(1, 4)
    columns = [[random.gauss(0.0, 1.0) * 10.0 ** random.randint(-9, 9) for _ in range(rows)] for _ in range(width)]
    weights = [memoryview(array("d", [random.choice([*COMMON, 1e200]) for _ in range(width)])) for _ in range(outputs)]
    ends: list[tuple[Any, Any]] = [(linear.highest, dense_rows.highest)]
    ends += [(linear.sign, dense_rows.sign)] if outputs == 1 else []
    end, many = random.choice(ends)
    labels = [*range(max(outputs, 2))]
    return (
        composing.chain([composing.transposed(), each(linear.sums(weights, ones(outputs))), each(end(labels))]),
        composing.chain([dense_rows.transposed(), dense_rows.sums(weights, ones(outputs)), many(labels)]),
        [array("d", column) for column in columns],
    )


def ones(count: int) -> list[float]:
    """Intercepts."""
    return [1.0] * count


def categories(random: Random) -> Pair:
    """An encoder, and columns of categories."""
    known = random.sample(CATEGORIES[:5], 3)
    unseen = random.choice([None, 2])
    column = {"values": known, "codes": [0, 1, 2], "nan": random.choice([None, 1]), "unseen": unseen, "finite": False}
    column |= {"name": "colour", "width": 3, "outcomes": [memoryview(array("d", [0.5, -1.0, 3.0]))]}
    batch = [random.choices([*known * 20, *CATEGORIES[random.choice([5, 7]) :]], k=random.randint(1, 300))]
    if random.random() < 0.5:
        return encoding.looked_up([column]), dense.looked_up([column]), batch
    return encoding.one_hot([column], 1.0), dense.one_hot([column], 1.0), batch


def texts(random: Random) -> Pair:
    """A text model, and texts."""
    pattern, width = random.choice([text.WORDS, text.WORDS_AND_MARKS]), random.randint(1, 3)
    analysis = {"kind": "word", "token_pattern": pattern, "ngrams": [1, 1], "stop_words": [], "strip_accents": None}
    terms = ["moon", "the", "of_9", "!", "9", "\u00e9t\u00e9", "x" * 300]
    counts = terms, {**analysis, "lowercase": random.random() < 0.5}, random.random() < 0.3
    idf = random.choice([None, memoryview(array("d", [random.random() + 1.0 for _ in terms]))])
    weigh = idf, random.random() < 0.5, random.choice([None, "l1", "l2", "max"])
    weights = [memoryview(array("d", [random.gauss(0.0, 1.0) for _ in terms])) for _ in range(width)]
    given = [" ".join(random.choices(WORDS, k=random.randint(0, 90))) for _ in range(random.randint(1, 80))]
    last = weights, array("d", ones(width))
    plain = [each(text.counts(*counts)), each(text.tfidf(*weigh)), each(linear.sparse_sums(*last))]
    many = [dense_text.counts(*counts), dense_text.tfidf(*weigh), dense_text.sparse_sums(*last)]
    if random.random() < 0.3:
        del plain[1], many[1]
    return composing.chain(plain), composing.chain(many), given


def attempts(random: Random) -> Iterator[bool]:
    """Whether a batch is taken; an operation gives the same in both ways."""
    plain, many, batch = random.choice([numeric, weighted, categories, texts])(random)
    expected, found = result(plain, batch), result(many, batch)
    assert expected == found, (expected[:2000], found[:2000])
    yield expected.startswith("[")


def run(seconds: float, seed: int = 0) -> tuple[int, int]:
    """How many batches were tried, and how many of them were taken."""
    return fuzz_trees.repeat(attempts, seconds, seed)


if __name__ == "__main__":
    tried, taken = run(float(sys.argv[1]), time.time_ns())
    print(f"{tried:,} batches, of which {taken:,} were taken")
