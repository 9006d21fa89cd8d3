"""Find dates in the index of a time series, as pandas does, and dates that follow it."""

import re
from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from handler.backends.compiled.graph import Operation
from handler.errors import InvalidValue

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the series' dates have no zone
_YEARS = range(1678, 2262)  # that have nanoseconds since 1970 in 64 bits
_TEXT = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?)?)?)?", re.ASCII)
_FINENESS = (0, 2, 3, 4, 5, 6, 7)  # of a year, month, day, hour, minute, second and fraction; 1 is a quarter's


class _Index(NamedTuple):
    """The dates of a series.

    Attributes:
        dates: nanoseconds since 1970, ascending: those of the sample, then those that follow.
        known: how many belong to the sample.
        kind: `points`; `periods`, of which these are the first moments; or `labels`, which nothing follows.
    """

    dates: Any
    known: int
    kind: str

    def places(self, low: int, high: int | None) -> tuple[int, int]:
        """Return the first and the last position of a moment, or of the time from `low` to `high`.

        Raises:
            InvalidValue: the series has no such date.
        """
        dates, count, periods = self.dates, self.known, self.kind == "periods"
        place = bisect_right(dates, low) - 1 if periods else bisect_left(dates, low)
        after = place >= count if periods else low > dates[count - 1]
        if after and place >= len(dates) - periods:
            raise InvalidValue(f"{_written(low)} is too far after {_written(dates[count - 1])}, the last date")
        if after:
            return place, place
        if high is not None:
            place = max(0, place) if periods else bisect_left(dates, low, 0, count)
            last = bisect_right(dates, high, 0, count) - 1
            if place <= last:
                return place, place if self.kind == "labels" else last
        elif place >= 0 and (periods or dates[place] == low):
            return place, place
        raise InvalidValue(f"{_written(low)} is not a date of the series, which begins with {_written(dates[0])}")


def moments(dates: Any, count: int, kind: str) -> Operation:
    """Return the positions of date-times; `dates` is an array, or the first, the end and the step of a range."""
    index = _Index(range(*dates) if isinstance(dates, list) else dates, count, kind)
    return lambda values: [
        None if value is None else index.places(_nanoseconds(value) + getattr(value, "nanosecond", 0), None)
        for value in values
    ]


def texts(dates: Any, count: int, kind: str, fineness: int, finer: bool) -> Operation:
    """Return the positions of texts: ISO dates and date-times, and parts of them that name a year, a month, an hour.

    Args:
        dates: as in `moments`.
        count: the number of observations in the sample.
        kind: as in `_Index`.
        fineness: of the index; a text that is less fine stands for all dates in its time.
        finer: whether a text that is finer than a period stands for it within the sample.
    """
    index = _Index(range(*dates) if isinstance(dates, list) else dates, count, kind)

    def find(text: str) -> tuple[int, int]:
        low, high, fine = _read(text)
        places = index.places(low, high if fine < fineness else None)
        if fine > fineness and kind == "periods" and not finer and places[0] < count:
            raise InvalidValue(f"{text} is finer than the periods of the series")
        return places

    return lambda values: [None if value is None else find(value) for value in values]


def _read(text: str) -> tuple[int, int, int]:
    """Return the first and the last nanosecond that a text stands for, and its fineness.

    Raises:
        InvalidValue: it is not an ISO date, or no such date exists.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        raise InvalidValue("expected an ISO date or date-time, such as 2026-01-31, or a part of one, such as 2026-01")
    parts = [part for part in match.groups() if part]
    year, month, day, hour, minute, second = [*map(int, parts[:6]), *(1, 1, 0, 0, 0)[len(parts[:6]) - 1 :]]
    length = len(parts) - 1
    try:
        first = _moment(year, month, day, hour, minute, second)
        after = (
            _moment(year + 1),
            _moment(year + month // 12, month % 12 + 1),
            *(first + timedelta(**{unit: 1}) for unit in ("days", "hours", "minutes", "seconds", "seconds")),
        )[length]
    except ValueError:
        raise InvalidValue(f"expected a date that exists, got {text}") from None
    if year not in _YEARS:
        raise InvalidValue(f"expected a year from {_YEARS[0]} to {_YEARS[-1]}, got {text}")
    fraction = int(parts[-1].ljust(9, "0")) if len(parts) == len(_FINENESS) else 0
    return _nanoseconds(first) + fraction, _nanoseconds(after) - 1, _FINENESS[length]


def _moment(year: int, month: int = 1, day: int = 1, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the series' dates have no zone


def _nanoseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


def _written(nanoseconds: int) -> str:
    return (_EPOCH + timedelta(microseconds=nanoseconds // 1000)).isoformat().removesuffix("T00:00:00")


OPERATIONS = {"moments": moments, "texts": texts}
