"""Set a process's clock ahead, as far as Python's own modules and pandas read it."""

from __future__ import annotations

import datetime as dt
import gc
import sys
import time
from contextlib import suppress
from typing import Any

DAYS = 401
"""A year, a month and a day of the week later."""

_SHIFT = DAYS * 86_400.0


def set_ahead() -> None:
    """Let `time.time`, `datetime.now`, `date.today` and pandas' `Timestamp.now` give a time that is DAYS later.

    Classes that a model's modules imported by name are replaced as well. What C code reads is not changed.
    """
    now = time.time
    time.time = lambda: now() + _SHIFT
    delta = dt.timedelta(days=DAYS)
    for real, later in ((dt.datetime, _later_moment(delta)), (dt.date, _later_day(delta))):
        for holder in gc.get_referrers(real):
            if isinstance(holder, dict) and "__name__" in holder and holder.get("__name__") not in _KEPT:
                for name in [name for name, value in list(holder.items()) if value is real]:
                    holder[name] = later
        setattr(dt, real.__name__, later)
    pandas = sys.modules.get("pandas")
    with suppress(AttributeError, TypeError):
        _shift_now(pandas.Timestamp, delta)  # type: ignore[union-attr]


_KEPT = {__name__, "datetime", "_pydatetime", "copyreg"}


def _shift_now(kind: Any, delta: dt.timedelta) -> None:
    """Shift pandas' `Timestamp.now`, which `today` and `utcnow` call."""
    real = kind.now
    kind.now = staticmethod(lambda *args, **more: real(*args, **more) + delta)


def _passing_as(real: type) -> Any:
    """Return a metaclass: instances and subclasses of `real` pass as those of its classes."""

    class Kind(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, real)

        def __subclasscheck__(cls, kind: type) -> bool:
            return issubclass(kind, real)

    return Kind


def _later_moment(delta: dt.timedelta) -> type:
    real = dt.datetime

    class Moment(real, metaclass=_passing_as(real)):  # type: ignore[metaclass, misc, valid-type]
        @classmethod
        def now(cls, tz: Any = None) -> dt.datetime:
            return real.now(tz) + delta

        @classmethod
        def utcnow(cls) -> dt.datetime:
            return real.now(dt.timezone.utc).replace(tzinfo=None) + delta

        @classmethod
        def today(cls) -> dt.datetime:
            return real.now() + delta

    return Moment


def _later_day(delta: dt.timedelta) -> type:
    real, moment = dt.date, dt.datetime

    class Day(real, metaclass=_passing_as(real)):  # type: ignore[metaclass, misc, valid-type]
        @classmethod
        def today(cls) -> dt.date:
            return (moment.now() + delta).date()  # the real one asks `time.time`, which is set ahead already

    return Day
