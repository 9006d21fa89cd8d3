"""Runs one of our scripts in another environment, where a model may do as it likes: even kill its interpreter."""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from model.errors import ModelError

ROOT = Path(__file__).resolve().parent.parent
_LIMIT = 1800.0  # seconds
_QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "TQDM_DISABLE": "1", "PYTHONHASHSEED": "0"}
# Rows asked one by one take a hundred times as long where two threads wait for each other.
_ALONE = {"OMP_NUM_THREADS": "1"}
_FOREIGN = ("PYTHON", "VIRTUAL_ENV", "THAW_")


class ChildError(ModelError):
    """The script could not finish; `died` if the interpreter was killed."""

    def __init__(self, message: str, *, died: bool = False) -> None:
        super().__init__(message)
        self.died = died


@contextmanager
def alone(*packages: Path) -> Iterator[Path]:
    """A folder to import packages of this repository from, and nothing else of it."""
    with tempfile.TemporaryDirectory(prefix="thaw-") as folder:
        for package in packages:
            (Path(folder) / package.name).symlink_to(package)
        yield Path(folder)


def handler_alone() -> AbstractContextManager[Path]:
    """A folder that holds `handler/` and nothing else of this repository: what the image's task root holds."""
    return alone(ROOT / "handler")


def environment(**more: str) -> dict[str, str]:
    """The variables of this process without what would change another interpreter's, and with `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return {**_ALONE, **kept, **_QUIET, **more}


def run(
    python: Path,
    script: str,
    request: dict[str, Any],
    *,
    path: Path | None = None,
    limit: float = _LIMIT,
    threads: bool = False,
    variables: Mapping[str, str] | None = None,
) -> Any:
    """Run a script of this folder, or of the path given, and return the JSON it gives for the JSON `request`.

    Args:
        python: the interpreter, of the environment to run in.
        script: a file, which sees nothing of this repository but what `path` holds.
        request: its arguments.
        path: one more folder to import from.
        limit: seconds that it may take.
        threads: whether its libraries may compute with several.
        variables: more of its environment.

    Raises:
        ChildError: it raised, died or took too long; the message is one line.
    """
    with tempfile.TemporaryDirectory(prefix="thaw-") as folder:
        asked, given = Path(folder) / "request.json", Path(folder) / "result.json"
        asked.write_text(json.dumps(request))
        more = {"PYTHONPATH": str(path)} if path else {}
        more |= {"OMP_NUM_THREADS": str(os.cpu_count())} if threads else {}
        given_to = environment(**more, **(variables or {}))
        # -P keeps this folder, in which the script lies, off its path.
        command = [str(python), "-P", str(Path(__file__).parent / script), str(asked), str(given)]
        try:
            done = subprocess.run(
                command, env=given_to, cwd=folder, timeout=limit, capture_output=True, text=True, check=False
            )
        except subprocess.TimeoutExpired:
            raise ChildError(f"it took longer than {limit / 60:.0f} minutes") from None
        if done.returncode < 0:
            name = signal.Signals(-done.returncode).name
            raise ChildError(f"the interpreter died ({name}, exit code {128 - done.returncode})", died=True)
        if not given.exists():
            raise ChildError(f"exit code {done.returncode}: {_last_line(done.stderr)}")
        result = json.loads(given.read_text())
    if "error" in result:
        raise ChildError(result["error"])
    return result


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
