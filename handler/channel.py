"""Pass a response from the thread that runs the model to the event loop that sends it: whole, or part by part."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import closing

from handler.message import Response

_AHEAD = 8
"""Parts that the model may be ahead of the client."""


class Channel:
    """The way of one response.

    Attributes:
        response: the response, as soon as its status is known.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._parts: asyncio.Queue[bytes | None] = asyncio.Queue(_AHEAD)
        self._closed = threading.Event()
        self.response: asyncio.Future[Response] = self._loop.create_future()

    def run(self, answer: Callable[[], Response]) -> None:
        """Pass on what `answer` returns, and then its stream until it ends or the channel is closed.

        Runs in a thread, because the variables of a context that MLflow sets must be reset in the same thread.
        """
        response = answer()
        self._loop.call_soon_threadsafe(self._begin, response)
        if response.stream is None:
            return
        with closing(response.stream):
            for part in response.stream:
                if self._closed.is_set():
                    return
                self._put(part)
        self._put(None)

    def _begin(self, response: Response) -> None:
        if not self.response.done():  # the caller may have given up
            self.response.set_result(response)

    def _put(self, part: bytes | None) -> None:
        asyncio.run_coroutine_threadsafe(self._parts.put(part), self._loop).result()

    async def next(self) -> bytes | None:
        """Return the next part of the stream; None at its end, or when the channel is closed."""
        return await self._parts.get()

    def close(self) -> None:
        """Stop the stream: the model is not asked for further parts."""
        self._closed.set()
        while not self._parts.empty():
            self._parts.get_nowait()
        self._parts.put_nowait(None)
