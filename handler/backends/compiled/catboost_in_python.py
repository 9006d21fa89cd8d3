"""Evaluate the tables of CatBoost's bins and symmetric trees, described in `catboost.py`, in pure Python."""

import math
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from handler.backends.compiled.city import city
from handler.backends.compiled.functions import float32s
from handler.backends.compiled.graph import Batch

_WORD = (1 << 64) - 1
_COMBINED = 0x4906BA494954CB65  # the multiplier of CatBoost's hash of several numbers
_NOTHING = -1  # the hash in an empty place
_BYTE, _DEEPEST, _BEYOND = 255, 16, 2**31


class _Projection(NamedTuple):
    """A projection's part of the tables: its members, the hash in each place, and the bins."""

    names: list[int]
    tests: list[list[int]]
    hashes: Any
    known: list[bytes]

    def bins(self, rows: Iterator[Any]) -> list[bytes]:
        """Return the columns of bins, given the numbers of each row to hash."""
        places = []
        for row in rows:
            found = 0
            for number in row:
                found = combined(found, number)
            places.append(self._place(signed(found, 64)))
        return [bytes(column) for column in zip(*(self.known[place] for place in places), strict=True)]

    def _place(self, found: int) -> int:
        """Return the place of a hash, or the empty place where it would be."""
        last = len(self.hashes) - 1
        place = found & last
        for _ in range(last):
            if self.hashes[place] in (found, _NOTHING):
                break
            place = place + 1 & last
        return place


def binner(
    numbers: int,
    texts: int,
    borders: Any,
    cuts: Any,
    values: Any,
    members: Any,
    projections: Any,
    places: Any,
) -> Any:
    """Check the tables and return the function from columns to columns of bins.

    Raises:
        ValueError: a table does not fit the others; names it.
    """
    if not (0 <= numbers < _BEYOND and 0 <= texts < _BEYOND and numbers + texts):
        raise ValueError("columns do not fit the other tables")
    cut, equal = _split("cuts", cuts, 4), _split("values", values, 2)
    if not all(
        0 <= column < numbers and 0 <= start <= end <= len(borders) and end - start <= _BYTE
        for column, start, end, _ in cut
    ):
        raise ValueError("cuts do not fit the other tables")
    if not all(low <= high for _, start, end, _ in cut for low, high in pairwise(borders[start:end])):
        raise ValueError("borders do not fit the other tables")
    if not all(0 <= column < texts for column, _ in equal):
        raise ValueError("values do not fit the other tables")
    parts = list(_projections(members, projections, places, texts, len(cut) + len(equal)))

    def find(columns: Batch) -> bytes:
        count = len(columns[0])
        if len(columns) != numbers + texts or any(len(column) != count for column in columns):
            raise ValueError("columns of another number or length")
        narrow = [float32s(column) for column in columns[:numbers]]
        named = [[_hashed(text) for text in column] for column in columns[numbers:]]
        found = [bytes(_bin(borders, value, *limits) for value in narrow[column]) for column, *limits in cut]
        found += [bytes(value == other for other in named[column]) for column, value in equal]
        for part in parts:
            hashed = [named[column] for column in part.names]
            hashed += [[byte >= least for byte in found[column]] for column, least in part.tests]
            found += part.bins(zip(*hashed, strict=True) if hashed else iter([()] * count))
        return b"".join(found)

    return find


def _split(name: str, table: Any, size: int) -> list[list[int]]:
    """Return the items of a table.

    Raises:
        ValueError: the last one is not whole; names the table.
    """
    if len(table) % size:
        raise ValueError(f"{name} do not fit the other tables")
    listed = table.tolist()
    return [listed[start : start + size] for start in range(0, len(listed), size)]


def _projections(members: Any, projections: Any, places: Any, texts: int, tested: int) -> Iterator[_Projection]:
    """Cut the tables into projections.

    Raises:
        ValueError: numbers are left over in the tables, or a member is not the index of a column.
    """
    member = word = 0
    for names, tests, count, width in _split("projections", projections, 4):
        size = 1 + (width + 7) // 8
        ends = member + names + 2 * tests, word + count * size
        if min(names, tests, count - 1, width - 1) < 0 or count & count - 1 or width >= _BEYOND - 1:
            raise ValueError("projections do not fit the other tables")
        if ends[0] > len(members) or ends[1] > len(places):
            raise ValueError("projections do not fit the other tables")
        own = members[member : member + names].tolist()
        pairs = _split("members", members[member + names : ends[0]], 2)
        if not all(0 <= name < texts for name in own) or not all(0 <= column < tested for column, _ in pairs):
            raise ValueError("members do not fit the other tables")
        table = places[word : ends[1]]
        behind = table.cast("B")
        known = [bytes(behind[start : start + width]) for start in range(8, len(behind), 8 * size)]
        yield _Projection(own, pairs, table[::size], known)
        member, word = ends
    if (member, word) != (len(members), len(places)):
        raise ValueError("projections do not fit the other tables")


def _bin(borders: Any, value: float, start: int, end: int, high: int) -> int:
    if math.isnan(value):
        return end - start if high else 0
    return bisect_left(borders, value, start, end) - start


def adder(depths: Any, splits: Any, leaves: Any, columns: int, width: int) -> Any:
    """Check the tables and return the function that adds up leaves.

    Raises:
        ValueError: a table does not fit the others; names it.
    """
    tests = _split("splits", splits, 2)
    starts = [0, *accumulate(depths)]
    wrong = {
        "columns": not 1 <= columns < _BEYOND,
        "width": not 1 <= width < _BEYOND,
        "depths": not depths or not all(0 <= depth <= _DEEPEST for depth in depths),
        "splits": starts[-1] != len(tests)
        or not all(0 <= column < columns and 0 <= least <= _BYTE for column, least in tests),
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise ValueError(f"{name} do not fit the other tables")
    places = [0, *accumulate((1 << depth) * width for depth in depths)]
    if places[-1] != len(leaves):
        raise ValueError("leaves do not fit the other tables")
    known = [(tests[start:end], place) for (start, end), place in zip(pairwise(starts), places, strict=False)]

    def add(found: bytes) -> Batch:
        count, beyond = divmod(len(found), columns)
        if beyond:
            raise ValueError("bins of another number of columns")
        bins = [found[start : start + count] for start in range(0, len(found), count)] if count else []
        totals = [[0.0] * count for _ in range(width)]
        for own, place in known if count else []:
            numbers = [0] * count
            for level, (column, least) in enumerate(own):
                bit = 1 << level
                numbers = [
                    number | bit if byte >= least else number
                    for number, byte in zip(numbers, bins[column], strict=True)
                ]
            for out, total in enumerate(totals):
                for row, number in enumerate(numbers):
                    total[row] += leaves[place + number * width + out]
        return totals

    return add


def signed(number: int, bits: int) -> int:
    """Return the lower bits of a number as a signed one."""
    number &= (1 << bits) - 1
    return number - (number >> bits - 1 << bits)


def combined(found: int, number: int) -> int:
    """Return CatBoost's hash of several numbers, given that of all but the last."""
    return _COMBINED * (found + _COMBINED * number) & _WORD


@lru_cache(10_000)
def _hashed(text: str) -> int:
    """Return the hash of a category: the lower half of that of its text.

    Raises:
        TypeError: it is not a str.
    """
    return signed(city(str.encode(text)), 32)
