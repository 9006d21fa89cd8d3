"""Size limits of requests, derived from the memory that this process may use."""

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from handler.files import AnyPath, read_bytes
from handler.schema.batch import CELLS

MAX_BODY = 16_777_216
"""Maximum size of a decompressed body in bytes, whatever the memory."""

LARGE = 1_048_576
"""Bytes of a decompressed body from which on requests run one after the other: decoding blocks other threads."""

# Measured by tests/test_limits.py: Python's objects for a body of short values, and for a value in and out of a model.
BYTES_PER_BODY_BYTE = 70
BYTES_PER_CELL = 100

_SHARE = 0.8  # of the memory that is left once the model is loaded
_MAX_MEMORY = 2_560 * 1024**2
_MIN_BODY, _MIN_CELLS = 262_144, 100_000
_EXTRA_CELLS = 3  # a row's own dict and its JSON
_SHORTEST_ROW = 2  # bytes: a digit and a line end

# https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files, and the file of version 1.
_LIMIT_FILES = ("memory.max", "memory/memory.limit_in_bytes")
_CGROUP = "/sys/fs/cgroup"


class Limits(NamedTuple):
    """Limits of the requests to one process.

    Attributes:
        memory: bytes that all requests together may use.
        body: maximum size of a decompressed body in bytes.
        cells: maximum number of values of a request: rows times columns, input and output.
    """

    memory: int = _MAX_MEMORY
    body: int = MAX_BODY
    cells: int = CELLS

    def rows(self, columns: int) -> int:
        """Return the maximum number of rows for a model with so many input and output columns."""
        return self.cells // (columns + _EXTRA_CELLS)

    def cost(self, body: int, columns: int) -> int:
        """Return an upper bound of the bytes that a request uses; over half of all for a large one, so that one runs.

        Args:
            body: size of its decompressed body.
            columns: number of input and output columns of the model.
        """
        rows = min(self.rows(columns), body // _SHORTEST_ROW)
        least = self.memory // 2 + 1 if body > LARGE else 0
        return min(self.memory, max(least, BYTES_PER_BODY_BYTE * body + BYTES_PER_CELL * rows * columns))


def of_process(environment: Mapping[str, str], cgroup: AnyPath = _CGROUP) -> Limits:
    """Return the limits for this process, which has loaded its model; workers share the memory evenly."""
    workers = environment.get("WEB_CONCURRENCY") or environment.get("AWS_LAMBDA_MAX_CONCURRENCY") or "1"
    share = total_memory(environment, cgroup) // (int(workers) if workers.isdecimal() and int(workers) else 1)
    return of_memory(int((share - _resident()) * _SHARE))


def of_memory(memory: int) -> Limits:
    """Return the limits for requests that may use so many bytes together: half for bodies, half for rows."""
    memory = max(0, min(memory, _MAX_MEMORY))
    return Limits(
        memory=max(memory, _MIN_BODY * BYTES_PER_BODY_BYTE + _MIN_CELLS * BYTES_PER_CELL),
        body=max(_MIN_BODY, min(MAX_BODY, memory // 2 // BYTES_PER_BODY_BYTE)),
        cells=max(_MIN_CELLS, min(CELLS, memory // 2 // BYTES_PER_CELL)),
    )


def total_memory(environment: Mapping[str, str], cgroup: AnyPath = _CGROUP) -> int:
    """Return the memory limit of the function or container in bytes, else the machine's memory."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    function = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
    if function.isdecimal():
        return int(function) * 1024**2
    for name in _LIMIT_FILES:
        with suppress(OSError, ValueError):  # another version of cgroups, or no limit: "max"
            return min(machine, int(read_bytes(cgroup, name)))
    return machine


def _resident() -> int:
    """Return the memory that this process uses now, in bytes."""
    try:
        pages = read_bytes("/proc/self/statm").split()[1]
    except OSError:  # not Linux
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
