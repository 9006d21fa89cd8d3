"""Measure what a program reads from the file system until its first poll, in a start that is not timed.

Files are those that Python opens (its audit event `open` in the child) or that are mapped into memory, without the
kernel's own in /proc and /sys. Bytes are those that read() returned (`rchar` in /proc) and the resident part of mapped
files.
"""

import os
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from local.runtime_api import Runtime

# The child logs the name of each file that it opens.
_LISTENER = """
import os, sys

log = os.open(os.environ["BENCH_OPENED"], os.O_WRONLY | os.O_APPEND)

def listen(event, given):
    if event == "open" and not isinstance(given[0], int):
        os.write(log, os.fsencode(given[0]) + bytes([10]))

sys.addaudithook(listen)
"""

_MAPPING = re.compile(r"^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+ +(/.*)$")


class FileReads(NamedTuple):
    """Files read during one start.

    Attributes:
        files: number of distinct files opened or mapped.
        read: MB that read() returned.
        mapped: resident MB of mapped files.
    """

    files: int
    read: float
    mapped: float


def measure_file_reads(make: Callable[[Mapping[str, str]], Runtime]) -> FileReads:
    """Start a program once and return what it read.

    Args:
        make: creates its sandbox, with further environment variables.

    Raises:
        InitError: the program did not load.
    """
    with tempfile.TemporaryDirectory(prefix="thaw-") as folder:
        (Path(folder) / "sitecustomize.py").write_text(_LISTENER)
        opened = Path(folder) / "opened"
        opened.touch()
        with make({"PYTHONPATH": folder, "BENCH_OPENED": str(opened)}) as runtime:
            process = Path(f"/proc/{runtime.pid}")
            read = int(re.findall(r"^rchar: (\d+)$", (process / "io").read_text(), re.MULTILINE)[0])
            mapped = _mapped((process / "smaps").read_text())
        names = set(opened.read_text(errors="surrogateescape").splitlines())
    files = {os.path.realpath(name) for name in names} | set(mapped)
    files = {name for name in files if Path(name).is_file() and not name.startswith(("/proc/", "/sys/"))}
    return FileReads(len(files), read / 1e6, sum(mapped.values()) / 1e6)


def _mapped(smaps: str) -> dict[str, int]:
    """Return the resident bytes of mappings by file; see proc(5)."""
    found: dict[str, int] = {}
    name = None
    for line in smaps.splitlines():
        if re.match(r"[0-9a-f]+-", line):
            name = match[1] if (match := _MAPPING.match(line)) else None
        elif name and line.startswith("Rss:"):
            found[name] = found.get(name, 0) + int(line.split()[1]) * 1024
    return found
