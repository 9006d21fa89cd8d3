"""`python -m model.image.kernel`: compile `handler/backends/compiled/_trees.c`, by default for this machine.

Uses the compiler of the `ziglang` package if that is installed, else the system's. If neither exists or compilation
fails, the handler falls back to an evaluator in Python that returns the same predictions.
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

SOURCE = Path(__file__).resolve().parents[2] / "handler" / "backends" / "compiled" / "_trees.c"
TARGET = SOURCE.with_name("_trees.abi3.so")

FLAGS = [
    *("-std=c11", "-O3", "-fPIC", "-shared", "-fvisibility=hidden"),
    *("-ffp-contract=off", "-fno-math-errno"),
]
"""No contraction: a fused multiply-add would round once instead of twice. No errno: square roots are instructions."""

WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wno-sign-conversion", "-Werror"]
GLIBC = "2.28"
"""The oldest glibc that the kernel runs with if zig compiles it."""


def compiler(system: str = sys.platform, machine: str = platform.machine()) -> list[str]:
    """Return the command of the C compiler.

    Args:
        system: what to compile for, `linux` or `darwin`.
        machine: its processor, as `platform.machine` has it.

    Raises:
        ModelError: there is no C compiler, or none for that system and processor.
    """
    own = (system, machine) == (sys.platform, platform.machine())
    if find_spec("ziglang"):
        name = f"linux-gnu.{GLIBC}" if system == "linux" else "macos"
        target = [] if own and system != "linux" else ["-target", f"{machine.replace('arm64', 'aarch64')}-{name}"]
        return [sys.executable, "-m", "ziglang", "cc", *target]
    if own and (found := shutil.which("cc")):
        return [found]
    raise ModelError("no C compiler found: install the ziglang package or a system compiler")


def build(
    target: Path = TARGET,
    command: Sequence[str] | None = None,
    options: Sequence[str] = ("-s",),
    system: str = sys.platform,
) -> None:
    """Compile the kernel.

    Args:
        target: the file to write; it is replaced atomically, so that processes that have loaded it keep the old one.
        command: the compiler; by default that of `compiler`.
        options: further options of the compiler.
        system: what the compiler compiles for.

    Raises:
        ModelError: there is no compiler, or compilation fails; includes the compiler's message.
    """
    platform_options = ["-undefined", "dynamic_lookup"] if system == "darwin" else []
    command = [*(command or compiler()), *FLAGS, *WARNINGS, *options, *platform_options]
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        compiled = Path(folder) / target.name
        done = subprocess.run([*command, "-o", compiled, SOURCE], capture_output=True, text=True, check=False)
        if done.returncode:
            raise ModelError(f"{command[0]} cannot compile {SOURCE.name}: {' '.join(done.stderr.split())[:500]}")
        compiled.replace(target)


def main() -> None:
    """Compile, or print in one line why the handler runs without the kernel."""
    try:
        build()
    except ModelError as error:
        print(f"{error}; trees are evaluated in Python, slower and with the same results")


if __name__ == "__main__":
    main()
