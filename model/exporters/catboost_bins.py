"""CatBoost's features as the tables of `catboost.bins`: what its trees test, made of numbers and categories.

Statistics of categories (CTRs) are computed here, in float32 as CatBoost does (`TModelCtr::Calc`), for every
combination that was seen in training, and for any other; the handler only looks them up.
"""

from __future__ import annotations

import json
from typing import Any, Callable

from . import Unsupported
from .catboost_file import Model, Statistic
from .forms import Rows, Tables

MOST = 255
"""The most borders of one column of bins."""

NOTHING = -1
"""The hash in an empty place of a table; CatBoost never finds it either."""

_COUNTED: dict[int, Callable[[Any, int], tuple[Any, Any]]] = {
    0: lambda counts, border: (counts[:, border + 1 :].sum(axis=1), counts.sum(axis=1)),  # Borders
    1: lambda counts, border: (counts[:, border], counts.sum(axis=1)),  # Buckets
    2: lambda counts, _: (counts[:, 0], counts[:, 1]),  # BinarizedTargetMeanValue
    3: lambda counts, _: (counts[:, 0], counts[:, 1]),  # FloatTargetMeanValue
    4: lambda counts, _: (counts[:, 0], None),  # Counter
    5: lambda counts, _: (counts[:, 0], None),  # FeatureFreq
}
"""The numerator and the denominator of each type of statistics, by number (ECtrType), None for the same in all rows."""


