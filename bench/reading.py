"""What a program reads from the file system until it asks for its first event, in a start that is not timed.

Files are those that Python opens (its audit event `open`, heard in the child) or that are mapped into memory.
Bytes are those that read() gave (`rchar` of /proc) and the resident part of mapped files.
"""

import os
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from local.runtime_api import Runtime

# The child writes the name of each file that is opened: a line for each.
_LISTENER = """
import os, sys

log = os.open(os.environ["BENCH_OPENED"], os.O_WRONLY | os.O_APPEND)

def listen(event, given):
    if event == "open" and not isinstance(given[0], int):
        os.write(log, os.fsencode(given[0]) + bytes([10]))

sys.addaudithook(listen)
"""

_MAPPING = re.compile(r"^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+ +(/.*)$")


class Reading(NamedTuple):
    """What one start read.

    Attributes:
        files: distinct ones opened or mapped.
        read: MB that read() gave.
        mapped: MB of mapped files that are resident.
    """

    files: int
    read: float
    mapped: float


def reading(make: Callable[[Mapping[str, str]], Runtime]) -> Reading:
    """Start a program once.

    Args:
        make: makes its sandbox, with more environment variables.

    Raises:
        InitError: it did not load.
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
    return Reading(len({name for name in files if Path(name).is_file()}), read / 1e6, sum(mapped.values()) / 1e6)


def _mapped(smaps: str) -> dict[str, int]:
    """By file, the bytes of its mappings that are resident; see proc(5)."""
    found: dict[str, int] = {}
    name = None
    for line in smaps.splitlines():
        if re.match(r"[0-9a-f]+-", line):
            name = match[1] if (match := _MAPPING.match(line)) else None
        elif name and line.startswith("Rss:"):
            found[name] = found.get(name, 0) + int(line.split()[1]) * 1024
    return found
