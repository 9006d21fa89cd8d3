"""Count hashes of categories (category_encoders.HashingEncoder)."""

import hashlib
from functools import lru_cache
from typing import Any

from handler.backends.compiled.graph import Batch, Operation

REMEMBERED = 10_000


def counts(method: str, width: int) -> Operation:
    """Count the hashes of each row's texts modulo `width`; columns to columns, None is not counted."""

    @lru_cache(REMEMBERED)
    def place(value: Any) -> int:
        return int.from_bytes(hashlib.new(method, str(value).encode()).digest(), "big") % width

    def apply(columns: Batch) -> Batch:
        found = [[0] * len(columns[0]) for _ in range(width)]
        for column in columns:
            for row, value in enumerate(column):
                if value is not None:
                    found[place(value)][row] += 1
        return found

    return apply


OPERATIONS = {"counts": counts}
