"""Explain the operations that add up features: linear models and trees."""

import math
from array import array
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

from handler.backends.compiled.explaining import trees
from handler.backends.compiled.explaining.sources import Sources, Unexplained
from handler.backends.compiled.graph import Batch
from handler.backends.compiled.trees import Trees
from handler.files import AnyPath, read_bytes

COVERS = "covers.bin"

Contributions = list[list[list[tuple[int, float]]]]
"""For each row, for each sum, the numbers of parts and what they contribute."""


class Parts(NamedTuple):
    """An explained sum.

    Attributes:
        expected: the expected value of each sum.
        sources: where each part comes from.
        explain: the function from a batch of features to contributions.
    """

    expected: list[float]
    sources: Sources
    explain: Callable[[Batch], Contributions]


def linear(
    numbered: Callable[[Any], Iterable[tuple[int, float]]],
    arguments: dict[str, Any],
    sources: Sources,
    _folder: AnyPath,
) -> Parts:
    """Explain weighted sums of rows: a weight times a number; the intercept is expected."""
    weights = arguments["weights"]

    def explain(rows: Batch) -> Contributions:
        return [
            [[(index, value * of_sum[index]) for index, value in numbered(row)] for of_sum in weights] for row in rows
        ]

    return Parts(list(arguments["intercepts"]), sources, explain)


def gblinear(arguments: dict[str, Any], sources: Sources, folder: AnyPath) -> Parts:
    """Explain XGBoost's weighted sums of columns, in which missing values do not count."""
    parts = linear(_known, {"weights": arguments["weights"], "intercepts": arguments["base"]}, sources, folder)
    return parts._replace(explain=lambda columns: parts.explain(list(zip(*columns, strict=True))))


def _known(row: Iterable[float]) -> Iterable[tuple[int, float]]:
    return ((index, value) for index, value in enumerate(row) if not math.isnan(value))


def forest(arguments: dict[str, Any], sources: Sources, folder: AnyPath) -> Parts:
    """Explain sums of trees: the players are columns, or groups of CatBoost's bins."""
    if callable(arguments["base"]):
        raise Unexplained("the trees start from the predictions of another model")
    players, own = _players(sources)
    players += [players[column] for column, _ in arguments["views"]]
    tables = Trees(**{name: arguments[name] for name in Trees._fields})
    means, explain = trees.explainer(tables, _read_covers(folder, arguments.get("covers")), players)
    base = arguments["base"]
    means += [0.0] * (len(base) - len(means))
    expected = [start + mean for start, mean in zip(base, means, strict=True)]
    return Parts(expected, own, lambda rows: _by_row(explain(rows), len(own), len(base)))


def symmetric(arguments: dict[str, Any], sources: Sources, folder: AnyPath) -> Parts:
    """Explain CatBoost's symmetric trees, as trees of nodes."""
    from handler.backends.compiled.catboost import rows
    from handler.backends.compiled.explaining.symmetric import as_nodes

    tables, covers = as_nodes(arguments, _read_covers(folder, arguments.get("covers")))
    players, own = _players(sources)
    means, explain = trees.explainer(tables, covers, players)
    to_rows = rows(arguments["columns"])
    return Parts(means, own, lambda bins: _by_row(explain(to_rows(bins)), len(own), len(means)))


def _players(sources: Sources) -> tuple[list[int], Sources]:
    """Return the number of each feature's player, and the source of each player: a feature, or a group of them."""
    numbers: dict[Any, int] = {}
    players = [
        numbers.setdefault(index if source.group is None else source.group, len(numbers))
        for index, source in enumerate(sources)
    ]
    own = dict(zip(players, sources, strict=True))
    return players, [own[number] for number in range(len(numbers))]


def _by_row(columns: Batch, players: int, sums: int) -> Contributions:
    """Return columns of contributions by row and by sum; those of the last sums are zero if no tree adds to them."""
    ends = [players * end for end in range(1, len(columns) // players + 1)]
    return [
        [list(enumerate(row[end - players : end])) for end in ends] + [[]] * (sums - len(ends))
        for row in zip(*columns, strict=True)
    ]


def _read_covers(folder: AnyPath, described: dict[str, Any] | None) -> Any:
    """Return the weights of training rows as float64.

    Raises:
        Unexplained: the exporter did not know them.
    """
    if described is None:
        raise Unexplained("the trees do not say how many training rows reached each node")
    size = {"f": 4, "d": 8}[described["type"]]
    start, end = described["start"], described["start"] + described["count"] * size
    data = memoryview(read_bytes(folder, COVERS))[start:end]
    return array("d", data.cast(described["type"]))


SUMS: dict[str, Callable[[dict[str, Any], Sources, AnyPath], Parts]] = {
    "catboost.sums": symmetric,
    "linear.sparse_sums": partial(linear, dict.items),
    "linear.sums": partial(linear, enumerate),
    "trees.sums": forest,
    "xgboost_boosters.linear": gblinear,
}
"""The operations that are explained, and how."""