class Bins:
    """Collect columns of bins, and the test that each split of the trees stands for.

    Args:
        model: the model.
        estimated: the borders of each number that is computed from texts.

    Attributes:
        numbers: the columns of numbers that trees look at.
        categories: the columns of categories.
        width: the number of columns of bins.
        tests: by the index of a split, the column of bins and the least bin that passes.
    """

    def __init__(self, model: Model, estimated: list[Any]) -> None:
        self._floats = model.numbers()
        self._estimated = estimated
        self._known = model.categories()
        self.numbers = [one.column for one in self._floats]
        self.categories = [one.column for one in self._known]
        self._places = {one.number: place for place, one in enumerate(self._known)}
        self.width = 0
        self.tests: list[tuple[int, int]] = []
        self._borders: list[float] = []
        self._cuts: list[list[int]] = []
        self._values: list[list[int]] = []
        self._members: list[int] = []
        self._projections: list[list[int]] = []
        self._hashed: list[Any] = []
        self._parts: dict[tuple[Any, ...], tuple[int, int]] = {}
        self._cut()
        self._compare()
        self._project([_Statistic(one) for one in model.statistics()])

    def _cut(self) -> None:
        """Add the columns of numbers; a model that looks at nothing gets one that is always zero."""
        for column, feature in enumerate(self._floats):
            tests = self._add_cuts(column, feature.borders.tolist(), feature.high)
            self._parts.update(
                {("float", feature.number, border): t for border, t in zip(feature.borders.tolist(), tests)}
            )
        for column, borders in enumerate(self._estimated, len(self._floats)):
            self._add_cuts(column, borders.tolist(), high=False)
        if not self._cuts and not self._known:
            self.numbers, self._cuts, self.width = [0], [[0, 0, 0, 0]], 1

    def _add_cuts(self, column: int, borders: list[float], high: bool) -> list[tuple[int, int]]:
        """Add the columns of bins of a column of numbers, and return the test of each border."""
        begin, end = len(self._borders), len(self._borders) + len(borders)
        self._cuts += [[column, start, min(start + MOST, end), int(high)] for start in range(begin, end, MOST)]
        self._borders += borders
        tests = self._add_columns(len(borders))
        self.tests += tests
        return tests

    def _compare(self) -> None:
        """Add the columns of single categories."""
        for place, feature in enumerate(self._known):
            for value in feature.values:
                self._values.append([place, value])
                self._parts["category", feature.number, value] = (self.width, 1)
                self.tests += self._add_columns(1)

    def _add_columns(self, count: int) -> list[tuple[int, int]]:
        """Add the columns of bins of a number that `count` borders cut, and return the test of each border."""
        first = self.width
        self.width += -(-count // MOST)
        return [(first + place // MOST, place % MOST + 1) for place in range(count)]

    def _project(self, statistics: list[_Statistic]) -> None:
        """Add the columns of statistics, those of the same combination together."""
        groups: dict[str, list[_Statistic]] = {}
        for statistic in statistics:
            groups.setdefault(json.dumps(statistic.combined), []).append(statistic)
        tests: dict[int, list[tuple[int, int]]] = {}
        for group in groups.values():
            self._add_projection(group)
            tests.update({id(statistic): self._add_columns(len(statistic.borders)) for statistic in group})
        for statistic in statistics:
            self.tests += tests[id(statistic)]

    def _add_projection(self, statistics: list[_Statistic]) -> None:
        """Add what is hashed for statistics of the same combination, and the bins of every hash."""
        import numpy as np

        categories, numbers, equal = statistics[0].combined
        names = [self._places[index] for index in categories]
        tests = [*(("float", *test) for test in numbers), *(("category", *test) for test in equal)]
        self._members += names + [number for test in tests for number in self._parts[tuple(test)]]
        hashes = open_table(np.unique(np.concatenate([statistic.hashes for statistic in statistics])))
        bins = np.concatenate([statistic.bins(hashes) for statistic in statistics], axis=1)
        self._projections.append([len(names), len(tests), len(hashes), bins.shape[1]])
        words = np.zeros((len(hashes), -(-bins.shape[1] // 8)), "<i8")
        words.view("u1")[:, : bins.shape[1]] = bins
        self._hashed.append(np.column_stack([hashes, words]).ravel())

    def operation(self, rows: Rows, tables: Tables) -> dict[str, Any]:
        """Return the operation from columns of numbers, then of categories, to columns of bins.

        Args:
            rows: the form of the input with all of its columns; notes the borders for the proof.
            tables: receives the numbers.
        """
        import numpy as np

        for feature in self._floats:
            tables.hint(rows, feature.column, feature.borders)
        return {
            "op": "catboost.bins",
            "numbers": len(self.numbers) + len(self._estimated),
            "names": [rows.named(place) for place in self.categories],
            "borders": tables.add(np.array(self._borders, "f4")),
            "cuts": tables.add_as(self._cuts, "<i4"),
            "values": tables.add_as(self._values, "<i4"),
            "members": tables.add_as(self._members, "<i4"),
            "projections": tables.add_as(self._projections, "<i8"),
            "places": tables.add_as(np.concatenate([*self._hashed, np.zeros(0, "i8")]), "<i8"),
        }


class _Statistic:
    """One number made of the counts of a combination, and the borders that cut it.

    Args:
        made: what is made of which counts.

    Raises:
        Unsupported: its type is unknown.
    """

    def __init__(self, made: Statistic) -> None:
        import numpy as np

        if made.kind not in _COUNTED:
            raise Unsupported(f"CatBoost with statistics of type {made.kind} has no exporter")
        self.combined = (made.categories, made.tests, made.equal)
        self.borders = made.borders
        self.hashes = made.counted.hashes
        seen, total = _COUNTED[made.kind](made.counted.counts, made.target)
        unseen = made.counted.whole if total is None else 0
        self._seen = _calculated(made.prior, seen, unseen if total is None else total)
        self._unseen = _calculated(made.prior, np.zeros(1), unseen)

    def bins(self, table: Any) -> Any:
        """Return the bins of each place of a table of hashes, as rows of uint8."""
        import numpy as np

        order = np.argsort(self.hashes)
        known, seen = np.append(self.hashes[order], NOTHING), np.append(self._seen[order], self._unseen)
        places = np.searchsorted(known[:-1], table)
        numbers = np.where(known[places] == table, seen[places], self._unseen)
        starts = range(0, len(self.borders), MOST)
        cut = [np.searchsorted(self.borders[start : start + MOST], numbers) for start in starts]
        return np.array(cut, "u1").T.reshape(len(numbers), len(cut))


def open_table(hashes: Any) -> Any:
    """Return a table of hashes for `catboost.bins`: open addressing, at most half full."""
    import numpy as np

    table = np.full(1 << (2 * len(hashes)).bit_length(), NOTHING, "i8")
    last = len(table) - 1
    listed = table.tolist()
    for number in hashes.tolist():
        place = number & last
        while listed[place] != NOTHING:
            place = place + 1 & last
        listed[place] = number
    table[:] = listed
    return table


def _calculated(prior: tuple[float, ...], seen: Any, total: Any) -> Any:
    """Return the statistic of counts, in float32."""
    import numpy as np

    numerator, weight, shift, scale = map(np.float32, prior)
    return ((np.asarray(seen, "f4") + numerator) / (np.asarray(total, "f4") + weight) + shift) * scale
