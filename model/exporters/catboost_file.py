"""A CatBoost model, read from its own file format (.cbm).

The file is `CBM1`, the size of a table of FlatBuffers, that table, and the parts that it names: what was counted in
training for combinations of categories, and what is done to texts. Fields have the numbers of CatBoost's schemas, in
`catboost/libs/model/flatbuffers`. CatBoost's JSON holds less: no texts, and of a model that cuts its target into
classes in several ways, the counts of only one.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Tuple

from .flatbuffer import Table, read_u4, root

MEANS = (2, 3)
"""The types of statistics, by number, that add up a target instead of counting its classes."""

EMPTY = (1 << 64) - 1
"""The hash in places of a table that nothing was stored in."""

_HIGH = 2
"""How a file says that missing numbers lie above all borders."""


class Counted(NamedTuple):
    """What was counted for the combinations of some features.

    Attributes:
        hashes: the hash of each combination, int64.
        counts: for each, the number of rows in each class of the target; or the sum of targets and the number of rows.
        whole: the denominator of counters.
    """

    hashes: Any
    counts: Any
    whole: int


class Numbers(NamedTuple):
    """A column of numbers: its own number, its place in the input, its borders, and where missing ones lie."""

    number: int
    column: int
    borders: Any
    high: bool


class Categories(NamedTuple):
    """A column of categories: its own number, its place in the input, and the hashes that trees compare with it."""

    number: int
    column: int
    values: List[int]


class Statistic(NamedTuple):
    """A number made of what was counted for a combination of features.

    Attributes:
        categories: the numbers of columns of categories.
        tests: tests of numbers: a column's number and a border.
        equal: tests of categories: a column's number and a hash.
        kind: the type of statistic, by number.
        target: the border, or the class, of the target.
        prior: what the numerator is increased by, then the denominator, then what is added, then multiplied.
        borders: where the number is cut.
        counted: the counts.
    """

    categories: List[int]
    tests: List[Tuple[int, float]]
    equal: List[Tuple[int, int]]
    kind: int
    target: int
    prior: Tuple[float, ...]
    borders: Any
    counted: Counted


class Model(NamedTuple):
    """A model.

    Attributes:
        trees: the table of trees and features.
        info: texts by name, such as the parameters of the training.
        parts: the parts after the table, by name.
    """

    trees: Table
    info: Dict[str, str]
    parts: Dict[str, bytes]

    def numbers(self) -> list[Numbers]:
        """Return the columns of numbers that trees look at."""
        found = [
            Numbers(one.number(1), one.number(2), one.array(3, "<f4"), one.number(5, "b") == _HIGH)
            for one in self.trees.tables(5)
        ]
        return [one for one in found if len(one.borders)]

    def categories(self) -> list[Categories]:
        """Return all columns of categories."""
        compared = {one.number(0): one.array(1, "<i4").tolist() for one in self.trees.tables(6)}
        return [
            Categories(one.number(0), one.number(1), compared.get(one.number(0), [])) for one in self.trees.tables(4)
        ]

    def statistics(self) -> list[Statistic]:
        """Return the statistics of combinations of categories."""
        features = self.trees.tables(7)
        counted = _tables(self.parts["static_provider_v1"]) if features else {}
        found = []
        for feature in features:
            made = feature.table(0)
            base = made.table(0)
            combined = base.table(0)
            prior = (made.number(2, "f"), made.number(3, "f", 1.0), made.number(4, "f"), made.number(5, "f", 1.0))
            found.append(
                Statistic(
                    combined.array(0, "<i4").tolist(),
                    combined.array(1, [("index", "<i4"), ("border", "<f4")]).tolist(),
                    combined.array(2, [("index", "<i4"), ("value", "<i4")]).tolist(),
                    base.number(1, "b"),
                    made.number(1),
                    prior,
                    feature.array(1, "<f4"),
                    counted[_key(base)],
                )
            )
        return found


def read_model(estimator: Any) -> Model:
    """Return an estimator's model, from the file that it saves."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.cbm"
        estimator.save_model(str(path))
        data = path.read_bytes()
    core = root(data, 8)
    place = 8 + read_u4(data, 4)
    parts: dict[str, bytes] = {}
    for name in (name.rstrip("\0") for name in core.texts(3)):
        parts[name] = data[place:]
        if name == "static_provider_v1":
            place = _end(data, place)
    info = {one.vector(0).decode(): one.vector(1).decode() for one in core.tables(2)}
    return Model(core.table(1), info, parts)


def _end(data: bytes, place: int) -> int:
    """Return where the counts end that begin at a place."""
    count = read_u4(data, place)
    place += 4
    for _ in range(count):
        place += 4 + read_u4(data, place)
    return place


def _tables(data: bytes) -> dict[tuple[Any, ...], Counted]:
    """Return the counts of all combinations, by key."""
    found = {}
    place = 4
    for _ in range(read_u4(data, 0)):
        table = root(data, place + 4)
        found[_key(table.table(0))] = _counts(table)
        place += 4 + read_u4(data, place)
    return found


def _key(base: Table) -> tuple[Any, ...]:
    """Return what makes a statistic another one: the features it combines, its type, and the cut of the target."""
    combined = base.table(0)
    parts = [combined.vector(field, size) for field, size in enumerate((4, 8, 8))]
    return (*parts, base.number(1, "b"), base.number(2))


def _counts(table: Table) -> Counted:
    """Return the counts of a table."""
    import numpy as np

    places = np.frombuffer(table.vector(1), [("hash", "<u8"), ("place", "<u4")])
    places = places[places["hash"] != EMPTY]
    blob = table.vector(2)
    if table.table(0).number(1, "b") in MEANS:
        sums = np.frombuffer(blob, [("sum", "<f4"), ("count", "<i4")])
        counts = np.stack([sums["sum"], sums["count"]], axis=1)
    else:
        counts = np.frombuffer(blob, "<i4").reshape(-1, max(table.number(4), 1))
    return Counted(places["hash"].copy().view("<i8"), counts[places["place"]], table.number(3))
