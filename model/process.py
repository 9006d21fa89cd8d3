"""Run a module of `model/child/` in another interpreter, where a model may do as it likes: even kill it."""

import contextlib
import errno
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from model.errors import ModelError
from model.work_folder import work_folder

ROOT = Path(__file__).resolve().parents[1]
HANDLER = ROOT / "handler"
EXPORTERS = tuple(ROOT / "model" / name for name in ("exporters", "tracing", "writers"))

_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "TQDM_DISABLE": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
}
# Rows asked one by one take a hundred times as long where two threads wait for each other.
_ALONE = {"OMP_NUM_THREADS": "1"}
_FOREIGN = ("PYTHON", "VIRTUAL_ENV", "THAW_")
_PACKAGE = "thaw_child"
_WATCH_SECONDS = 0.1
_MOST_MEGABYTES = 8000  # of one child, where nothing else is said
_MOST_SAID = 50_000_000  # bytes of a child's own words that are kept
_OUTPUT = 1_000_000  # characters of a child's own words that are looked at

# Works on every Python: nothing of the working directory on the path, and no child outlives its parent.
_BOOT = f"""
import sys
sys.path[:] = [folder for folder in sys.path if folder]
try:
    import ctypes
    ctypes.CDLL(None).prctl(1, 9)
except Exception:
    pass
import runpy
name = sys.argv.pop(1)
if name.endswith(".py"):
    sys.argv[0] = name
    runpy.run_path(name, run_name="__main__")
else:
    runpy.run_module("{_PACKAGE}." + name, run_name="__main__", alter_sys=True)
"""


class Limits(NamedTuple):
    """The limits of a child.

    Attributes:
        seconds: in all.
        call_seconds: between two lines of its progress, once there is one.
        megabytes: resident memory of it and its own children.
    """

    seconds: float = 1800.0
    call_seconds: float = 300.0
    megabytes: float | None = None


