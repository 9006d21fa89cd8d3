"""Reserve memory for requests, so that those in flight together stay within a limit."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Reservations:
    """A semaphore of bytes, first come, first served.

    Args:
        total: bytes that all reservations together may have.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._free = total
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def reserve(self, size: int) -> AsyncIterator[None]:
        """Wait until `size` bytes are free, and hold them for the block; more than the total counts as the total."""
        size = min(size, self._total)
        await self._acquire(size)
        try:
            yield
        finally:
            self._free += size
            self._admit()

    async def _acquire(self, size: int) -> None:
        admitted = asyncio.get_running_loop().create_future()
        self._waiting.append((size, admitted))
        self._admit()
        try:
            await admitted
        except asyncio.CancelledError:
            if admitted.done() and not admitted.cancelled():
                self._free += size
            else:
                self._waiting.remove((size, admitted))
            self._admit()
            raise

    def _admit(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._free:
            size, admitted = self._waiting.popleft()
            self._free -= size
            admitted.set_result(None)
