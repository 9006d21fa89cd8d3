"""Columns whose names msgspec does not accept as fields: stand-ins take the place of some characters."""

from collections.abc import Callable
from typing import Any

import msgspec

_STAND_INS: dict[int, int | str] = {
    **{code: 0x2400 + code for code in range(32)},
    ord('"'): "\N{DOUBLE PRIME}",
    ord("\\"): "\N{FULLWIDTH REVERSE SOLIDUS}",
}


def replace(name: str) -> str:
    """Return a column's name with stand-ins."""
    return name.translate(_STAND_INS)


def decoder(row: Any) -> Callable[[bytes], Any]:
    """Return a decoder of rows, or lists of them, whose columns are called by their names with stand-ins."""

    def rename(value: Any) -> Any:
        return {replace(name): inner for name, inner in value.items()} if isinstance(value, dict) else value

    def decode(body: bytes) -> Any:
        decoded = msgspec.json.decode(body)
        rows = [*map(rename, decoded)] if isinstance(decoded, list) else rename(decoded)
        return msgspec.convert(rows, row | list[row])

    return decode
