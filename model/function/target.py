"""The platforms that a function can be made for."""

import platform
import sys
from typing import NamedTuple

from model.errors import ModelError

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""Lambda's runtimes that the handler supports (AWS Lambda Developer Guide, "Lambda runtimes")."""

MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
"""Lambda's architectures, and their names in Python and in wheels."""

SYNONYMS = {"amd64": "x86_64", "aarch64": "arm64"}
"""Other names of Lambda's architectures: Docker's and Linux's."""

GLIBC = "2_34"
"""glibc of Amazon Linux 2023, on which these runtimes are based."""


class Target(NamedTuple):
    """A platform.

    Attributes:
        architecture: `x86_64` or `arm64`.
        python: a version such as `3.13`.
    """

    architecture: str
    python: str

    @property
    def machine(self) -> str:
        """The processor as `platform.machine` has it on Linux."""
        return MACHINES[self.architecture]

    @property
    def is_here(self) -> bool:
        """Whether programs for it run on this machine, if this Python is installed."""
        return sys.platform == "linux" and platform.machine() == self.machine


def here(python: str = f"{sys.version_info[0]}.{sys.version_info[1]}") -> Target:
    """Return this machine's platform, with the Python that runs unless another one is given."""
    return Target(SYNONYMS.get(platform.machine(), platform.machine()), python)


def check(target: Target) -> Target:
    """Return the target.

    Raises:
        ModelError: Lambda has no such platform.
    """
    if target.python not in PYTHONS:
        raise ModelError(f"Lambda has no runtime of Python {target.python} for Thaw: use one of {', '.join(PYTHONS)}")
    return target
