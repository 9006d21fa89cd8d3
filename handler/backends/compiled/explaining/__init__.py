"""Explain predictions: how much each input column adds to the numbers that a compiled model predicts from.

What is explained is the *margin*: the sum of a linear model or of trees, before a link or a decision turns it into a
probability or a label. A margin is an expected value plus the contributions of all columns.

The graph is read once more when the first explanation is asked. It is a chain of three parts: operations that prepare
features, of which `sources.py` knows the input columns; the one that adds up (`sums.py`); and those after it
(`margins.py`).
"""

from typing import Any, NamedTuple

from handler.backends.compiled import graph
from handler.backends.compiled.explaining.margins import rescaling
from handler.backends.compiled.explaining.sources import Source, Unexplained, resolved, sources_after
from handler.backends.compiled.explaining.sums import COVERS, SUMS
from handler.backends.compiled.graph import Batch
from handler.files import AnyPath

__all__ = ["COVERS", "Explainer", "Explanation", "Unexplained"]

TERMS = 20
"""The terms of a text to report, those that contribute most."""


class Explanation(NamedTuple):
    """How one margin of one row comes about.

    Attributes:
        expected: the expected value.
        contributions: what each input column adds to it, in their order.
        terms: for each column of text, by its index, the terms that add or take away most, the greatest first.
    """

    expected: float
    contributions: list[float]
    terms: dict[int, dict[str, float]]


class Explainer:
    """Explains the predictions of one compiled model.

    Args:
        open_file: opens the bundle's files.
        folder: the bundle.
        names: the names of the model's input columns.

    Raises:
        Unexplained: the model has no explanations; says why.
        BundleError: the tables are inconsistent.
    """

    def __init__(self, open_file: graph.Opener, folder: AnyPath, names: list[str]) -> None:
        root, arrays = graph.read(open_file)
        steps = _flattened(root)
        place = max((index for index, step in enumerate(steps) if step["op"] in SUMS), default=None)
        if place is None:
            raise Unexplained("only linear models and sums of trees are explained")
        self._sum_of_rows = steps[place]["op"].startswith("linear.")
        given = [Source(frozenset({index})) for index in range(len(names))]
        sources = sources_after(steps[:place], given, arrays)
        arguments = {key: resolved(value, arrays) for key, value in steps[place].items() if key != "op"}
        parts = SUMS[steps[place]["op"]](graph.link(arguments, arrays), sources, folder)
        self._rescale = rescaling(steps[place + 1 :], arrays)
        self._expected, self._explain, self._width = parts.expected, parts.explain, len(names)
        self._owners = [_owners(source, names) for source in parts.sources]
        self._terms = [source.term for source in parts.sources]
        named = zip(self._owners, self._terms, strict=True)
        self._texts = sorted({owners[0] for owners, term in named if term is not None})
        self._prepare = graph.link({"op": "composing.chain", "steps": steps[:place]}, arrays)
        self._sum = graph.link(steps[place], arrays)

    def __call__(self, columns: Batch) -> list[list[Explanation]]:
        """Explain each margin of each row.

        Args:
            columns: the model's input, as the graph takes it.

        Raises:
            InvalidValue: the fitted model refuses a row; reports its index.
        """
        return list(map(self._explained, self._explain(self._prepare(columns))))

    def margins(self, columns: Batch) -> list[list[float]]:
        """Return the margins of each row, which explanations add up to."""
        sums = self._sum(self._prepare(columns))
        rows = sums if self._sum_of_rows else zip(*sums, strict=True)
        return [self._rescale(list(row), True) for row in rows]

    def _explained(self, contributions: list[list[tuple[int, float]]]) -> list[Explanation]:
        """Add up the contributions to each sum of one row by input column, and rescale them."""
        count = len(contributions)
        totals = [[0.0] * count for _ in range(self._width + 1)]
        terms: dict[int, list[float]] = {}
        for number, of_sum in enumerate(contributions):
            for part, value in of_sum:
                owners = self._owners[part]
                for owner in owners:
                    totals[owner][number] += value / len(owners)
                if self._terms[part] is not None:
                    terms.setdefault(part, [0.0] * count)[number] += value
        *by_column, constant = [self._rescale(total, False) for total in totals]
        expected = self._rescale(self._expected, True)
        by_term = {part: self._rescale(total, False) for part, total in terms.items()}
        return [
            Explanation(
                expected[number] + constant[number],
                [total[number] for total in by_column],
                self._greatest({part: total[number] for part, total in by_term.items()}),
            )
            for number in range(len(expected))
        ]

    def _greatest(self, by_part: dict[int, float]) -> dict[int, dict[str, float]]:
        """Return the terms that contribute most, by the column of their text."""
        found: dict[int, dict[str, float]] = {column: {} for column in self._texts}
        for part in sorted(by_part, key=lambda part: -abs(by_part[part])):
            of_column = found[self._owners[part][0]]
            if len(of_column) < TERMS and by_part[part]:
                of_column[self._terms[part] or ""] = by_part[part]
        return found


def _flattened(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a described operation as a list of steps, without what only saves memory or time."""
    if operation["op"] == "composing.chain":
        return [inner for step in operation["steps"] for inner in _flattened(step)]
    if operation["op"] == "trees.blocks":
        return _flattened(operation["inner"])
    if operation["op"] == "text.tfidf_sum":
        weighing = {key: operation[key] for key in ("idf", "sublinear", "norm")}
        total = {"weights": [operation["weights"]], "intercepts": [operation["intercept"]]}
        return [{"op": "text.tfidf", **weighing}, {"op": "linear.sparse_sums", **total}]
    return [operation]


def _owners(source: Source, names: list[str]) -> list[int]:
    """Return the columns that a feature's contribution is divided among; the one after the last for a constant.

    Raises:
        Unexplained: a feature is computed from several columns, whose parts in it are unknown.
    """
    if len(source.columns) > 1 and source.group is None:
        mixed = ", ".join(names[column] for column in sorted(source.columns)[:5])
        raise Unexplained(f"a feature is computed from several columns: {mixed}")
    return sorted(source.columns) or [len(names)]
