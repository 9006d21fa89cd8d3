"""Stop raising a column's magnitude where the time or the memory of a call grows steeply with it."""

from __future__ import annotations

import resource
import sys
import time
from typing import Any, Dict, List, NamedTuple

Limits = Dict[str, List[Any]]
"""By column, the magnitude from which on it is not asked, and the reason."""

_SECONDS = 1.0
_TIMES = 20.0
"""A call is steep if it takes longer than both: so many seconds, and so many times what the example takes."""

_MEGABYTES = 300.0
"""A call is steep, too, if the memory of the process grows by so much."""

_KILOBYTE = 1 if sys.platform == "darwin" else 1024


class Cost(NamedTuple):
    """The seconds of a call, and the megabytes by which the most memory of this process has grown with it."""

    seconds: float
    megabytes: float


class Meter:
    """Measures a call: `with Meter() as meter: ...`, then `meter.cost`."""

    cost = Cost(0.0, 0.0)

    def __enter__(self) -> Meter:  # noqa: PYI034 - Python 3.7 has no Self
        self._peak, self._start = _peak(), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.cost = Cost(time.perf_counter() - self._start, _peak() - self._peak)


class Gauge:
    """Knows what the example costs, and which magnitudes cost too much.

    Args:
        plain: the row that others differ from in one value; None without rows.
        limits: of an earlier process.
    """

    def __init__(self, plain: dict[str, Any] | None, limits: Limits) -> None:
        self._plain, self.limits = plain or {}, limits
        self._usual: float | None = None

    def reason_not_to_ask(self, row: dict[str, Any]) -> str | None:
        """Return why a row is not asked; None if it is."""
        for name, (most, reason) in self.limits.items():
            if magnitude(row.get(name)) >= most and row.get(name) != self._plain.get(name):
                return str(reason)
        return None

    def is_steep(self, cost: Cost, rows: int = 1) -> bool:
        """Return whether a call for so many rows costs much more than the cheapest one; the first one never does."""
        usual, self._usual = self._usual, min(self._usual or cost.seconds, cost.seconds / rows)
        if usual is None:
            return False
        return cost.seconds > max(_SECONDS, _TIMES * usual * rows) or cost.megabytes > _MEGABYTES

    def limit(self, row: dict[str, Any], cost: Cost) -> Limits:
        """Note that a row cost too much; return the new limit: empty unless the row differs in one large value."""
        changed = [name for name, value in row.items() if value != self._plain.get(name)]
        if len(changed) != 1 or magnitude(row[changed[0]]) <= magnitude(self._plain.get(changed[0])):
            return {}
        [name] = changed
        value = row[name]
        shown = f"a text of {len(value):,} characters" if isinstance(value, str) else repr(value)
        reason = (
            f"with {shown} in {name!r} a call took {cost.seconds:.1f} seconds and {max(0.0, cost.megabytes):.0f} MB "
            "more memory: as much or more was not asked"
        )
        found: Limits = {name: [magnitude(value), reason]}
        self.limits.update(found)
        return found


def magnitude(value: Any) -> float:
    """Return how large a value is: a number's distance from zero, a text's length, 0 for anything else."""
    if isinstance(value, str):
        return float(len(value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return abs(float(value))
    return 0.0


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KILOBYTE / 1e6
