"""What a CatBoost model counted in training, read from its own file format (.cbm).

CatBoost's JSON holds the same counts, but loses those of all but one way to cut the target into classes, where a model
has several. The file is `CBM1`, the size of a table of FlatBuffers, that table, the number of counted combinations, and
for each of them the size of its table and the table. Fields have the numbers of CatBoost's schemas, in
`catboost/libs/model/flatbuffers`; FlatBuffers' own format is described at flatbuffers.dev, under internals.
"""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path
from typing import Any, Iterator, NamedTuple

MEANS = (2, 3)
"""The types of statistics, by number, that add up a target instead of counting its classes."""

EMPTY = (1 << 64) - 1
"""The hash in places of a table that nothing was stored in."""

_TREES = 1  # TModelCore
_STATISTICS = 7  # TModelTrees
_MEMBERS = (4, 8, 8)
"""The sizes of a combination's members: categories, tests of numbers and tests of categories."""


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


def counted(estimator: Any) -> list[Counted]:
    """Return the counts behind each statistic that a model makes of categories, in the model's order."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.cbm"
        estimator.save_model(str(path))
        data = path.read_bytes()
    end = 8 + _u4(data, 4)
    features = _root(data, 8).table(_TREES).tables(_STATISTICS)
    wanted = [_key(feature.table(0).table(0)) for feature in features]
    found = dict(_tables(data, end)) if wanted else {}
    return [found[key] for key in wanted]


def _tables(data: bytes, start: int) -> Iterator[tuple[tuple[Any, ...], Counted]]:
    """Return the counts of all combinations, by key."""
    place = start + 4
    for _ in range(_u4(data, start)):
        table = _root(data, place + 4)
        yield _key(table.table(0)), _counts(table)
        place += 4 + _u4(data, place)


def _key(base: _Table) -> tuple[Any, ...]:
    """Return what makes a statistic another one: the features it combines, its type, and the cut of the target."""
    combined = base.table(0)
    parts = [combined.vector(field, size) for field, size in enumerate(_MEMBERS)]
    return (*parts, base.number(1, "b"), base.number(2))


def _counts(table: _Table) -> Counted:
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


class _Table:
    """A table of FlatBuffers.

    Args:
        data: the file.
        start: the table's first byte.
    """

    def __init__(self, data: bytes, start: int) -> None:
        self._data = data
        self._start = start
        self._fields = start - int(struct.unpack_from("<i", data, start)[0])

    def _place(self, field: int) -> int:
        """Return a field's first byte, 0 if it has its default."""
        entry = 4 + 2 * field
        if entry >= struct.unpack_from("<H", self._data, self._fields)[0]:
            return 0
        offset = int(struct.unpack_from("<H", self._data, self._fields + entry)[0])
        return self._start + offset if offset else 0

    def number(self, field: int, kind: str = "i") -> int:
        """Return a whole number."""
        place = self._place(field)
        return int(struct.unpack_from(f"<{kind}", self._data, place)[0]) if place else 0

    def table(self, field: int) -> _Table:
        """Return a table."""
        place = self._place(field)
        return _Table(self._data, place + _u4(self._data, place))

    def tables(self, field: int) -> list[_Table]:
        """Return a vector of tables."""
        place = self._place(field)
        if not place:
            return []
        start = place + _u4(self._data, place)
        places = range(start + 4, start + 4 + 4 * _u4(self._data, start), 4)
        return [_Table(self._data, place + _u4(self._data, place)) for place in places]

    def vector(self, field: int, size: int = 1) -> bytes:
        """Return a vector of items of `size` bytes, as bytes."""
        place = self._place(field)
        if not place:
            return b""
        start = place + _u4(self._data, place)
        return self._data[start + 4 : start + 4 + size * _u4(self._data, start)]


def _root(data: bytes, start: int) -> _Table:
    return _Table(data, start + _u4(data, start))


def _u4(data: bytes, place: int) -> int:
    return int(struct.unpack_from("<I", data, place)[0])
