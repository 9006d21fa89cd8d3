"""`python -m local`: run a bundle on this machine."""

import sys
from collections.abc import Sequence

from local.commands import COMMANDS
from model import command_line


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    return command_line.main("python -m local", "Run a bundle on this machine.", COMMANDS, words or sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
