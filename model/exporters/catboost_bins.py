"""CatBoost's features as the tables of `catboost.bins`: what its trees test, made of numbers and categories.

Statistics of categories (CTRs) are computed here, in float32 as CatBoost does (`TModelCtr::Calc`), for every
combination that was seen in training, and for any other; the handler only looks them up.
"""

from __future__ import annotations

import json
from typing import Any, Callable

from . import Unsupported
from .catboost_file import Counted
from .forms import Rows, Tables, zip_strict

MOST = 255
"""The most borders of one column of bins."""

NOTHING = -1
"""The hash in an empty place of a table; CatBoost never finds it either."""

_COUNTED: dict[str, Callable[[Any, int], tuple[Any, Any]]] = {
    "Borders": lambda counts, border: (counts[:, border + 1 :].sum(axis=1), counts.sum(axis=1)),
    "Buckets": lambda counts, border: (counts[:, border], counts.sum(axis=1)),
    "BinarizedTargetMeanValue": lambda counts, _: (counts[:, 0], counts[:, 1]),
    "FloatTargetMeanValue": lambda counts, _: (counts[:, 0], counts[:, 1]),
    "Counter": lambda counts, _: (counts[:, 0], None),
    "FeatureFreq": lambda counts, _: (counts[:, 0], None),
}
"""The numerator and the denominator of each type of statistics, None for the same in all rows."""


class Bins:
    """Collect columns of bins, and the test that each split of the trees stands for.

    Args:
        content: the model in CatBoost's JSON.
        counted: the counts behind each statistic.

    Attributes:
        numbers: the columns of numbers that trees look at.
        texts: the columns of categories.
        width: the number of columns of bins.
        tests: by the index of a split, the column of bins and the least bin that passes.
    """

    def __init__(self, content: dict[str, Any], counted: list[Counted]) -> None:
        info = content["features_info"]
        self._floats = [feature for feature in info.get("float_features", []) if feature.get("borders")]
        self._categories = info.get("categorical_features", [])
        self.numbers = [int(feature["flat_feature_index"]) for feature in self._floats]
        self.texts = [int(feature["flat_feature_index"]) for feature in self._categories]
        self._places = {feature["feature_index"]: place for place, feature in enumerate(self._categories)}
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
        self._project([_Statistic(one, counts) for one, counts in zip_strict(info.get("ctrs", []), counted)])

    def _cut(self) -> None:
        """Add the columns of numbers; a model that looks at nothing gets one that is always zero."""
        import numpy as np

        for column, feature in enumerate(self._floats):
            borders = np.array(feature["borders"], "f4").tolist()
            high = int(feature["nan_value_treatment"] == "AsTrue")
            begin, end = len(self._borders), len(self._borders) + len(borders)
            self._cuts += [[column, start, min(start + MOST, end), high] for start in range(begin, end, MOST)]
            tests = self._add_columns(len(borders))
            self._parts.update({("float", feature["feature_index"], border): t for border, t in zip(borders, tests)})
            self._borders += borders
            self.tests += tests
        if not self._cuts and not self._categories:
            self.numbers, self._cuts, self.width = [0], [[0, 0, 0, 0]], 1

    def _compare(self) -> None:
        """Add the columns of single categories."""
        for place, feature in enumerate(self._categories):
            for value in feature.get("values") or []:
                self._values.append([place, value])
                self._parts["category", feature["feature_index"], value] = (self.width, 1)
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
            groups.setdefault(json.dumps(statistic.elements), []).append(statistic)
        tests: dict[int, list[tuple[int, int]]] = {}
        for group in groups.values():
            self._add_projection(group)
            tests.update({id(statistic): self._add_columns(len(statistic.borders)) for statistic in group})
        for statistic in statistics:
            self.tests += tests[id(statistic)]

    def _add_projection(self, statistics: list[_Statistic]) -> None:
        """Add what is hashed for statistics of the same combination, and the bins of every hash."""
        import numpy as np

        kinds: dict[str, list[Any]] = {"cat_feature_value": [], "float_feature": [], "cat_feature_exact_value": []}
        for element in statistics[0].elements:
            kinds[element["combination_element"]].append(element)
        names = [self._places[element["cat_feature_index"]] for element in kinds["cat_feature_value"]]
        tests = [
            *(
                ("float", one["float_feature_index"], float(np.float32(one["border"])))
                for one in kinds["float_feature"]
            ),
            *(("category", one["cat_feature_index"], one["value"]) for one in kinds["cat_feature_exact_value"]),
        ]
        self._members += names + [number for test in tests for number in self._parts[test]]
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

        for place, feature in zip(self.numbers, self._floats):
            tables.hint(rows, place, np.array(feature["borders"], "f4"))
        return {
            "op": "catboost.bins",
            "numbers": len(self.numbers),
            "names": [rows.named(place) for place in self.texts],
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
        described: its description in CatBoost's JSON.
        counted: the counts.

    Raises:
        Unsupported: its type is unknown.
    """

    def __init__(self, described: dict[str, Any], counted: Counted) -> None:
        import numpy as np

        kind = described["ctr_type"]
        if kind not in _COUNTED:
            raise Unsupported(f"CatBoost with statistics of type {kind} has no exporter")
        self.elements = described["elements"]
        self.borders = np.array(described["borders"], "f4")
        self.hashes = counted.hashes
        seen, total = _COUNTED[kind](counted.counts, described["target_border_idx"])
        unseen = counted.whole if total is None else 0
        self._seen = _calculated(described, seen, unseen if total is None else total)
        self._unseen = _calculated(described, np.zeros(1), unseen)

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


def _calculated(described: dict[str, Any], seen: Any, total: Any) -> Any:
    """Return the statistic of counts, in float32."""
    import numpy as np

    prior, weight, shift, scale = (
        np.float32(described[name]) for name in ("prior_numerator", "prior_denomerator", "shift", "scale")
    )
    return ((np.asarray(seen, "f4") + prior) / (np.asarray(total, "f4") + weight) + shift) * scale
