"""Compiles `handler/backends/compiled/_trees.c` for this machine: `python -m model.kernel [FILE]`.

Takes the compiler of the `ziglang` package where that is installed, else the system's. Without either, or where
compiling fails, the handler's evaluator in Python gives the same answers.
"""

import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from model.errors import ModelError

SOURCE = Path(__file__).resolve().parent.parent / "handler" / "backends" / "compiled" / "_trees.c"
TARGET = SOURCE.with_name("_trees.abi3.so")

FLAGS = ["-std=c11", "-O3", "-fPIC", "-shared", "-fvisibility=hidden", "-ffp-contract=off"]
"""Without contraction: two roundings do not become one."""

WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wno-sign-conversion", "-Werror"]
GLIBC = "2.28"
"""The oldest glibc that what zig compiles runs on."""


def compiler() -> list[str]:
    """The command that compiles C.

    Raises:
        ModelError: there is none.
    """
    if find_spec("ziglang"):
        target = ["-target", f"{platform.machine()}-linux-gnu.{GLIBC}"] if sys.platform == "linux" else []
        return [sys.executable, "-m", "ziglang", "cc", *target]
    if found := shutil.which("cc"):
        return [found]
    raise ModelError("there is no C compiler")


def build(target: Path = TARGET, command: Sequence[str] | None = None, options: Sequence[str] = ("-s",)) -> None:
    """Compile.

    Args:
        target: the file to write; it is replaced at once, so that a process that has loaded it keeps its own.
        command: the compiler; by default the one of `compiler`.
        options: more of its options.

    Raises:
        ModelError: there is no compiler, or it refuses; says how it puts it.
    """
    platform_options = ["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else []
    command = [*(command or compiler()), *FLAGS, *WARNINGS, *options, *platform_options]
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        made = Path(folder) / target.name
        done = subprocess.run([*command, "-o", made, SOURCE], capture_output=True, text=True, check=False)
        if done.returncode:
            raise ModelError(f"{command[0]} does not compile {SOURCE.name}: {' '.join(done.stderr.split())[:500]}")
        made.replace(target)


def main() -> None:
    """Compile, or say in one line why the handler does without."""
    try:
        build()
    except ModelError as error:
        print(f"{error}: ensembles are evaluated in Python, slower and with the same answers")


if __name__ == "__main__":
    main()
