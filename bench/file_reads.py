"""Measure what a program reads from the file system at its start, in one that is not timed.

Files are those that Python opens (its audit event `open` in the child) or that are mapped into memory, without the
kernel's own in /proc and /sys. Bytes are those that read() returned (`rchar` in /proc) and the resident part of mapped
files.
"""

import re
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from local.runtime_api import Runtime

OPENED = "opened"
"""Name of the log of opened files."""

_KERNELS = ("/proc/", "/sys/")

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
    with listening() as folder, make({"PYTHONPATH": str(folder), "BENCH_OPENED": str(folder / OPENED)}) as runtime:
        return read_process(runtime.pid, folder / OPENED)


@contextmanager
def listening() -> Iterator[Path]:
    """Yield a directory that makes Python log, if it is on PYTHONPATH, the files it opens to the file BENCH_OPENED."""
    with tempfile.TemporaryDirectory(prefix="thaw-") as name:
        folder = Path(name)
        (folder / "sitecustomize.py").write_text(_LISTENER)
        (folder / OPENED).touch()
        for path, mode in ((folder, 0o755), (folder / OPENED, 0o666)):
            path.chmod(mode)  # a container has another user
        yield folder


def read_process(pid: int, opened: Path) -> FileReads:
    """Return what a process, perhaps of a container, has read so far.

    Args:
        pid: its number on this machine.
        opened: its log of opened files.

    Raises:
        OSError: the process is gone, or another user's.
    """
    process = Path(f"/proc/{pid}")
    read = int(re.findall(r"^rchar: (\d+)$", (process / "io").read_text(), re.MULTILINE)[0])
    mapped = _mapped((process / "smaps").read_text())
    names = {*opened.read_text(errors="surrogateescape").splitlines(), *mapped}
    files = {_identity(process, name) for name in names if not name.startswith(_KERNELS)} - {None}
    return FileReads(len(files), read / 1e6, sum(mapped.values()) / 1e6)


def _identity(process: Path, name: str) -> tuple[int, int] | None:
    """Return device and number of a file, by its name in the process; None if it is none."""
    try:
        found = (Path(f"{process}/root{name}") if name.startswith("/") else process / "cwd" / name).stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


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
