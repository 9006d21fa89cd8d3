"""A timeout for every request of a worker, with one timer for all: a timer each makes a short request slower."""

import asyncio
from types import TracebackType
from typing import Any


class Deadlines:
    """Limits the time of a block, in any number of tasks at once; a task has at most one such block.

    A block that takes too long is cancelled, and raises TimeoutError.

    Args:
        seconds: the time that each block has.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._running: dict[Any, float] = {}  # by start, so that the first task has the next deadline
        self._late: set[Any] = set()
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        self._running[asyncio.current_task()] = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._cancel_late)

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        task: Any = asyncio.current_task()
        self._running.pop(task, None)
        if task in self._late:
            self._late.remove(task)
            if task.uncancel() == 0 and kind is asyncio.CancelledError:
                raise TimeoutError from None

    def _cancel_late(self) -> None:
        """Cancel the tasks whose deadline has passed, and wait for the next deadline."""
        loop = asyncio.get_running_loop()
        self._timer = None
        for task, deadline in list(self._running.items()):
            if deadline > loop.time():
                self._timer = loop.call_at(deadline, self._cancel_late)
                return
            del self._running[task]
            self._late.add(task)
            task.cancel()
