"""The files of a function's directory: their bytecode and their permissions."""

import shutil
import subprocess
from pathlib import Path

PLACE = "/var/task"
"""Where Lambda puts a function's directory."""


def write_bytecode(folder: Path, python: Path) -> None:
    """Write bytecode that is not checked against its source.

    Packages may hold files for another Python, which do not compile and stay as they are.
    """
    command = [str(python), "-I", "-m", "compileall", "-q", "-f", "-j", "0", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([*command, "-s", str(folder), "-p", PLACE, str(folder)], capture_output=True, check=False)


def remove_bytecode(folder: Path) -> None:
    """Remove what `write_bytecode` has written."""
    for path in [*folder.rglob("__pycache__")]:
        shutil.rmtree(path)


def make_readable(folder: Path) -> None:
    """Let every user read every file: Lambda runs the function as a user without rights."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
