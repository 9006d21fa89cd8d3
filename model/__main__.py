"""`python -m model`: fetch, train or search for a model, build a bundle from it, verify the bundle, score files."""

import argparse
import errno
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from importlib import import_module

from model.commands import COMMANDS
from model.errors import ModelError

_FULL = [os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code, 1 if it failed."""
    words = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="python -m model", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        if words[:1] == [name]:  # other commands' modules import packages that may not be installed
            module = import_module(f"model.commands.{name}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    options = parser.parse_args(words)
    try:
        code: int = options.run(options)
    except ModelError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        path, reason = _first(error)
        reason = next((text for text in _FULL if text in reason), "")
        if not reason:
            raise
        print(f"error: cannot write {path}: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _first(error: OSError) -> tuple[str, str]:
    """Return the file and the reason of an error, or of the first one that `shutil.copytree` has collected."""
    if isinstance(error, shutil.Error) and isinstance(error.args[0], list):
        _, path, reason = error.args[0][0]
        return path, str(reason)
    return str(error.filename or "a file"), error.strerror or ""


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that nothing is left behind
    sys.exit(main())
