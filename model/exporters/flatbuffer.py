"""Tables of FlatBuffers, read without a schema: fields by their number (flatbuffers.dev, under internals)."""

from __future__ import annotations

import struct
from typing import Any


class Table:
    """A table.

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

    def number(self, field: int, kind: str = "i", default: float = 0) -> Any:
        """Return a number of a kind of the module struct."""
        place = self._place(field)
        return struct.unpack_from(f"<{kind}", self._data, place)[0] if place else default

    def fixed(self, field: int, size: int) -> bytes:
        """Return a struct of so many bytes; zeros by default."""
        place = self._place(field)
        return self._data[place : place + size] if place else bytes(size)

    def table(self, field: int) -> Table:
        """Return a table."""
        place = self._place(field)
        return Table(self._data, place + read_u4(self._data, place))

    def tables(self, field: int) -> list[Table]:
        """Return a vector of tables."""
        return [Table(self._data, start) for start in self._targets(field)]

    def texts(self, field: int) -> list[str]:
        """Return a vector of texts."""
        sized = [(start, read_u4(self._data, start)) for start in self._targets(field)]
        return [self._data[start + 4 : start + 4 + size].decode() for start, size in sized]

    def _targets(self, field: int) -> list[int]:
        """Return where the items of a vector of offsets begin."""
        place = self._place(field)
        if not place:
            return []
        start = place + read_u4(self._data, place)
        places = range(start + 4, start + 4 + 4 * read_u4(self._data, start), 4)
        return [place + read_u4(self._data, place) for place in places]

    def vector(self, field: int, size: int = 1) -> bytes:
        """Return a vector of items of `size` bytes, or a text, as bytes."""
        place = self._place(field)
        if not place:
            return b""
        start = place + read_u4(self._data, place)
        return self._data[start + 4 : start + 4 + size * read_u4(self._data, start)]

    def array(self, field: int, dtype: Any) -> Any:
        """Return a vector of numbers or structs as an array of numpy."""
        import numpy as np

        return np.frombuffer(self.vector(field, np.dtype(dtype).itemsize), dtype)


def root(data: bytes, start: int = 0) -> Table:
    """Return the table that a buffer begins with."""
    return Table(data, start + read_u4(data, start))


def read_u4(data: bytes, place: int) -> int:
    """Return a whole number of four bytes."""
    return int(struct.unpack_from("<I", data, place)[0])