class ChildError(ModelError):
    """The child could not finish; `died` if its interpreter was killed, `progress` is what it had done by then."""

    def __init__(self, message: str, *, died: bool = False, progress: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.died = died
        self.progress = list(progress)


def child_environment(**more: str) -> dict[str, str]:
    """Return this process's variables without those that would change another interpreter, and with `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return {**_ALONE, **kept, **_QUIET, **more}


@contextlib.contextmanager
def import_folder(*packages: Path) -> Iterator[Path]:
    """Make a folder from which packages of this repository can be imported, and nothing else of it."""
    with work_folder("thaw-") as folder:
        for package in packages:
            (folder / package.name).symlink_to(package)
        yield folder


def handler_alone() -> contextlib.AbstractContextManager[Path]:
    """Make a folder that holds `handler/` and nothing else of this repository: what the image's task root holds."""
    return import_folder(HANDLER)


def run(
    python: Path,
    module: str,
    request: Mapping[str, Any],
    *,
    packages: Sequence[Path] = (),
    folders: Sequence[Path] = (),
    limits: Limits | None = None,
    threads: bool = False,
    variables: Mapping[str, str] | None = None,
) -> Any:
    """Run a module of `model/child/`, or a script, and return the JSON that it gives for the JSON `request`.

    Args:
        python: the interpreter, of the environment to run in.
        module: the module's name, such as `ask_mlflow`, or the path of a script (*.py); it sees nothing else of this
            repository but `packages`.
        request: its arguments.
        packages: packages of this repository that it imports.
        folders: more folders to import from.
        limits: by default half an hour, five minutes a call, and most of the free memory up to 8 GB.
        threads: whether its libraries may compute with several.
        variables: more of its environment.

    Raises:
        ChildError: it raised, died or took too much; the message is one line.
        OSError: the disk of the temporary folder is full.
    """
    with work_folder("thaw-") as work, import_folder(*packages) as folder:
        (folder / _PACKAGE).symlink_to(ROOT / "model" / "child")
        files = {name: work / f"{name}.json" for name in ("request", "result", "progress")}
        files["request"].write_text(json.dumps(request))
        # Spark starts workers by the first Python on PATH, and refuses those of another version than its own.
        own = {"PYTHONPATH": os.pathsep.join(map(str, [folder, *folders])), "PYSPARK_PYTHON": str(python)}
        more = {**own, **(variables or {})}
        more |= {"OMP_NUM_THREADS": str(os.cpu_count())} if threads else {}
        command = [str(python), "-c", _BOOT, module, *map(str, files.values())]
        command = command[:-1] if module.endswith(".py") else command  # a script keeps no progress
        with (work / "said").open("a+", errors="replace") as said:
            started = subprocess.Popen(
                command,
                env=child_environment(**more),
                cwd=work,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
            try:
                killed = _watch(started, limits or Limits(), files["progress"], Path(said.name))
            finally:
                _kill(started)
            said.seek(max(0, said.seek(0, os.SEEK_END) - _OUTPUT))
            last = _last_line(said.read())
        # A library may crash at exit, after the result was written.
        crashed = module.endswith(".py") and started.returncode < 0
        if killed or crashed or not files["result"].exists():
            if not shutil.disk_usage(work).free:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(work.parent))
            reason = killed or _describe_death(started.returncode, last, script=module.endswith(".py"))
            raise ChildError(reason, died=True, progress=_lines(files["progress"]))
        result = json.loads(files["result"].read_text())
    if "error" in result:
        raise ChildError(result["error"])
    return result


def _describe_death(code: int, last: str, *, script: bool) -> str:
    """Return why a child has no result.

    Args:
        code: its exit code, negative for a signal.
        last: the last line that it printed; empty if it printed nothing.
        script: whether it is a script, which may say with its exit code that it failed.
    """
    if code < 0:
        return f"the interpreter died ({signal.Signals(-code).name}, exit code {128 - code})"
    if script or "Error" in last or "Interrupt" in last:  # the end of a stack trace
        return f"exit code {code}: {last or 'it said nothing'}"
    said = f"; the last line it printed is {last[:200]!r}" if last else ""
    return f"it ended its own process with exit code {code}, as os._exit does: remove that call{said}"


def _watch(started: "subprocess.Popen[bytes]", limits: Limits, progress: Path, said: Path) -> str | None:
    """Wait for a child; return why it has to be killed, None where it ended by itself."""
    megabytes = limits.megabytes or min(_free_megabytes() * 0.6, _MOST_MEGABYTES)
    end, changed, size = time.monotonic() + limits.seconds, time.monotonic(), 0
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            started.wait(_WATCH_SECONDS)
            return None
        now, grown = time.monotonic(), progress.stat().st_size if progress.exists() else 0
        if grown != size:
            changed, size = now, grown
        if said.stat().st_size > _MOST_SAID:
            os.truncate(said, 0)  # the child appends to it
        if now > end:
            return f"it took longer than {limits.seconds / 60:.0f} minutes"
        if size and now - changed > limits.call_seconds:
            return f"one call took longer than {limits.call_seconds:.0f} seconds"
        if _resident_megabytes(started.pid) > megabytes:
            return f"it took more than {megabytes / 1000:.1f} GB of memory"


def _kill(started: "subprocess.Popen[bytes]") -> None:
    """End a child and whatever it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGKILL)
    started.wait()


def _resident_megabytes(session: int) -> float:
    """Return the resident memory of the processes of a session; 0 where the system does not say."""
    pages = 0
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                pages += int(fields[21])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _free_megabytes() -> float:
    """Return the memory that may still be taken: the machine's, or this container's."""
    found = [float("inf")]
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/meminfo").read_text().splitlines()
        found.append(next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable")))
    with contextlib.suppress(OSError, ValueError):
        cgroup = Path("/sys/fs/cgroup")
        found.append(int((cgroup / "memory.max").read_text()) - int((cgroup / "memory.current").read_text()))
    return min(found) / 1e6


def _lines(path: Path) -> list[Any]:
    """Return the JSON of each whole line of a file."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:1000] if lines else ""
