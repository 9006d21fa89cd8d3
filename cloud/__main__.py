"""`python -m cloud`: deploy Thaw to an AWS account and use it there."""

import sys
from collections.abc import Sequence

from cloud.commands import COMMANDS
from model import command_line


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    description = "Deploy Thaw to an AWS account and use it there."
    return command_line.main("python -m cloud", description, COMMANDS, words or sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
