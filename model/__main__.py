"""`python -m model`: fetch, train or search for a model, build a bundle from it, verify the bundle, score files."""

import sys
from collections.abc import Sequence

from model import command_line
from model.commands import COMMANDS


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    return command_line.main(
        "python -m model", "Get a model and build a bundle from it.", COMMANDS, words or sys.argv[1:]
    )


if __name__ == "__main__":
    sys.exit(main())
