"""A transport that sends a response's head with the beginning of its body; uvicorn writes them one after the other.

Each write is a system call, and wakes the client: one less makes a short response a tenth cheaper.
"""

import asyncio
from typing import Any

_LARGE = 65_536
"""Bytes from which on two buffers are sent faster than one copy of both is made."""


class JoinedWrites:
    """Holds the first write of a turn of the event loop until the second, or until the turn ends.

    Args:
        transport: the connection's transport.
        loop: its event loop.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held = b""
        self.is_closing = transport.is_closing
        self.get_extra_info = transport.get_extra_info
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading

    def write(self, data: Any) -> None:
        """Send what is held and the data; hold the data if nothing is held."""
        if self._held:
            held, self._held = self._held, b""
            if len(data) < _LARGE:
                self._transport.write(held + data)
            else:
                self._transport.writelines((held, data))
        elif data:
            self._held = data
            self._loop.call_soon(self._send_held)

    def close(self) -> None:
        """Send what is held and close the connection."""
        self._send_held()
        self._transport.close()

    def abort(self) -> None:
        """Close the connection without sending what is held."""
        self._held = b""
        self._transport.abort()

    def _send_held(self) -> None:
        held, self._held = self._held, b""
        if held and not self.is_closing():
            self._transport.write(held)
